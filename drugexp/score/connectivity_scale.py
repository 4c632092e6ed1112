"""What a raw connectivity is worth: beside the others of its query, beside other queries, and over cells."""

from __future__ import annotations

import numpy as np

from drugexp.errors import DataError

_BLOCK = 256  # reference signatures at a time


def normalised(scores: np.ndarray, strata: np.ndarray | None = None) -> np.ndarray:
    """Return normalised connectivity scores (NCS): each over the mean of its query's scores of the same sign.

    The mean is over the reference signatures of one stratum, which are those of one cell line and one kind of
    perturbation (Subramanian et al. 2017, Cell 171:1437).

    Parameters
    ----------
    scores
        (query, reference) weighted connectivity scores; NaN is left out.
    strata
        (reference,) labels; None: all are of one.

    Returns
    -------
    numpy.ndarray
        (query, reference) float32 with the signs of the scores.

    Examples
    --------
    >>> normalised(np.array([[0.2, 0.6, -0.5, 0.0]])).round(2).tolist()
    [[0.5, 1.5, -1.0, 0.0]]
    """
    found = np.array(scores, dtype=np.float32)
    labels = np.zeros(found.shape[1], dtype=np.int64) if strata is None else np.asarray(strata)
    if len(labels) != found.shape[1]:
        raise DataError(f"{len(labels)} strata do not fit {found.shape[1]} reference signatures")
    for label in np.unique(labels):
        part = found[:, labels == label]
        for positive in (True, False):
            of_sign = part > 0 if positive else part < 0
            count = of_sign.sum(axis=1, keepdims=True)
            mean = np.abs(np.where(of_sign, part, 0.0).sum(axis=1, keepdims=True)) / np.maximum(count, 1)
            part = np.where(of_sign, part / np.where(count > 0, mean, 1.0), part)
        found[:, labels == label] = part
    return found


def tau(scores: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return the share of other queries that are less connected to each reference signature, in percent, with a sign.

    ``sign(x) * 100 * (number of background queries with |score| below |x|) / (number of them)``: -100 to 100
    (Subramanian et al. 2017, Cell 171:1437).

    Parameters
    ----------
    scores
        (query, reference) normalised scores.
    background
        (other query, reference) normalised scores of a compendium of queries; NaN is left out.

    Returns
    -------
    numpy.ndarray
        (query, reference) float32; NaN where no other query has a score.

    Examples
    --------
    >>> tau(np.array([[-2.5]]), np.array([[1.0], [-2.0], [2.5], [3.0]])).tolist()
    [[-50.0]]
    """
    if scores.shape[1] != background.shape[1]:
        raise DataError(f"scores of {scores.shape[1]} references do not fit a background of {background.shape[1]}")
    found = np.full(scores.shape, np.nan, dtype=np.float32)
    for start in range(0, scores.shape[1], _BLOCK):
        others = np.sort(np.abs(background[:, start : start + _BLOCK]), axis=0)  # NaN comes last
        known = (~np.isnan(others)).sum(axis=0)
        for at in np.flatnonzero(known):
            own = scores[:, start + at]
            below = np.searchsorted(others[: known[at], at], np.abs(own), side="left")
            found[:, start + at] = np.sign(own) * 100.0 * below / known[at]
    return found


def first_scaled(scores: np.ndarray) -> np.ndarray:
    """Return the scores of the first Connectivity Map on -1 to 1: over the largest, or the most negative, of a query.

    Parameters
    ----------
    scores
        (query, reference) of `drugexp.score.connectivity.first_connectivity`.

    Examples
    --------
    >>> first_scaled(np.array([[0.5, 1.0, -0.4, 0.0]])).tolist()
    [[0.5, 1.0, -1.0, 0.0]]
    """
    high = np.maximum(scores.max(axis=1, keepdims=True), 0.0)
    low = np.minimum(scores.min(axis=1, keepdims=True), 0.0)
    over = np.where(scores > 0, high, -low)
    return np.divide(scores, over, out=np.zeros_like(scores), where=over > 0)


def maximum_quantile(
    scores: np.ndarray, owner: np.ndarray, owners: int, *, high: float = 67.0, low: float = 33.0
) -> np.ndarray:
    """Return one score for each compound out of those of its signatures: the quantile that lies farther from 0.

    The `high` or the `low` percentile, whichever is larger in size (Subramanian et al. 2017, Cell 171:1437, who take
    67 and 33 over cell lines).

    Parameters
    ----------
    scores
        (query, reference).
    owner
        (reference,) int: which compound, 0 to `owners` - 1.
    owners
        How many there are.

    Returns
    -------
    numpy.ndarray
        (query, compound) float32; NaN for one without a signature.
    """
    found = np.full((len(scores), owners), np.nan, dtype=np.float32)
    order = np.argsort(owner, kind="stable")
    cuts = np.searchsorted(owner[order], np.arange(owners + 1))
    for at in range(owners):
        rows = order[cuts[at] : cuts[at + 1]]
        if len(rows) == 1:
            found[:, at] = scores[:, rows[0]]
        elif len(rows):
            top, bottom = np.percentile(scores[:, rows], [high, low], axis=1)
            found[:, at] = np.where(np.abs(top) >= np.abs(bottom), top, bottom)
    return found
