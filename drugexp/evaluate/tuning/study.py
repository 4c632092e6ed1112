"""A search as an optuna study: kept in one SQLite file, resumed after a kill, the same for the same seed.

This module imports optuna; all others reach it through `drugexp.evaluate.tuning.search`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from drugexp.contract import OneOf, Span
from drugexp.errors import DataError, ModelError, UsageError, first_line
from drugexp.evaluate.tuning.inner import Inner
from drugexp.evaluate.tuning.outcome import Tried
from drugexp.evaluate.tuning.settings import Search
from drugexp.evaluate.tuning.space import Space
from drugexp.intake.fetch.locks import held

NAME = "drugexp"
_BUSY_S = 120


class Seeded(BaseSampler):
    """A tree-structured Parzen estimator whose every draw follows from the seed and the trial's place.

    The place counts the trials before it that were not lost to a kill. A search that was stopped therefore goes on as
    it would have without the stop, and processes that work on it draw different points.
    """

    def __init__(self, seed: int, startup: int) -> None:
        self._seed, self._startup = seed, startup
        self._inner = TPESampler(seed=seed, n_startup_trials=startup)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Seed what draws the trial."""
        seed = np.random.SeedSequence([self._seed, place(study, trial.number)]).generate_state(1)[0]
        self._inner = TPESampler(seed=int(seed), n_startup_trials=self._startup)
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """As the estimator does."""
        return self._inner.infer_relative_search_space(study, trial)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: Any) -> dict[str, Any]:
        """As the estimator does."""
        return self._inner.sample_relative(study, trial, search_space)

    def sample_independent(self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any) -> Any:
        """As the estimator does."""
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """As the estimator does."""
        self._inner.after_trial(study, trial, state, values)


def is_lost(trial: FrozenTrial) -> bool:
    """Say whether a trial ended without a result, since its process did."""
    return trial.state is TrialState.FAIL and "failed" not in trial.user_attrs


def place(study: Study, number: int) -> int:
    """Return how many trials that were not lost stand before one."""
    return sum(not is_lost(trial) for trial in study.get_trials(deepcopy=False) if trial.number < number)


