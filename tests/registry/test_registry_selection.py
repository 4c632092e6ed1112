"""One name means a plugin, or one thing of a plugin; the registry keeps all else."""

from __future__ import annotations

import pytest

from drugexp.contract.hooks import Declaration
from drugexp.errors import PluginError, UsageError
from drugexp.registry import Plugin, Registry
from drugexp.registry.selection import select

MEAN, NEAR, SPLIT = (
    Declaration("model", "mean", "a:Mean"),
    Declaration("model", "near", "a:Near"),
    Declaration("splitter", "near", "a:near"),
)
MINE = Plugin("mine", "mine-dist", "1", "", "0.1", "ok", (MEAN, NEAR, SPLIT))
BROKEN = Plugin("ill", "ill-dist", "1", "", "", "error", error="why", advice="Do this.", detail="deep\nlines")
REGISTRY = Registry([MINE, BROKEN])


def brought(name: str) -> list[Declaration]:
    plugin, registry = select(name, REGISTRY)
    # Nothing is lost for those that look up their neighbours.
    assert [e.qualified for e in registry.entries()] == [e.qualified for e in REGISTRY.entries()]
    return [e.declaration for e in registry.entries() if e.plugin.name == plugin]


def test_a_plugin_is_all_that_it_brings() -> None:
    assert brought("mine") == [MEAN, NEAR, SPLIT]


def test_a_thing_stands_alone_with_those_of_its_name() -> None:
    assert brought("mean") == brought("mine-dist:mean") == [MEAN]
    assert brought("near") == [NEAR, SPLIT]


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown plugin 'means'; nearest: mean"):
        select("means", REGISTRY)
    with pytest.raises(PluginError, match=r"plugin 'ill': why. Do this.") as caught:
        select("ill", REGISTRY)
    assert caught.value.__notes__ == ["deep\nlines"]
    both = Registry([MINE, Plugin("other", "mine-dist", "1", "", "0.1", "ok", (MEAN,))])
    with pytest.raises(UsageError, match=r"claimed by 2 plugins \(mine, other\); leave one out: .*PLUGINS=other"):
        select("mean", both)
    with pytest.raises(UsageError, match=r"claimed by 2 plugins \(mine, other\); leave one out"):
        both.entry("model", "mine-dist:mean")
