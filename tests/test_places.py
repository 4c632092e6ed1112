"""Folders that ship with the package, and the cache."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from drugexp.errors import DataError
from drugexp.places import cache_folder, packaged_folder


def test_folders_that_ship_are_found_and_others_are_told() -> None:
    assert (packaged_folder("data_manifests") / "lincs_consensus.toml").is_file()
    with pytest.raises(DataError, match="did not come with this installation"):
        packaged_folder("no_such_folder")


def test_the_cache_is_the_one_named_or_the_platforms(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("DRUGEXP_CACHE")
    assert cache_folder() == Path(platformdirs.user_cache_dir("drugexp"))
