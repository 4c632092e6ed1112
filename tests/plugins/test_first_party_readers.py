"""The core's readers are held to the rules that a stranger's reader is held to, on the sets of the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drugexp.intake.manifest import load_manifests
from drugexp.intake.store import set_files
from drugexp.testing import Rule, rules
from drugexp.testing.checks import trial

pytestmark = pytest.mark.data
READ = {m.reader: name for name, m in reversed(load_manifests().items()) if m.reader and not m.public}
"""One set for each reader; what reads public sets alone is tried on made-up files of their layout."""


@pytest.fixture(scope="module", params=sorted(READ))
def on_trial(request: pytest.FixtureRequest, data_dir: Path) -> object:
    manifest = load_manifests()[READ[request.param]]
    files = set_files(manifest.name, data_dir)
    if manifest.kind == "knockdown":  # one table a cell line: one is enough
        files = dict(sorted(files.items())[:1])
    return trial("reader", request.param, files=files, manifest=manifest, options=manifest.options)


@pytest.mark.parametrize("rule", rules("reader"), ids=lambda rule: rule.name)
def test_it_keeps_the_rule(on_trial: object, rule: Rule | Callable) -> None:
    rule(on_trial)
