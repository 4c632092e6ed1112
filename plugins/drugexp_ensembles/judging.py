"""How well predictions of held-out training rows tell them."""

from __future__ import annotations

import numpy as np

from drugexp.contract import Target
from drugexp.score.metrics import centred_pearson


def observed_mean(target: Target) -> np.ndarray:
    """Return the weighted mean of the observed values, (gene,); 0 for a gene that was never measured."""
    mass = target.observed * np.asarray(target.weight, dtype=np.float64)[:, None]
    values = np.where(target.observed, target.values, 0.0)
    return (values * mass).sum(0) / np.maximum(mass.sum(0), 1e-12)


def held_out_score(target: Target, rows: np.ndarray, prediction: np.ndarray) -> dict[str, float | None]:
    """Return ``centred_pearson`` and ``r2_over_mean`` of rows of a target; None where nothing can be scored.

    Parameters
    ----------
    rows
        Rows that were predicted by what had not seen them.
    prediction
        (row, gene).
    """
    mean, seen = observed_mean(target), target.observed[rows]
    truth = np.where(seen, target.values[rows], 0.0).astype(np.float64)
    scores = centred_pearson(truth, prediction, mean, observed=seen) if len(rows) else np.empty(0)
    known = scores[np.isfinite(scores)]
    error, power = (float((np.where(seen, truth - p, 0.0) ** 2).sum()) for p in (prediction, mean))
    return {
        "centred_pearson": float(known.mean()) if len(known) else None,
        "r2_over_mean": 1.0 - error / power if power > 0 else None,
    }
