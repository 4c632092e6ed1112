"""A tiny data folder with two sets and their manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from drugexp.contract import Screen
from drugexp.intake.store import read_screen
from drugexp.registry import discover

MANIFEST = """
name = "{name}"
title = "A set"
folder = "{name}"
kind = "table"
licence = "CC0"
redistribute = true
may_ship_weights = true
licence_reason = "CC0"
citation = "none"
source = "made up"

[[files]]
path = "{path}"
sha256 = "{digest}"
bytes = {size}
"""


@dataclass(frozen=True)
class TinyData:
    root: Path
    manifests: Path

    def add(self, name: str, path: str, content: bytes) -> Path:
        """Add a set of one file and return its manifest's path."""
        file = self.root / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        target = self.manifests / f"{name}.toml"
        target.write_text(
            MANIFEST.format(name=name, path=path, digest=hashlib.sha256(content).hexdigest(), size=len(content))
        )
        return target


@pytest.fixture
def tiny(tmp_path: Path) -> TinyData:
    data = TinyData(tmp_path / "data", tmp_path / "manifests")
    data.root.mkdir()
    data.manifests.mkdir()
    return data


@pytest.fixture(scope="session")
def read(data_dir: Path) -> Callable[..., Screen]:
    """Return `read_screen` of the data folder; each set is read once for all tests."""
    registry = discover()

    @cache
    def once(name: str, **options: object) -> Screen:
        return read_screen(name, data_dir, registry=registry, options=options)

    return once
