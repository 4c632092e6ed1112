"""Every rule of readers can be broken, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_readers import BROKEN, CONTENT, About, healthy

from drugexp.testing import ConformanceError, check_reader, rules
from drugexp.testing.checks import trial


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "tiny.csv"
    path.write_bytes(CONTENT)
    return {"tiny.csv": path}


def test_a_healthy_reader_keeps_every_rule(files: dict[str, Path]) -> None:
    check_reader(healthy, files, About())


@pytest.mark.parametrize("rule", rules("reader"), ids=lambda rule: rule.name)
def test_one_that_breaks_the_rule_is_told(files: dict[str, Path], rule) -> None:
    on_trial = trial("reader", BROKEN[rule.name], files=files, manifest=About())
    with pytest.raises(ConformanceError) as caught:
        rule(on_trial)
    assert f"rule {rule.name!r}" in str(caught.value)
    assert rule.summary in str(caught.value)
