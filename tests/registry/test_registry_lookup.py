"""Names are looked up by kind; a name that several plugins claim is refused bare."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from drugexp.contract.hooks import API_VERSION, Declaration
from drugexp.errors import PluginError, UsageError
from drugexp.registry import CORE, Plugin, Registry, discover, missing

HEAD = "from drugexp.contract.hooks import hookimpl\n"
GOOD = f"""{HEAD}api_version = "{API_VERSION}"
@hookimpl
def drugexp_register_models(register):
    register("good", "json:dumps", summary="a good one")
"""
Write = Callable[..., EntryPoint]


def by_name(registry: Registry) -> dict[str, Plugin]:
    return {p.name: p for p in registry.plugins}


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


@pytest.mark.parametrize(
    ("more", "command"), [("", "pip install absent_pack"), (", extra='mine[deep]'", "pip install 'mine[deep]'")]
)
def test_a_package_that_a_target_lacks_is_named_with_its_command(write: Write, more: str, command: str) -> None:
    target = write("target", "import absent_pack.part").value
    registry = discover([write("lacking", GOOD.replace('"json:dumps"', f'"{target}:Model"{more}'))])
    with pytest.raises(PluginError, match="No module named 'absent_pack'") as caught:
        registry.load("model", "good")
    assert caught.value.hint == command


def test_a_target_whose_own_module_is_missing_is_not_to_be_installed(write: Write) -> None:
    registry = discover([write("wrong", GOOD.replace("json:dumps", "no_such_package.model:Model"))])
    with pytest.raises(PluginError, match="No module named 'no_such_package'") as caught:
        registry.load("model", "good")
    assert caught.value.hint is None


@pytest.mark.parametrize("body", ["import package_that_is_not_there", "raise SystemExit(3)", "x = 1"])
def test_a_target_that_cannot_be_imported_is_a_plugin_error(write: Write, body: str) -> None:
    target = write("target", body).value
    registry = discover([write("points-to-it", GOOD.replace("json:dumps", f"{target}:Model"))])
    with pytest.raises(PluginError, match=r"plugin 'points-to-it': model 'good' .* cannot be imported"):
        registry.load("model", "good")


def test_everything_the_installed_plugins_declare_can_be_imported() -> None:
    registry = discover()
    assert [p for p in registry.plugins if p.status != "ok"] == []
    for entry in registry.entries():
        if missing(entry.declaration) is None:
            assert registry.load(entry.declaration.kind, entry.qualified) is not None


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
