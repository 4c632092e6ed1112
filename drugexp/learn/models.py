"""Builds registered models by name; a network becomes a model through the one adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drugexp.contract import Model, Needs, Options, parse_options
from drugexp.contract.hooks import Kind
from drugexp.registry import Registry

_KINDS: tuple[Kind, ...] = ("model", "network")


@dataclass(frozen=True)
class Builder:
    """Keeps the contract's `ModelBuilder`.

    Attributes
    ----------
    registry
        Where models are found.
    home
        The distribution that is meant where several claim a bare name; see `Registry.entry`.
    """

    registry: Registry
    home: str | None = None

    def build(self, name: str, options: Mapping[str, Any] | None = None) -> tuple[Model, Options]:
        """Return the model of this name and its validated options.

        Raises
        ------
        UsageError
            If the name or an option is unknown.
        PluginError
            If the plugin cannot be imported.
        """
        kind = self.registry.entry(_KINDS, name, home=self.home).declaration.kind
        loaded = self.registry.load(_KINDS, name, home=self.home)
        if kind == "network":
            # The adapter brings optax; a prediction by any other model does not wait for it.
            from drugexp.learn.network.model import network_model

            model: Model = network_model(loaded)
        else:
            model = loaded()
        return model, parse_options(model.Options, options, where=f"model {name!r}")

    def qualified(self, name: str) -> str:
        """Return ``distribution:name``, which stays clear whatever else is installed."""
        return self.registry.entry(_KINDS, name, home=self.home).qualified

    def needs(self, name: str, options: Mapping[str, Any] | None = None) -> Needs:
        """Return the features that a model and the models it is built on ask for, each once."""
        model, chosen = self.build(name, options)
        found = [model.needs(chosen)]
        if hasattr(model, "built_on"):
            found += [self.needs(other, given) for other, given in model.built_on(chosen)]
        return Needs(
            compound=tuple(dict.fromkeys(f for needs in found for f in needs.compound)),
            cell=tuple(dict.fromkeys(f for needs in found for f in needs.cell)),
            smiles=any(needs.smiles for needs in found),
        )

    def training_needs(self, name: str, options: Mapping[str, Any] | None = None) -> Needs:
        """Return the features that a fit reads: those of `needs`, or what the model says its fit reads."""
        model, chosen = self.build(name, options)
        own = getattr(model, "training_needs", None)
        return self.needs(name, options) if own is None else own(chosen, self)
