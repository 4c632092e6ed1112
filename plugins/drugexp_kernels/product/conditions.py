"""Kernels of cell, dose and time, each of which may be pooled or not stated.

Each is ``share + (1 - share) * g`` with g a Gaussian where both sides are
stated and 0 otherwise. The constant is positive semidefinite, and so is g
(a positive semidefinite block, zeros elsewhere); so are their sum and products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drugexp_kernels.product.options import Term

FAR = 1e9
"""The squared distance to what is not stated: its Gaussian is 0, and so is its gradient."""

LEAST = 1e-3
"""Doses (uM) and times (h) below this count as this."""


def log_scale(values: Any, xp: Any) -> Any:
    """Return log10 of doses or times, (sample, 1); NaN stays NaN."""
    return xp.log10(xp.maximum(values, LEAST))[:, None]


def squared_distance(x: Any, y: Any, xp: Any) -> Any:
    """Return mean squared distances (x, y); `FAR` where either row holds a NaN or has no columns."""
    if x.shape[1] == 0:
        return xp.full((len(x), len(y)), FAR)
    x_stated, y_stated = ~xp.isnan(x).any(1), ~xp.isnan(y).any(1)
    x, y = xp.where(x_stated[:, None], x, 0.0), xp.where(y_stated[:, None], y, 0.0)
    squares = (x**2).sum(1)[:, None] + (y**2).sum(1)[None, :] - 2 * x @ y.T
    return xp.where(x_stated[:, None] & y_stated[None, :], (squares / x.shape[1]).clip(0), FAR)


def stated_kernel(distance: Any, length: Any, share: Any, xp: Any) -> Any:
    """Return ``share + (1 - share) exp(-d / (2 length^2))``."""
    return share + (1 - share) * xp.exp(-distance / (2 * length**2))


def sum_terms(terms: Sequence[Term], weights: Any, factors: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the condition part of the terms with the compound kernel, and of those without.

    Parameters
    ----------
    terms
        The products.
    weights
        (term,) prior variances, scaled here to sum to 1.
    factors
        ``cell``, ``dose``, ``time`` -> arrays of one shape.

    Returns
    -------
    tuple
        (with compound, without), so that ``K = K_compound * with + without``; a float 0 where there is none.
    """
    parts: list[Any] = [0.0, 0.0]
    for k, term in enumerate(terms):
        value = weights[k] / weights.sum()
        for name in ("cell", "dose", "time"):
            if name in term.factors:
                value = value * factors[name]
        parts[0 if "compound" in term.factors else 1] = parts[0 if "compound" in term.factors else 1] + value
    ones = factors["cell"] * 0.0 + 1.0
    return parts[0] * ones, parts[1] * ones
