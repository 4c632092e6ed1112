"""Plugins are found by their entry points, and a broken one never takes the rest down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from drugexp.contract.hooks import API_VERSION, HOOKS, Declaration
from drugexp.errors import PluginError, UsageError
from drugexp.registry import CORE, Plugin, Registry, discover, missing

HEAD = "from drugexp.contract.hooks import hookimpl\n"
GOOD = f"""{HEAD}api_version = "{API_VERSION}"
@hookimpl
def drugexp_register_models(register):
    register("good", "json:dumps", summary="a good one")
"""
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
            info = tmp_path / f"{dist}-1.2.dist-info"
            info.mkdir(exist_ok=True)
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.4\nName: {dist}\nVersion: 1.2\nLicense-Expression: MIT\n"
            )
            (info / "entry_points.txt").write_text(f"[drugexp]\n{name} = {module}\n")
        return EntryPoint(name, module, "drugexp")

    return make


def by_name(registry: Registry) -> dict:
    return {p.name: p for p in registry.plugins}


BROKEN = {
    "no-such-import": ("import package_that_is_not_there", "ModuleNotFoundError: No module named 'package_that"),
    "raises": ("1 / 0", "ZeroDivisionError"),
    "leaves": ("raise SystemExit('bye')", "SystemExit: bye"),
    "bad-syntax": ("def (", "SyntaxError"),
    "no-version": (HEAD, "states no api_version such as '0.1'"),
    "odd-version": (f"{HEAD}api_version = 'latest'", "states no api_version"),
    "newer-major": (f"{HEAD}api_version = '1.0'", "written for plugin API 1.0; this drugexp has 0.1"),
    "newer-minor": (f"{HEAD}api_version = '0.2'", "written for plugin API 0.2"),
    "misspelt": (GOOD.replace("_models", "_model"), "unknown hook 'drugexp_register_model'; nearest: drugexp_register"),
    "odd-arguments": (GOOD.replace("(register)", "(register, more)"), "PluginValidationError"),
    "odd-target": (GOOD.replace("json:dumps", "json.dumps"), "target 'json.dumps' is not of the form"),
    "colon": (GOOD.replace('"good"', '"a:b"'), "'a:b' is empty or holds ':'"),
    "nameless": (GOOD.replace('"good"', '""'), "'' is empty"),
    "requires-text": (GOOD.replace("summary=", "requires="), "requires is a list of packages"),
    "half": (GOOD + "    raise RuntimeError('half-way')\n", "RuntimeError: half-way"),
    "twice": (GOOD + '    register("good", "json:loads")\n', "'good' is registered twice by one plugin"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_kept_aside_and_the_rest_works(write: Write, name: str) -> None:
    source, reason = BROKEN[name]
    registry = discover([write(f"a-{name}", source), write("z-good", GOOD)])
    broken = by_name(registry)[f"a-{name}"]
    assert broken.status == "error"
    assert reason in (broken.error or "")
    assert broken.declarations == ()
    assert registry.names("model") == ["good"]
    assert registry.load("model", "good")("x") == '"x"'


def test_all_broken_at_once_leave_the_good_one_usable(write: Write) -> None:
    points = [write(name, source) for name, (source, _) in BROKEN.items()]
    registry = discover([*points, write("good", GOOD)])
    assert [p.name for p in registry.plugins if p.status == "ok"] == ["good"]
    with pytest.raises(UsageError, match=r"unknown model 'goood'; nearest: good; .*plugins that did not load: .*half"):
        registry.entry("model", "goood")


def test_a_plugin_that_registers_half_and_fails_in_a_later_hook_brings_nothing(write: Write) -> None:
    source = GOOD + "\n@hookimpl\ndef drugexp_register_readers(register):\n    raise ValueError('no')\n"
    registry = discover([write("half", source)])
    assert registry.entries() == []


def test_every_hook_brings_its_kind(write: Write) -> None:
    source = f"{HEAD}api_version = '{API_VERSION}'\n" + "".join(
        f"@hookimpl\ndef {hook}(register):\n    register('my-{kind}', 'json:dumps')\n" for hook, kind in HOOKS.items()
    )
    registry = discover([write("all", source)])
    assert {e.declaration.name: e.declaration.kind for e in registry.entries()} == {
        f"my-{k}": k for k in HOOKS.values()
    }


def test_a_strangers_installed_distribution_is_found_by_itself(write: Write) -> None:
    write("stranger", GOOD, dist="strangers-models")
    plugin = by_name(discover())["stranger"]
    assert (plugin.status, plugin.distribution, plugin.version) == ("ok", "strangers-models", "1.2")
    assert (plugin.licence, plugin.api_version) == ("MIT", API_VERSION)
    assert "tanimoto-kernel-ridge" in discover().names("model")


def test_a_taken_name_is_refused_bare_and_reachable_by_its_distribution(write: Write) -> None:
    taken = GOOD.replace('"good"', '"mean"')
    write("thief", taken, dist="thiefs-models")
    registry = discover()
    with pytest.raises(UsageError, match="model 'mean' is claimed by 2 plugins; write drugexp:mean or thiefs-models"):
        registry.entry("model", "mean")
    assert registry.load("model", "thiefs-models:mean")("x") == '"x"'
    assert registry.load("model", "drugexp:mean").__module__ == "drugexp_baselines.means"
    assert registry.load("model", "zero")
    with pytest.raises(UsageError, match="nearest: thiefs-models:mean"):
        registry.entry("model", "thief-models:mean")


def test_a_missing_optional_package_is_named_with_its_command(write: Write) -> None:
    source = GOOD.replace(
        "summary=", "requires=['not_there', 'no_parent.child', 'json'], extra='drugexp[trees]', summary="
    )
    registry = discover([write("needy", source)])
    assert by_name(registry)["needy"].status == "ok"
    with pytest.raises(PluginError, match=r"needs not_there, no_parent.child: pip install 'drugexp\[trees\]'"):
        registry.load("model", "good")
    assert missing(Declaration("model", "m", "json:dumps", requires=("not_there",))) == (
        "model 'm' needs not_there: pip install not_there"
    )


@pytest.mark.parametrize("body", ["import package_that_is_not_there", "raise SystemExit(3)", "x = 1"])
def test_a_target_that_cannot_be_imported_is_a_plugin_error(write: Write, body: str) -> None:
    target = write("target", body).value
    registry = discover([write("points-to-it", GOOD.replace("json:dumps", f"{target}:Model"))])
    with pytest.raises(PluginError, match=r"plugin 'points-to-it': model 'good' .* cannot be imported"):
        registry.load("model", "good")


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


def test_everything_the_installed_plugins_declare_can_be_imported() -> None:
    registry = discover()
    assert [p for p in registry.plugins if p.status != "ok"] == []
    for entry in registry.entries():
        if missing(entry.declaration) is None:
            assert registry.load(entry.declaration.kind, entry.qualified) is not None


def test_discovery_imports_nothing_heavy() -> None:
    code = "import sys; from drugexp.registry import discover; discover()\n"
    code += "print(*sorted(set(sys.modules) & {'jax', 'flax', 'rdkit', 'numpy', 'pandas', 'sklearn', 'lightgbm'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == ""


def test_a_taken_name_does_not_break_what_the_first_party_already_uses() -> None:
    """A stranger may claim `morgan_counts`: a user must then say which, but stored models and features have a home."""
    theirs = Plugin(
        "stranger", "stranger-dist", "1", "", "0.1", "ok", (Declaration("featurizer", "morgan_counts", "x:y"),)
    )
    registry = Registry([*discover().plugins, theirs])
    with pytest.raises(UsageError, match="claimed by 2 plugins"):
        registry.entry("featurizer", "morgan_counts")
    assert registry.entry("featurizer", "morgan_counts", home=CORE).plugin.distribution == CORE
    assert registry.load("featurizer", "morgan_counts", home=CORE).name == "morgan_counts"
    assert registry.entry("featurizer", "stranger-dist:morgan_counts").plugin is theirs
