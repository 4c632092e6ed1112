"""Hook markers and specifications. This module imports neither numpy nor pandas.

A plugin is a module named by an entry point of the group ``drugexp``. It holds
``api_version`` and any of the hooks below, marked with `hookimpl`. Each hook
is given a `register` callable and says what the plugin brings, by name and by
where to import it from; nothing heavy is loaded until the name is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import pluggy

API_VERSION = "0.1"
GROUP = "drugexp"

Kind = Literal["model", "network", "featurizer", "reader", "metric", "splitter", "engine"]
KINDS: tuple[Kind, ...] = get_args(Kind)

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True)
class Declaration:
    """One thing a plugin brings.

    Attributes
    ----------
    kind
        What it is: a model, network, featurizer, reader, metric, splitter or engine.
    name
        The name a user writes.
    target
        ``"package.module:attribute"``, imported on first use.
    summary
        One line for `drugexp plugins list`.
    requires
        Import names of optional packages it cannot run without.
    extra
        The requirement that brings them, for example ``"drugexp[trees]"``.
    """

    kind: Kind
    name: str
    target: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    extra: str | None = None


class Register(Protocol):
    """The callable that every hook is given."""

    def __call__(
        self,
        name: str,
        target: str,
        *,
        summary: str = "",
        requires: Sequence[str] = (),
        extra: str | None = None,
    ) -> None:
        """Declare one thing by name and ``"package.module:attribute"``; see `Declaration`."""


@hookspec
def drugexp_register_models(register: Register) -> None:
    """Declare classes that keep the `Model` protocol."""


@hookspec
def drugexp_register_networks(register: Register) -> None:
    """Declare classes that keep the `Network` protocol; each is usable as a model by its name."""


@hookspec
def drugexp_register_featurizers(register: Register) -> None:
    """Declare classes that keep the `Featurizer` protocol."""


@hookspec
def drugexp_register_readers(register: Register) -> None:
    """Declare functions that keep the `Reader` protocol."""


@hookspec
def drugexp_register_metrics(register: Register) -> None:
    """Declare functions that keep the `Metric` protocol."""


@hookspec
def drugexp_register_splitters(register: Register) -> None:
    """Declare functions that keep the `Splitter` protocol."""


@hookspec
def drugexp_register_engines(register: Register) -> None:
    """Declare classes that keep the `Engine` protocol."""


HOOKS: dict[str, Kind] = {f"drugexp_register_{kind}s": kind for kind in KINDS}
