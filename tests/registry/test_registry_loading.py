"""One entry point, loaded in this process: all that it declares, or its fault."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from drugexp.contract.hooks import API_VERSION, HOOKS
from drugexp.errors import UsageError
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


BROKEN = {
    "no-such-import": ("import package_that_is_not_there", "ModuleNotFoundError: No module named 'package_that"),
    "raises": ("1 / 0", "ZeroDivisionError"),
    "leaves": ("raise SystemExit('bye')", "it calls sys.exit('bye') while it is loaded"),
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
