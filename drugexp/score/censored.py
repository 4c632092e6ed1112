"""Scores against lists of top genes, where every gene not listed is censored, not zero.

A listed gene is known; of an unlisted one only that it lies within
``[-bound, bound]``, below the listed ones in size. Hence the order of a listed
and an unlisted gene is certain and their distance is not.

Which to trust: `concordance` (and `auroc_up`, `auroc_down`, its parts) uses
nothing but certain orders, so it is the least biased; the lists are still of
the strongest genes only, so it speaks of those. A gene that is listed for most
compounds lifts every model, the mean too: `listed_discrimination` takes this
out, since a prediction equal for all compounds scores exactly 0.5 there.
Average precision depends on the share of listed genes, so it cannot be compared
between sets. `censored_pearson` puts unlisted genes at 0, the middle of what is
possible: it assumes a value, and even the true profile scores below 1.

Arrays: ``truth`` and ``prediction`` (sample, gene); ``state`` (sample, gene) of
0 missing, 1 observed (listed), 2 censored (unlisted). Results are (sample,),
NaN where a list or the unlisted genes are empty.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from drugexp.contract.screen import CENSORED, MISSING, OBSERVED
from drugexp.errors import DataError
from drugexp.score.arrays import align, share
from drugexp.score.discrimination import share_beaten
from drugexp.score.metrics import pearson


def auroc_up(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the chance that a listed raised gene is predicted above an unlisted one; ties count half."""
    p, up, _, unlisted = _sides(truth, prediction, state)
    wins, pairs = _wins(p, up, unlisted)
    return share(wins, pairs)


def auroc_down(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the chance that a listed lowered gene is predicted below an unlisted one; ties count half."""
    p, _, down, unlisted = _sides(truth, prediction, state)
    wins, pairs = _wins(p, unlisted, down)
    return share(wins, pairs)


def concordance(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the share of gene pairs of certain order that are predicted in that order; ties count half.

    The order is certain between raised, unlisted and lowered genes (Harrell's
    C for these three classes). Pairs within one list are left out: their
    order is measured, but it is mostly noise.
    """
    p, up, down, unlisted = _sides(truth, prediction, state)
    wins_up, pairs_up = _wins(p, up, unlisted | down)
    wins_down, pairs_down = _wins(p, unlisted, down)
    return share(wins_up + wins_down, pairs_up + pairs_down)


def listed_direction(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the share of listed genes that are predicted to move the way they did; a prediction of 0 counts half."""
    p, up, down, _ = _sides(truth, prediction, state)
    right = (up & (p > 0)) | (down & (p < 0))
    return share((right + 0.5 * ((up | down) & (p == 0))).sum(axis=1), (up | down).sum(axis=1))


def average_precision_up(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the average precision of listed raised genes among them and the unlisted; a constant gets their share."""
    p, up, _, unlisted = _sides(truth, prediction, state)
    return np.array([_average_precision(*row) for row in zip(p, up, unlisted, strict=True)])


def average_precision_down(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return `average_precision_up` of the listed lowered genes."""
    return average_precision_up(-np.asarray(truth), -np.asarray(prediction), state)


def censored_pearson(truth: np.ndarray, prediction: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the correlation with a truth in which unlisted genes stand at 0, the middle of their bounds.

    The prediction is taken as it is. Clipping it to the bounds where the truth
    is censored would let a constant score above 0.
    """
    _sides(truth, prediction, state)  # refuses arrays that do not fit
    middle = np.where(np.asarray(state) == OBSERVED, truth, 0.0)
    return pearson(middle, prediction, np.zeros(middle.shape[1]), observed=np.asarray(state) != MISSING)


def listed_discrimination(
    truth: np.ndarray, prediction: np.ndarray, state: np.ndarray, *, strata: np.ndarray | None = None
) -> np.ndarray:
    """Return the share of other samples' lists that fit the prediction worse than its own list does.

    A list fits by the mean over its genes of the predicted rank, counted from
    the middle, with the sign of the list. Ties count half, so a prediction that is the same for all
    samples (within `strata`, for example one cell) has a mean of exactly 0.5.
    Gene popularity cancels.
    """
    _, up, down, _ = _sides(truth, prediction, state)
    # Ranks over all genes: a prediction is held against lists whose genes its own sample may lack.
    genes = np.shape(prediction)[1]
    ranks = rankdata(prediction, axis=1) / genes - (genes + 1) / (2 * genes)
    query = np.nan_to_num(share(1.0 * up - down, (up | down).sum(axis=1, keepdims=True)))

    def misfit(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        return -np.asarray(ranks[rows] @ query[others].T)

    return share_beaten(misfit, (up | down).any(axis=1), strata=strata)


def score_listed(
    truth: np.ndarray, prediction: np.ndarray, state: np.ndarray, *, strata: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return every score of this module, name -> (sample,)."""
    scores = {
        metric.__name__: metric(truth, prediction, state)
        for metric in (
            concordance,
            listed_direction,
            auroc_up,
            auroc_down,
            average_precision_up,
            average_precision_down,
            censored_pearson,
        )
    }
    return scores | {"listed_discrimination": listed_discrimination(truth, prediction, state, strata=strata)}


def _sides(
    truth: np.ndarray, prediction: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the prediction (float64) and the masks of raised, lowered and unlisted genes, each (sample, gene)."""
    state = np.asarray(state)
    if state.shape != np.shape(truth):
        raise DataError(f"the state of entries has shape {state.shape}, the truth {np.shape(truth)}.")
    listed = state == OBSERVED
    a = align(truth, prediction, np.zeros(state.shape[-1]), listed)
    return np.asarray(prediction, dtype=np.float64), listed & (a.truth > 0), listed & (a.truth < 0), state == CENSORED


def _wins(p: np.ndarray, high: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many (high, low) pairs of genes are predicted in order, and how many there are (Mann-Whitney U)."""
    ranks = rankdata(np.where(high | low, p, np.nan), axis=1, nan_policy="omit")
    n, m = high.sum(axis=1).astype(float), low.sum(axis=1)
    return np.where(high, ranks, 0.0).sum(axis=1) - n * (n + 1) / 2, n * m


def _average_precision(p: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """Return sum of precision x recall gained over falling thresholds, as scikit-learn defines it."""
    if not positive.any() or not negative.any():
        return float("nan")
    used = positive | negative
    order = np.argsort(-p[used], kind="stable")
    values, hits = p[used][order], np.cumsum(positive[used][order])
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # tied genes enter together
    precision = hits[ends] / (ends + 1)
    return float((np.diff(hits[ends], prepend=0) * precision).sum() / hits[-1])
