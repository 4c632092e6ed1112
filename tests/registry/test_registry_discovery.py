"""What is installed is found by itself; plugins can be left out; strict mode raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from drugexp.contract.hooks import API_VERSION
from drugexp.errors import PluginError
from drugexp.registry import Plugin, Registry, discover

HEAD = "from drugexp.contract.hooks import hookimpl\n"
GOOD = f"""{HEAD}api_version = "{API_VERSION}"
@hookimpl
def drugexp_register_models(register):
    register("good", "json:dumps", summary="a good one")
"""
Write = Callable[..., EntryPoint]


def by_name(registry: Registry) -> dict[str, Plugin]:
    return {p.name: p for p in registry.plugins}


def test_a_strangers_installed_distribution_is_found_by_itself(write: Write) -> None:
    write("stranger", GOOD, dist="strangers-models")
    plugin = by_name(discover())["stranger"]
    assert (plugin.status, plugin.distribution, plugin.version) == ("ok", "strangers-models", "1.2")
    assert (plugin.licence, plugin.api_version) == ("MIT", API_VERSION)
    assert "tanimoto-kernel-ridge" in discover().names("model")


def test_plugins_can_be_disabled(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_DISABLE_PLUGINS", " bad , kernels,")
    registry = discover([write("bad", "1 / 0"), write("good", GOOD)])
    assert {n: p.status for n, p in by_name(registry).items()} == {"bad": "disabled", "good": "ok"}
    assert by_name(discover())["kernels"].status == "disabled"
    assert by_name(discover())["baselines"].status == "ok"


def test_strict_mode_raises_the_first_failure(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [write("bad", "1 / 0"), write("good", GOOD)]
    monkeypatch.setenv("DRUGEXP_STRICT_PLUGINS", "0")
    assert len(discover(points).plugins) == 2
    monkeypatch.setenv("DRUGEXP_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin 'bad': ZeroDivisionError"):
        discover(points)
    monkeypatch.setenv("DRUGEXP_DISABLE_PLUGINS", "bad")
    assert by_name(discover(points))["good"].status == "ok"


def test_discovery_imports_nothing_heavy() -> None:
    code = "import sys; from drugexp.registry import discover; discover()\n"
    code += "print(*sorted(set(sys.modules) & {'jax', 'flax', 'rdkit', 'numpy', 'pandas', 'sklearn', 'lightgbm'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == ""
