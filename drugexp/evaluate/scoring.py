"""Scores of one model in one fold, dense or censored as the screen is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract import CENSORED, OBSERVED, Screen
from drugexp.evaluate.ceilings import conditions
from drugexp.evaluate.strata import joined, stratum_table, training_mean
from drugexp.learn.transforms import Transform, fit_transform
from drugexp.score.censored import score_listed
from drugexp.score.direction import beyond_noise, replicate_noise
from drugexp.score.intervals import coverage, normal_interval, width
from drugexp.score.table import score_profiles

Metrics = Mapping[str, Callable[..., np.ndarray]]
_LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class Truth:
    """What the predictions of one fold are held against; models never see it.

    Attributes
    ----------
    values
        (test, gene) in the transformed space of the primary screen.
    mean
        (test, gene) training mean of each sample's stratum, in that space.
    strata
        (test,) labels.
    transform
        From the screen's unit into that space.
    state
        (test, gene) of MISSING, OBSERVED, CENSORED; None: all observed.
    changed
        (test, gene) bool: changed beyond replicate noise; None without replicates.
    """

    values: np.ndarray
    mean: np.ndarray
    strata: np.ndarray
    transform: Transform
    state: np.ndarray | None
    changed: np.ndarray | None

    def take(self, rows: np.ndarray) -> Truth:
        """Return the truth of some test samples."""
        return Truth(
            self.values[rows],
            self.mean[rows],
            self.strata[rows],
            self.transform,
            None if self.state is None else self.state[rows],
            None if self.changed is None else self.changed[rows],
        )


def is_censored(screen: Screen) -> bool:
    """Say whether a screen lists its strongest genes only."""
    return screen.state is not None and bool((screen.state == CENSORED).any())


def hold_out(
    seen: Screen,
    truth: Screen,
    train: np.ndarray,
    test: np.ndarray,
    *,
    steps: tuple[str, ...],
    strata: tuple[str, ...],
    least: int,
) -> Truth:
    """Return the truth of a fold, in the space of a transform learnt on its training rows.

    Parameters
    ----------
    seen
        The primary screen that models train on.
    truth
        The same samples as they are scored: `seen` itself, or differences to the other half of the controls.
    train, test
        (row,) positions.
    steps, strata, least
        Of the plan.
    """
    profiles, measured = seen.values, truth.values
    observed = np.ones(profiles.shape, dtype=bool) if seen.state is None else seen.state == OBSERVED
    transform = fit_transform(steps, profiles[train], observed[train])
    values = transform.forward(profiles)
    table = stratum_table(seen.samples, strata)
    weight = observed * seen.samples["weight"].to_numpy(dtype=np.float64)[:, None]
    mean = training_mean(values[train], weight[train], table.iloc[train], table.iloc[test], least)
    target = transform.forward(measured[test])
    state = None if truth.state is None else truth.state[test]
    changed = None if is_censored(truth) else _changed(values[train], seen.samples.iloc[train], target)
    return Truth(target, mean, joined(table.iloc[test]), transform, state, changed)


def _changed(train: np.ndarray, samples: pd.DataFrame, target: np.ndarray) -> np.ndarray | None:
    """Return which genes of the truth changed beyond the noise between replicates of the training rows."""
    label = conditions(samples)
    if len(np.unique(label)) == len(label):
        return None
    return beyond_noise(target, replicate_noise(train, label))


def score(
    truth: Truth, prediction: np.ndarray, sd: np.ndarray | None = None, *, extra: Metrics | None = None
) -> dict[str, np.ndarray]:
    """Return every score, name -> (test,).

    Parameters
    ----------
    truth
        Of the fold.
    prediction
        (test, gene) in the transformed space.
    sd
        (test, gene) stated standard deviation: adds coverage and width of the 90% intervals.
    extra
        Metrics of plugins, for screens that are not censored.
    """
    if truth.state is not None and (truth.state == CENSORED).any():
        return score_listed(truth.values, prediction, truth.state, strata=truth.strata)
    observed = None if truth.state is None else truth.state == OBSERVED
    scores = score_profiles(
        truth.values, prediction, truth.mean, observed=observed, strata=truth.strata, changed=truth.changed
    )
    mask = {} if observed is None else {"observed": observed}
    for name, metric in (extra or {}).items():
        scores[name] = metric(truth.values, prediction, truth.mean, **mask)
    if sd is not None:
        lower, upper = normal_interval(prediction, sd, _LEVEL)
        scores["coverage_90"] = coverage(truth.values, lower, upper, observed=observed)
        scores["width_90"] = width(lower, upper, observed=observed)
    return scores
