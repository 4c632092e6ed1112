"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the data folder named by ``DRUGEXP_DATA``; skip the test where there is none."""
    named = os.environ.get("DRUGEXP_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("DRUGEXP_DATA names no data folder")
    return Path(named)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test out of the user's cache folder."""
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
