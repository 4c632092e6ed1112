"""Searching: the variants of a model on inner folds, one after the other or by several processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from drugexp.contract import silent
from drugexp.errors import UsageError
from drugexp.evaluate.tuning.inner import Inner
from drugexp.evaluate.tuning.outcome import Found, found_of
from drugexp.evaluate.tuning.settings import Search
from drugexp.evaluate.tuning.space import as_json, space_of, starts_of
from drugexp.learn.models import Builder
from drugexp.learn.recipe import ModelChoice

Helpers = Callable[[], None]


def search(
    inner: Inner,
    *,
    file: Path | None = None,
    helpers: Helpers | None = None,
    progress: Callable[[int, int, str], None] = silent,
) -> Found:
    """Try variants of a model and return the best.

    The same seed gives the same variants, also after a stop, as long as one process works on them.

    Parameters
    ----------
    inner
        The folds, the model and how it is searched.
    file
        SQLite file that keeps the search and from which it goes on; None: nowhere.
    helpers
        Lets other processes work on the file until all variants are tried; None: this one does.
    progress
        Told how far it is.

    Raises
    ------
    UsageError
        If optuna is missing, there is nothing to search, the metric is unknown, or the file holds another search.
    ModelError
        If no variant could be scored.
    """
    check_optuna()
    from drugexp.evaluate.tuning.study import open_study, results, take_up, work

    builder = Builder(inner.run.registry)
    space = space_of(inner.choice, inner.search, builder)
    starts = starts_of(space, builder.build(inner.choice.name, inner.choice.options)[1], inner.search)
    study = open_study(file, told_of(inner), inner.search, inner.run.plan.seed)
    take_up(study, starts, space)
    if helpers is None:
        work(study, inner, space, _budget(inner.search, len(starts)), file, progress)
    else:
        helpers()
    return found_of(inner, space, results(study, space))


def help_search(inner: Inner, file: Path) -> None:
    """Work on a search that another process has begun, until all its variants are tried."""
    from drugexp.evaluate.tuning.study import open_study, work

    builder = Builder(inner.run.registry)
    space = space_of(inner.choice, inner.search, builder)
    starts = starts_of(space, builder.build(inner.choice.name, inner.choice.options)[1], inner.search)
    study = open_study(file, told_of(inner), inner.search, inner.run.plan.seed)
    work(study, inner, space, _budget(inner.search, len(starts)), file, silent)


def _budget(search: Search, starts: int) -> int:
    return starts if search.path else search.trials


def told_of(inner: Inner) -> Mapping[str, Any]:
    """Return all that the score of a variant depends on, as plain values. More trials may be asked for later."""
    run, plan = inner.run, inner.run.plan.model_dump(mode="json")
    entry = run.registry.entry(("model", "network"), inner.choice.name)
    search = inner.search.model_dump(mode="json", exclude={"trials", "space"})
    return {
        "model": inner.choice.name,
        "options": dict(inner.choice.options),
        "select": [one.model_dump(mode="json") for one in inner.choice.select],
        "plugin": [entry.qualified, entry.plugin.version],
        "space": as_json(space_of(inner.choice, inner.search, Builder(run.registry))),
        **{k: plan[k] for k in ("seed", "screens", "cells", "omics", "strata", "least_rows", "valid_share")},
        **search,
        "data": run.material.fingerprint,
    }


def check_search(choice: ModelChoice, told: Search, builder: Builder) -> None:
    """Refuse a search that cannot be run, before any data are read.

    Raises
    ------
    UsageError
        If optuna is missing, or there is nothing to search.
    """
    check_optuna()
    space_of(choice, told, builder)


def check_optuna() -> None:
    """Refuse to go on without optuna.

    Raises
    ------
    UsageError
        With what to install.
    """
    if find_spec("optuna") is None:
        raise UsageError("tuning needs optuna, which is not installed", hint="pip install 'drugexp[tune]'")
