"""The checks, one a kind: every rule in turn, until one is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from drugexp.contract import Items, Screen
from drugexp.contract.hooks import KINDS, Kind
from drugexp.errors import UsageError, unknown
from drugexp.predict.compilation import use_persistent_cache
from drugexp.registry import Registry
from drugexp.testing import engines, featurizers, metrics, networks, readers, splitters
from drugexp.testing.models import rules as models
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import NotApplicableError, Rule
from drugexp.testing.things import find

_TRIALS: Mapping[Kind, tuple[Callable[..., Any], tuple[Rule, ...]]] = {
    "model": (ModelTrial, models.RULES),
    "network": (networks.NetworkTrial, networks.RULES),
    "featurizer": (featurizers.FeaturizerTrial, featurizers.RULES),
    "reader": (readers.ReaderTrial, readers.RULES),
    "metric": (metrics.MetricTrial, metrics.RULES),
    "splitter": (splitters.SplitterTrial, splitters.RULES),
    "engine": (engines.EngineTrial, engines.RULES),
}


def rules(kind: Kind) -> tuple[Rule, ...]:
    """Return the rules of a kind, in the order in which they are checked.

    Raises
    ------
    UsageError
        If there is no such kind.

    Examples
    --------
    >>> rules("splitter")[-1].summary
    'It writes into nothing that it is given.'
    """
    if kind not in KINDS:
        raise UsageError(unknown("kind", kind, KINDS))
    return _TRIALS[kind][1]


def trial(kind: Kind, thing: Any, *, registry: Registry | None = None, **settings: Any) -> Any:
    """Return a thing on trial, to be held to `rules` one by one; fits are shared between them.

    Parameters
    ----------
    kind
        What it is.
    thing
        Its bare or qualified name, or the class or function itself.
    registry
        Where names are looked up; None: what is installed.
    **settings
        As of ``check_<kind>``.
    """
    use_persistent_cache()  # most of a network's trial is XLA compiling the same programs again
    return _TRIALS[kind][0](find(kind, thing, registry), **settings)


def _check(kind: Kind, thing: Any, registry: Registry | None, **settings: Any) -> None:
    on_trial = trial(kind, thing, registry=registry, **settings)
    for rule in rules(kind):
        with suppress(NotApplicableError):
            rule(on_trial)


def check_model(
    model: Any,
    *,
    options: Mapping[str, Any] | None = None,
    screens: Sequence[Screen] | None = None,
    registry: Registry | None = None,
) -> None:
    """Hold a model to every rule of models.

    Parameters
    ----------
    model
        Its bare or qualified name, or the class itself.
    options
        Options for the trial; small ones make it short.
    screens
        The screens it is tried on, the primary first, with standard structures; None: `kit_screen`.
    registry
        Where names are looked up; None: what is installed.

    Raises
    ------
    ConformanceError
        Naming the model, the first rule that is broken, what came and what was expected.
    """
    _check("model", model, registry, options=options, screens=screens)


def check_network(
    network: Any,
    *,
    options: Mapping[str, Any] | None = None,
    screens: Sequence[Screen] | None = None,
    registry: Registry | None = None,
) -> None:
    """Hold a network to its rules, and to those of models through the platform's adapter; see `check_model`.

    `options` are the network's own and the trainer's.
    """
    _check("network", network, registry, options=options, screens=screens)


def check_featurizer(featurizer: Any, *, items: Items | None = None, registry: Registry | None = None) -> None:
    """Hold a featuriser to its rules; see `check_model`. `items` are what it describes; None: those of `kit_screen`."""
    _check("featurizer", featurizer, registry, items=items)


def check_reader(
    reader: Any,
    files: Mapping[str, Path],
    manifest: Any = None,
    *,
    options: Mapping[str, Any] | None = None,
    registry: Registry | None = None,
) -> None:
    """Hold a reader to its rules; see `check_model`.

    Parameters
    ----------
    reader
        Its name, or the function itself.
    files
        Path below the set's folder -> path; they are copied before they are damaged.
    manifest
        As the reader is given it.
    options
        Options of the reader.
    registry
        Where names are looked up; None: what is installed.
    """
    _check("reader", reader, registry, files=files, manifest=manifest, options=options)


def check_metric(metric: Any, *, registry: Registry | None = None) -> None:
    """Hold a metric to its rules; see `check_model`."""
    _check("metric", metric, registry)


def check_splitter(splitter: Any, *, registry: Registry | None = None) -> None:
    """Hold a splitter to its rules; see `check_model`."""
    _check("splitter", splitter, registry)


def check_engine(engine: Any, *, registry: Registry | None = None) -> None:
    """Hold an engine to its rules; see `check_model`."""
    _check("engine", engine, registry)
