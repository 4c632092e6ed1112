"""How well scored edges find a gold standard: area under precision-recall and ROC, early precision, and chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True)
class EdgeScores:
    """Scores of a ranking of edges.

    Parameters
    ----------
    aupr, auroc : float
        Areas under the precision-recall curve (average precision) and the ROC curve.
    early_precision : float
        Precision among as many edges from the top as the gold standard holds.
    chance : float
        Share of true edges: what a random ranking has as AUPR and as early precision; its AUROC is 0.5.
    """

    aupr: float
    auroc: float
    early_precision: float
    chance: float

    @property
    def early_precision_ratio(self) -> float:
        """Early precision as a multiple of chance."""
        return self.early_precision / self.chance


def edge_scores(scores: np.ndarray, truth: np.ndarray) -> EdgeScores:
    """Score edges against a gold standard; tied edges share their places, so their order in the file is no matter.

    Parameters
    ----------
    scores : array, shape (edges,)
        Larger is more certain.
    truth : bool array, shape (edges,)
        Whether the edge is in the gold standard.

    Raises
    ------
    ValueError
        Shapes differ, a score is not finite, or all edges are true or all false.
    """
    if scores.ndim != 1 or scores.shape != truth.shape:
        raise ValueError(f"scores {scores.shape} and truth {truth.shape} must be one axis of edges")
    if not np.isfinite(scores).all():
        raise ValueError("scores of edges must be finite")
    true = int(truth.sum())
    if not 0 < true < truth.size:
        raise ValueError(f"{true} of {truth.size} edges are true: there must be true and false ones")
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), truth.size - 1)
    hits = np.cumsum(truth[order])[ends].astype(float)
    drawn = ends + 1.0
    aupr = float((np.diff(hits, prepend=0.0) / true * hits / drawn).sum())
    false = truth.size - true
    auroc = float((rankdata(scores)[truth].sum() - true * (true + 1) / 2) / (true * false))
    # Inside of a run of ties the expected number of hits grows evenly.
    early = float(np.interp(true, np.append(0.0, drawn), np.append(0.0, hits))) / true
    return EdgeScores(aupr, auroc, early, true / truth.size)


def shuffled_aupr(scores: np.ndarray, truth: np.ndarray, draws: int = 20, seed: int = 0) -> np.ndarray:
    """AUPR against gold standards whose edges are dealt out anew: the control beside a score, shape (draws,)."""
    rng = np.random.default_rng(seed)
    return np.array([edge_scores(scores, rng.permutation(truth)).aupr for _ in range(draws)])


def aupr_interval(
    scores: np.ndarray, truth: np.ndarray, groups: np.ndarray, *, draws: int = 200, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return a percentile interval of the AUPR over regulators, since edges of one regulator are found together.

    Parameters
    ----------
    scores, truth
        (edge,) as in `edge_scores`.
    groups
        (edge,) regulator of each edge.
    draws, level, seed
        Of the bootstrap. Draws without a true or a false edge are left out.

    Returns
    -------
    low, high
        NaN with fewer than two regulators.
    """
    rng = np.random.default_rng(seed)
    names = np.unique(groups)
    if len(names) < 2:
        return np.nan, np.nan
    rows = [np.flatnonzero(groups == name) for name in names]
    found = []
    for _ in range(draws):
        at = np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        if 0 < truth[at].sum() < len(at):
            found.append(edge_scores(scores[at], truth[at]).aupr)
    if not found:
        return np.nan, np.nan
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
