"""Scores of one predicted profile against one measured profile, over genes.

Every metric here is called ``metric(truth, prediction, mean, *, observed=None)``:

truth, prediction
    (sample, gene), in one unit.
mean
    (gene,) mean of the TRAINING profiles, or (sample, gene) where each sample
    has its own (the mean of its cell, dose and time).
observed
    (sample, gene) bool; None: all observed.

and returns (sample,) scores, NaN where the measurement leaves the score
undefined. Which model was asked never decides that: a prediction without
information gets the score of no information.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from drugexp.errors import UsageError
from drugexp.score.arrays import align, centre, correlate, root_mean_square, share


def pearson(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Correlation of prediction and truth; 0 for a flat prediction, NaN for a flat truth.

    >>> pearson(np.array([[1.0, 2, 3]]), np.array([[2.0, 4, 7]]), np.zeros(3)).round(3)
    array([0.993])
    """
    a = align(truth, prediction, mean, observed)
    return correlate(
        a.truth,
        a.prediction,
        a.observed,
        truth_scale=root_mean_square(a.truth, a.observed),
        scale=root_mean_square(a.prediction, a.observed),
    )


def spearman(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Pearson's correlation of ranks (ties share their mean rank), with the same conventions."""
    a = align(truth, prediction, mean, observed)
    ranks = [
        np.nan_to_num(rankdata(np.where(a.observed, x, np.nan), axis=1, nan_policy="omit"))
        for x in (a.truth, a.prediction)
    ]
    size = a.size.astype(float)
    return correlate(ranks[0], ranks[1], a.observed, truth_scale=size, scale=size)


def centred_pearson(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Correlation of what prediction and truth add to the training mean: corr(p - mu, y - mu).

    0 where the prediction is the mean (up to a shift), NaN where the truth is.
    """
    a = align(truth, prediction, mean, observed)
    base = root_mean_square(a.mean, a.observed)
    return correlate(
        a.truth - a.mean,
        a.prediction - a.mean,
        a.observed,
        truth_scale=np.maximum(base, root_mean_square(a.truth, a.observed)),
        scale=np.maximum(base, root_mean_square(a.prediction, a.observed)),
    )


def strength_free_pearson(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Centred correlation after the direction of the mean is projected out of both sides.

    It is the partial correlation of p and y given mu: a model that tells only
    how strong a compound is (p = c * mu) scores 0. Without a mean direction
    (mu = 0) it is the centred correlation.
    """
    a = align(truth, prediction, mean, observed)
    base = root_mean_square(a.mean, a.observed)
    direction = centre(a.mean, a.observed)
    power = (direction**2).sum(axis=1)

    def without_strength(values: np.ndarray) -> np.ndarray:
        rest = centre(values - a.mean, a.observed)
        along = np.nan_to_num(share((rest * direction).sum(axis=1), power))
        return rest - along[:, None] * direction

    return correlate(
        without_strength(a.truth),
        without_strength(a.prediction),
        a.observed,
        truth_scale=np.maximum(base, root_mean_square(a.truth, a.observed)),
        scale=np.maximum(base, root_mean_square(a.prediction, a.observed)),
    )


def rmse(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """Root of the mean squared error over genes, in the unit of the profiles; its mean over profiles is MRRMSE."""
    a = align(truth, prediction, mean, observed)
    return root_mean_square(a.truth - a.prediction, a.observed)


def r2_over_mean(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> np.ndarray:
    """1 - sum (y - p)^2 / sum (y - mu)^2 of each profile: 0 for the mean, 1 for the truth; NaN where y is mu."""
    a = align(truth, prediction, mean, observed)
    return 1.0 - share(((a.truth - a.prediction) ** 2).sum(axis=1), ((a.truth - a.mean) ** 2).sum(axis=1))


def pooled_r2_over_mean(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None
) -> float:
    """R2 over the mean with both sums taken over all profiles: strong profiles count for more, none explodes."""
    a = align(truth, prediction, mean, observed)
    return float(1.0 - share(((a.truth - a.prediction) ** 2).sum(), ((a.truth - a.mean) ** 2).sum()))


def precision_up(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None, k: int = 50
) -> np.ndarray:
    """Share of the `k` predicted most-raised genes that are among the `k` truly most-raised.

    Genes tied at the border share the remaining places, which is the expected
    value over all ways to break the tie: a constant gets the chance level, k
    over the number of genes, in whatever order genes are stored. NaN where no
    more than `k` genes were observed: every prediction would score 1.

    >>> truth = np.array([[3.0, 2, 1, 0]])
    >>> precision_up(truth, truth, np.zeros(4), k=2), precision_up(truth, np.zeros((1, 4)), np.zeros(4), k=2)
    (array([1.]), array([0.5]))
    """
    a = align(truth, prediction, mean, observed)
    places = _top(a.truth, a.observed, k) * _top(a.prediction, a.observed, k)
    return np.where(a.size > k, places.sum(axis=1) / k, np.nan)


def precision_down(
    truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray, *, observed: np.ndarray | None = None, k: int = 50
) -> np.ndarray:
    """`precision_up` of the most-lowered genes."""
    negative = [-np.asarray(x, dtype=np.float64) for x in (truth, prediction, mean)]
    return precision_up(*negative, observed=observed, k=k)


def _top(values: np.ndarray, observed: np.ndarray, k: int) -> np.ndarray:
    """Return the expected membership in the top `k` of each row, (sample, gene) in [0, 1]."""
    genes = values.shape[1]
    if k < 1:
        raise UsageError(f"precision at k = {k} makes no sense; k must be 1 or more.")
    if genes <= k:
        return np.ones(values.shape)
    ranked = np.where(observed, values, -np.inf)
    border = np.partition(ranked, genes - k, axis=1)[:, genes - k, None]
    above, tied = ranked > border, (ranked == border) & observed
    room = k - above.sum(axis=1)
    return above + tied * np.nan_to_num(share(room, tied.sum(axis=1)))[:, None]
