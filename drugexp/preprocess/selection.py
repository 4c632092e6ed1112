"""How much each feature promises for the targets; the best few are kept. All of it sees training rows alone."""

from __future__ import annotations

import warnings

import numpy as np

from drugexp.errors import UsageError

_BINS = 5
_PATH = 40
_WIDTH = 1e-6
"""Features with a smaller standard deviation than this share of the largest are constant."""


def directions(Y: np.ndarray, rank: int) -> np.ndarray:
    """Return the scores of the leading principal directions of targets, (row, direction).

    Parameters
    ----------
    Y
        (row, target); NaN counts as the mean.
    rank
        The most directions.
    """
    known = ~np.isnan(Y)
    mean = np.where(known, Y, 0.0).sum(0) / np.maximum(known.sum(0), 1)
    rest = np.where(known, Y - mean, 0.0)
    left, size, _ = np.linalg.svd(rest, full_matrices=False)
    kept = size[:rank] > 1e-9 * max(float(size[0]), 1e-300) if len(size) else np.zeros(0, dtype=bool)
    return left[:, : len(kept)][:, kept] * size[: len(kept)][kept]


def variance(X: np.ndarray) -> np.ndarray:
    """Return the variance of each feature, (feature,)."""
    return np.asarray(X, dtype=np.float64).var(axis=0)


def mutual_information(X: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the information (in nats) that each feature holds of the targets, summed over them, (feature,).

    A target is cut at its quintiles, a feature at 0 and at the median of its other values, or at its quintiles where
    it is seldom 0. The information of the resulting tables is less by the bias of small counts (Miller 1955).

    Parameters
    ----------
    X
        (row, feature).
    T
        (row, target) such as `directions` gives.
    """
    levels = [_levels(column) for column in np.asarray(X, dtype=np.float64).T]
    marks = [_quantile_codes(column) for column in T.T]
    found = np.zeros(len(levels))
    for target in marks:
        hot = np.eye(int(target.max(initial=0)) + 1)[target]
        for at, level in enumerate(levels):
            if level.max(initial=0) > 0:
                found[at] += _information(np.eye(int(level.max()) + 1)[level].T @ hot)
    return found


def sparse_path(X: np.ndarray, T: np.ndarray, most: int) -> np.ndarray:
    """Return how early each feature enters the path of the group lasso, (feature,): 0 for never, 1 at the first.

    Features are scaled to a standard deviation of 1, and one feature enters for all targets at once (multi-task lasso
    of scikit-learn). The path ends when `most` features are in.

    Parameters
    ----------
    X, T
        (row, feature) and (row, target).
    most
        Where the path ends.

    Raises
    ------
    UsageError
        If scikit-learn is missing.
    """
    try:
        from sklearn.linear_model import MultiTaskLasso
    except ImportError:
        raise UsageError(
            "selecting by the lasso needs scikit-learn, which is not installed", hint="pip install 'drugexp[models]'"
        ) from None
    X = np.asarray(X, dtype=np.float64)
    spread = X.std(axis=0)
    usable = np.flatnonzero(spread > _WIDTH * max(float(spread.max(initial=0.0)), 1e-300))
    found = np.zeros(X.shape[1])
    if not len(usable) or not T.shape[1]:
        return found
    Z = np.asfortranarray((X[:, usable] - X[:, usable].mean(0)) / spread[usable])
    rest = np.asfortranarray(T - T.mean(axis=0))
    highest = float(np.sqrt(((Z.T @ rest) ** 2).sum(1)).max()) / len(Z)
    if highest <= 0:
        return found
    lasso = MultiTaskLasso(fit_intercept=False, warm_start=True, tol=1e-2, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a path that has not quite converged still tells the order
        for step, share in enumerate(np.geomspace(1.0, 0.01, _PATH + 1)[1:]):
            lasso.set_params(alpha=highest * share).fit(Z, rest)
            inside = usable[np.any(lasso.coef_ != 0, axis=0)]
            found[inside] = np.where(found[inside] > 0, found[inside], 1.0 - step / _PATH)
            if len(inside) >= most:
                break
    return found


def stability(X: np.ndarray, T: np.ndarray, groups: np.ndarray, *, most: int, draws: int, seed: int) -> np.ndarray:
    """Return in what share of the draws each feature is among the first to enter the lasso, (feature,).

    Each draw holds half of the groups (stability selection: Meinshausen and Buehlmann 2010,
    doi:10.1111/j.1467-9868.2010.00740.x).

    Parameters
    ----------
    X, T
        (row, feature) and (row, target).
    groups
        (row,) drawn whole.
    most
        Where each path ends.
    draws, seed
        How many, and their randomness.
    """
    rng, names = np.random.default_rng(seed), np.unique(groups)
    times = np.zeros(X.shape[1])
    for _ in range(draws):
        held = rng.permutation(names)[: max(len(names) // 2, 1)]
        inside = np.isin(groups, held)
        times += sparse_path(X[inside], T[inside], most) > 0
    return times / draws


def strongest(scores: np.ndarray, keep: int, least: float = 0.0) -> np.ndarray:
    """Return the positions of the highest scores above `least`, at most `keep`, ascending; ties to the first.

    At least one is returned: the highest, where none is above.

    >>> strongest(np.array([0.1, 0.5, 0.0, 0.5]), 3)
    array([0, 1, 3])
    """
    order = np.argsort(-scores, kind="stable")[:keep]
    above = order[scores[order] > least]
    return np.sort(above if len(above) else order[:1])


def _quantile_codes(values: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def _levels(values: np.ndarray) -> np.ndarray:
    some = values != 0
    if some.mean() > 0.8:
        return np.unique(_quantile_codes(values), return_inverse=True)[1]
    if not some.any():
        return np.zeros(len(values), dtype=np.int64)
    codes = some.astype(np.int64) + (some & (values > np.median(values[some])))
    return np.unique(codes, return_inverse=True)[1]


def _information(table: np.ndarray) -> float:
    """Return the mutual information of a table of counts, less its bias, at least 0."""
    total = table.sum()
    share = table / total
    alone = share.sum(1, keepdims=True) * share.sum(0, keepdims=True)
    filled = share > 0
    found = float((share[filled] * np.log(share[filled] / alone[filled])).sum())
    rows, columns = (int((table.sum(axis) > 0).sum()) for axis in (1, 0))
    return max(found - (rows - 1) * (columns - 1) / (2 * total), 0.0)
