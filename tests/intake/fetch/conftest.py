"""A web server and an empty data folder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_web import Web, serving

from drugexp.intake.store import DataFolder


@pytest.fixture
def web() -> Iterator[Web]:
    """Return a server of this machine."""
    with serving() as web:
        yield web


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Return an empty data folder."""
    root = tmp_path / "data"
    root.mkdir()
    return DataFolder(root)
