"""Plugins written to a folder that this process imports from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from fake_plugins import install

Write = Callable[..., EntryPoint]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a plugin module and return its entry point; with `dist` it is an installed distribution."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, source: str, *, dist: str | None = None) -> EntryPoint:
        module = f"fake_{tmp_path.name}_{name}".replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.delitem(sys.modules, module, raising=False)
        if dist is not None:
            install(tmp_path, name, None, value=module, distribution=dist)
        return EntryPoint(name, module, "drugexp")

    return make