def open_study(file: Path | None, told: Mapping[str, Any], search: Search, seed: int) -> Study:
    """Return the study in a file (made where there is none), or one in memory.

    Parameters
    ----------
    file
        A SQLite file; None: in memory.
    told
        Plain values on which all scores depend; a study of other ones is refused.
    search, seed
        Of the sampler and the pruner.

    Raises
    ------
    UsageError
        If the file holds a study of other settings.
    DataError
        If it is no study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = (
        optuna.pruners.MedianPruner(n_startup_trials=search.startup)
        if search.prune and not search.path
        else optuna.pruners.NopPruner()
    )
    try:
        storage = None
        if file is not None:
            engine = {"connect_args": {"timeout": _BUSY_S}}
            storage = optuna.storages.RDBStorage(f"sqlite:///{file.absolute()}", engine_kwargs=engine)
        study = optuna.create_study(
            storage=storage,
            sampler=Seeded(seed, search.startup),
            pruner=pruner,
            study_name=NAME,
            direction="maximize",
            load_if_exists=True,
        )
    except (SQLAlchemyError, RuntimeError) as error:
        raise DataError(
            f"this is no study: {first_line(error)}", where=str(file), hint="Name another folder."
        ) from None
    _same(study, json.loads(json.dumps(told)), file)
    return study


def _same(study: Study, told: Mapping[str, Any], file: Path | None) -> None:
    kept = study.user_attrs.get("told")
    if kept is None:
        study.set_user_attr("told", told)
    elif kept != told:
        other = [name for name in {**kept, **told} if kept.get(name) != told.get(name)]
        raise UsageError(
            f"it holds a study of other settings: {', '.join(other)}",
            where=str(file),
            hint="Name another folder for this search, or give it the settings of the study.",
        )


def take_up(study: Study, starts: Sequence[Mapping[str, Any]], space: Space) -> None:
    """Let a study go on: what a kill cut off is tried again, a new one begins with the points `starts`."""
    again = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        again += [trial.params] if trial.params else []
    if not again and all(map(is_lost, study.get_trials(deepcopy=False))):
        again = [{name: _code(space[name], value) for name, value in start.items()} for start in starts]
    for params in again:
        study.enqueue_trial(params)


def work(
    study: Study,
    inner: Inner,
    space: Space,
    budget: int,
    file: Path | None,
    progress: Callable[[int, int, str], None],
) -> None:
    """Try variants until the study, which `file` keeps, holds so many.

    Several processes may work on one study; together they try no more than `budget`.

    Raises
    ------
    UsageError
        If the metric is unknown.
    """
    drawn = {name: _distribution(values) for name, values in space.items()}
    while (done := tried(study)) < budget:
        progress(done, budget, "variants")
        trial = asked(study, drawn, file)
        if place(study, trial.number) >= budget:
            study.tell(trial, state=TrialState.FAIL)
            return
        _try(study, trial, inner, point_of(space, trial.params))
    progress(budget, budget, "variants")


def asked(study: Study, drawn: dict[str, BaseDistribution], file: Path | None) -> Trial:
    """Return the next trial of a study in a file, which no other process is given.

    A study hands the same waiting trial to two processes that ask at once: one asks at a time.
    """
    if file is None:
        return study.ask(drawn)
    with held(file.with_suffix(".ask"), lambda: None):
        return study.ask(drawn)


def _try(study: Study, trial: Trial, inner: Inner, point: Mapping[str, Any]) -> None:
    begun, scores = time.perf_counter(), [np.empty(0)]
    state, value = TrialState.COMPLETE, None
    try:
        for fold, found in enumerate(inner.scores(point)):
            scores.append(found)
            value = inner.sign * _mean(np.concatenate(scores))
            trial.report(value, fold)
            if fold + 1 < len(inner.folds) and trial.should_prune():
                state = TrialState.PRUNED
                break
    except ModelError as error:
        trial.set_user_attr("failed", str(error))
        state, value = TrialState.FAIL, None
    trial.set_user_attr("folds", [_mean(part) for part in scores[1:]])
    trial.set_user_attr("seconds", round(time.perf_counter() - begun, 3))
    if state is TrialState.COMPLETE:
        trial.set_user_attr("scores", [None if np.isnan(v) else round(float(v), 6) for v in np.concatenate(scores)])
    study.tell(trial, value if state is TrialState.COMPLETE else None, state)


def _mean(scores: np.ndarray) -> float:
    known = scores[~np.isnan(scores)]
    if not len(known):
        raise ModelError("no held-out profile can be scored")
    return float(known.mean())


def results(study: Study, space: Space) -> list[Tried]:
    """Return all trials that were not lost, in order."""
    found = []
    for trial in study.get_trials(deepcopy=False):
        if is_lost(trial) or not trial.state.is_finished():
            continue
        told = trial.user_attrs
        whole = trial.state is TrialState.COMPLETE
        found.append(
            Tried(
                point=point_of(space, trial.params),
                state="failed" if "failed" in told else "done" if whole else "stopped",
                folds=tuple(told.get("folds", ())),
                seconds=float(told.get("seconds", 0.0)),
                scores=np.array(told["scores"], dtype=np.float64) if whole else None,
                failed=str(told.get("failed", "")),
            )
        )
    return found


def tried(study: Study) -> int:
    """Return how many variants a study holds, those at work among them, those lost not."""
    return sum(not is_lost(t) and t.state is not TrialState.WAITING for t in study.get_trials(deepcopy=False))


def point_of(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a trial's parameters stand for."""
    return {
        name: values.values[params[name]] if isinstance(values, OneOf) else _short(values, params[name])
        for name, values in space.items()
        if name in params
    }


def _short(span: Span, value: float) -> float:
    """Return a number of four digits within a span."""
    return value if span.whole else min(max(float(f"{value:.4g}"), span.low), span.high)


def _distribution(values: Span | OneOf) -> BaseDistribution:
    if isinstance(values, OneOf):
        return CategoricalDistribution(range(len(values.values)))
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _code(values: Span | OneOf, value: Any) -> Any:
    return values.values.index(value) if isinstance(values, OneOf) else value
