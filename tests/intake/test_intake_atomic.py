"""Nothing half-written ever stands under the final name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path


def _names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with atomic_path(target) as partial:
            partial.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


def test_a_file_and_a_folder_are_replaced_in_one_step(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with atomic_path(tmp_path / "a.txt") as partial:
            assert partial.suffix == ".txt"
            assert partial.parent == tmp_path
            partial.write_text(text)
        with atomic_path(tmp_path / "b.screen") as partial:
            partial.mkdir()
            (partial / text).write_text(text)
    assert (tmp_path / "a.txt").read_text() == "two"
    assert _names(tmp_path / "b.screen") == ["two"]
    assert _names(tmp_path) == ["a.txt", "b.screen"]


def test_a_failing_folder_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_path(tmp_path / "b.screen") as partial:
            partial.mkdir()
            (partial / "x").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert _names(tmp_path) == []


def test_a_body_that_writes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"), atomic_path(tmp_path / "a.txt"):
        pass


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"), atomic_path(tmp_path / "none" / "a.txt"):
        pass


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch) -> None:
    # Permissions do not bind the superuser, so the answer of the system is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match=r"is read-only.*Choose another place"), atomic_path(tmp_path / "a.txt"):
        pass
