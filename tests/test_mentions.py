"""A glance at the path says whether a group has entry points at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fake_plugins import install

from drugexp.mentions import mentioned
from drugexp.points import scan


def test_it_sees_what_a_scan_would_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    group = "drugexp.made_up"
    assert (mentioned(group), scan(group)) == (False, [])
    install(tmp_path, "mine", None, group=group)
    assert (mentioned(group), len(scan(group))) == (True, 1)
    assert mentioned("drugexp")


def test_an_archive_on_the_path_is_not_ruled_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "not_there")])
    assert not mentioned("drugexp")
    (tmp_path / "a.zip").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a.zip")])
    assert mentioned("drugexp")


def test_it_loads_next_to_nothing() -> None:
    code = (
        "import sys; import drugexp; before = set(sys.modules)\n"
        "from drugexp.mentions import mentioned; mentioned('drugexp')\n"
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["drugexp.mentions"]
