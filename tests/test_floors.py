"""Data flows one way: a file imports only from its own floor and those below, inside functions too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = {
    "errors": 0,
    "memory": 0,
    "places": 1,
    "points": 1,
    "mentions": 1,
    "contract": 1,
    "registry": 2,
    "chemistry": 3,
    "score": 3,
    "preprocess": 3,
    "simulate": 4,
    "intake": 5,
    "represent": 6,
    "learn": 7,
    "predict": 8,
    "screening": 9,
    "evaluate": 9,
    "biology": 10,
    "show": 11,
    "testing": 12,
    "scaffold": 12,
    "api": 13,
    "cli": 14,
}
# The package itself gives the API's names lazily; the core's declarations name modules as text only.
DOORS = {"__init__", "__main__", "builtin"}
# What a floor may not load by itself: the only door to each of these libraries.
HOME = {"rdkit": {"chemistry"}, "typer": {"cli"}, "pluggy": {"contract", "registry"}}
PLUGIN_MAY = {"contract", "chemistry", "preprocess", "score", "errors"}
PLUGIN_TESTS_MAY = PLUGIN_MAY | {"testing", "simulate"}


def _modules(top: Path) -> list[Path]:
    return sorted(p for p in top.rglob("*.py") if "__pycache__" not in p.parts)


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and dotted name of every import, wherever it stands; relative ones are refused."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import from drugexp down"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _floor_name(path: Path) -> str:
    parts = path.relative_to(ROOT / "drugexp").with_suffix("").parts
    return parts[0]


CORE = _modules(ROOT / "drugexp")
PLUGINS = _modules(ROOT / "plugins")


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_core_imports_only_downwards(path: Path) -> None:
    own = _floor_name(path)
    if own in DOORS:
        return
    assert own in FLOORS, f"{own} has no floor: add it to the table"
    for line, name in _imports(path):
        top, *rest = name.split(".")
        if top != "drugexp":
            assert own in HOME.get(top, {own}), f"{path}:{line}: only {HOME[top]} may import {top}"
        elif rest and rest[0] in FLOORS:
            assert FLOORS[rest[0]] <= FLOORS[own], f"{path}:{line}: {own} imports {rest[0]} from above"
            same_height = FLOORS[rest[0]] == FLOORS[own] and rest[0] != own
            assert not same_height, f"{path}:{line}: {own} imports its neighbour {rest[0]}"
        else:
            # Only the version and lazy names stand in the package itself.
            assert not rest or rest[0] in {"__version__"}, f"{path}:{line}: {name}"


@pytest.mark.parametrize("path", PLUGINS, ids=lambda p: str(p.relative_to(ROOT)))
def test_plugins_import_the_contract_and_never_each_other(path: Path) -> None:
    folder = ROOT / "plugins" / path.relative_to(ROOT / "plugins").parts[0]
    own = {folder.name, *(package.name for package in folder.glob("drugexp_*"))}  # of a distribution: its packages
    may = PLUGIN_TESTS_MAY if "tests" in path.relative_to(ROOT).parts else PLUGIN_MAY
    for line, name in _imports(path):
        top, *rest = name.split(".")
        if top == "drugexp":
            assert rest, f"{path}:{line}: import from drugexp.contract"
            assert rest[0] in may, f"{path}:{line}: a plugin may not import drugexp.{rest[0]}"
        if top.startswith("drugexp_"):
            assert top in own, f"{path}:{line}: a plugin may not import another"
        assert top != "rdkit", f"{path}:{line}: use drugexp.chemistry"


def test_core_names_no_model() -> None:
    """No table of built-ins, no special case by a model's name."""
    names = {"product-kernel", "multitask", "tanimoto-kernel-ridge", "svd-ridge", "drugexp_kernels", "drugexp_networks"}
    found = []
    for path in CORE:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in names:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}")
    assert not found


def test_the_checker_sees_an_upward_import(tmp_path: Path) -> None:
    file = tmp_path / "lazy.py"
    file.write_text("def f():\n    from drugexp.api import predict\n    return predict\n")
    assert list(_imports(file)) == [(2, "drugexp.api.predict")]
