"""All scores of a set of predictions in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from drugexp.score.direction import direction
from drugexp.score.discrimination import discrimination
from drugexp.score.metrics import (
    centred_pearson,
    pearson,
    precision_down,
    precision_up,
    r2_over_mean,
    rmse,
    spearman,
    strength_free_pearson,
)

METRICS: Mapping[str, Callable[..., np.ndarray]] = MappingProxyType(
    {
        "pearson": pearson,
        "centred_pearson": centred_pearson,
        "strength_free_pearson": strength_free_pearson,
        "spearman": spearman,
        "rmse": rmse,
        "r2_over_mean": r2_over_mean,
        "precision_up": precision_up,
        "precision_down": precision_down,
    }
)
"""The scores of one profile by itself, in the order of a leaderboard's columns."""


def score_profiles(
    truth: np.ndarray,
    prediction: np.ndarray,
    mean: np.ndarray,
    *,
    observed: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    changed: np.ndarray | None = None,
    metrics: Mapping[str, Callable[..., np.ndarray]] = METRICS,
) -> dict[str, np.ndarray]:
    """Return every score of every profile, name -> (sample,).

    Parameters
    ----------
    truth, prediction, mean, observed
        As in `drugexp.score.metrics`.
    strata
        (sample,): cell, dose and time as one label; `discrimination` compares
        within it. None: among all samples.
    changed
        (sample, gene) bool: genes changed beyond replicate noise (see
        `drugexp.score.direction.beyond_noise`). Without it there is no
        ``direction``, since nobody knows which genes changed.
    metrics
        Name -> metric, for example with those of plugins. Each is given
        `observed` only where there is a mask.
    """
    mask = {} if observed is None else {"observed": observed}
    scores = {name: metric(truth, prediction, mean, **mask) for name, metric in metrics.items()}
    scores["discrimination"] = discrimination(truth, prediction, mean, observed=observed, strata=strata)
    if changed is not None:
        scores["direction"] = direction(truth, prediction, mean, changed=changed, observed=observed)
    return scores
