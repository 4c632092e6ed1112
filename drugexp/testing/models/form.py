"""Rules about members, names, features and options."""

from __future__ import annotations

from typing import Any

from drugexp.contract import Needs, Options, parse_options
from drugexp.errors import DrugexpError, UsageError, unknown
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import ConformanceError, expect, listed


def members(trial: ModelTrial) -> None:
    """It has a name, a class Options, and the methods needs, fit and restore."""
    model, _ = trial.build()
    lacking = [m for m in ("needs", "fit", "restore") if not callable(getattr(model, m, None))]
    expect(not lacking, f"it lacks {', '.join(lacking)}")
    expect(isinstance(model.name, str) and bool(model.name), f"its name is {model.name!r}, not a text")
    own = model.Options
    expect(isinstance(own, type) and issubclass(own, Options), f"Options is {own!r}, not a class of Options")


def own_name(trial: ModelTrial) -> None:
    """Its name is the one it is registered under."""
    model, _ = trial.build()
    declared = trial.thing.declared or trial.thing.name
    expect(model.name == declared, f"it calls itself {model.name!r}; it is registered as {declared!r}")


def known_features(trial: ModelTrial) -> None:
    """It asks for features by the names of registered featurisers."""
    model, options = trial.build()
    needs = model.needs(options)
    expect(isinstance(needs, Needs), f"needs returned a {type(needs).__name__}, not Needs")
    known = trial.thing.registry.names("featurizer")
    for name in (*needs.compound, *needs.cell):
        try:
            trial.thing.registry.load("featurizer", name, home="drugexp")
        except DrugexpError:
            raise ConformanceError(f"it needs {unknown('featurizer', name, known)}") from None


def refuses_unknown_options(trial: ModelTrial) -> None:
    """An option that it does not have is refused by name."""
    _refused(trial, "no_such_option", 1)


def refuses_wrong_types(trial: ModelTrial) -> None:
    """A number or switch refuses a text."""
    model, _ = trial.build()
    for name, field in model.Options.model_fields.items():
        if isinstance(field.default, (bool, int, float)):
            _refused(trial, name, "neither a number nor a switch")


def _refused(trial: ModelTrial, name: str, value: Any) -> None:
    model, _ = trial.build()
    try:
        parse_options(model.Options, {**trial.given, name: value})
    except UsageError as error:
        expect(name in str(error), f"option {name} = {value!r} is refused without its name: {error}")
        return
    raise ConformanceError(f"option {name} = {value!r} was taken")


RULES = listed(members, own_name, known_features, refuses_unknown_options, refuses_wrong_types)
