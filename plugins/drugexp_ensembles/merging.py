"""How predictions of members become one. `xp` is `numpy` or `jax.numpy`; members come one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drugexp_ensembles.honesty import stated

LEAST_SD = 1e-6
"""Members may agree exactly; a standard deviation is still above 0."""

Found = Iterable[tuple[Any, Any]]
"""(sample, gene) mean and standard deviation of each member; None where it states none."""
Rule = Callable[[Any, Found, Any], tuple[Any, Any]]
"""``(params, found, xp) -> (mean, sd)``; the standard deviation is None where there is none."""


def mixture(params: Any, found: Found, xp: Any) -> tuple[Any, Any]:
    """Return the weighted mean, and the standard deviation from the spread of members and their own variance.

    ``mean = sum w m``; ``variance = sum w (m - mean)^2 / (1 - sum w^2) + sum w sd^2``
    with weights that sum to 1: with equal ones the spread has n - 1 in its
    denominator. Members that state no standard deviation add only to the spread.
    Where the errors of held-out rows are known, the variance is held to them.
    """
    mean, own = mixed(params["weights"], found, xp)
    held = stated(params, mean, own, xp)
    return mean, xp.sqrt(own + LEAST_SD**2) if held is None else held


def weighted_sum(params: Any, found: Found, xp: Any) -> tuple[Any, Any]:
    """Return ``sum w m``, whatever the weights sum to, and its standard deviation where one was learnt."""
    mean, own = summed(params["weights"], found)
    return mean, stated(params, mean, own, xp)


def beyond_base(params: Any, found: Found, xp: Any) -> tuple[Any, Any]:
    """Return the first member's prediction and weighted shares of what the others add to it; see `added`."""
    mean, own = added(params, found)
    return mean, stated(params, mean, own, xp)


def mixed(weights: Any, found: Found, xp: Any) -> tuple[Any, Any]:
    """Return the weighted mean, and the variance of the mixture; see `mixture`."""
    first: Any = None
    total, square, own = 0.0, 0.0, 0.0
    for weight, (mean, sd) in zip(weights, found, strict=True):
        first = mean if first is None else first
        apart = mean - first  # differences of members are small: nothing is lost in their squares
        total, square = total + weight * apart, square + weight * apart**2
        own = own + (0.0 if sd is None else weight * sd**2)
    spread = (square - total**2) / xp.maximum(1.0 - (weights**2).sum(), 1e-12)
    return first + total, xp.maximum(spread, 0.0) + own


def summed(weights: Any, found: Found) -> tuple[Any, Any]:
    """Return ``sum w m`` and ``sum w^2 sd^2`` over the members that state a standard deviation."""
    total, own = 0.0, 0.0
    for weight, (mean, sd) in zip(weights, found, strict=True):
        total = total + weight * mean
        own = own + (0.0 if sd is None else (weight * sd) ** 2)
    return total, own


def added(params: Any, found: Found) -> tuple[Any, Any]:
    """Return a base with what the others add to it, and the variance that they and the base state.

    ``base + sum_k [w_k d_k + (sum_c v_ck b_c b_c') d_k]`` with ``d_k = m_k - base``,
    directions b_c of the targets, and v_ck what the weight of a direction differs by.
    The variance is ``(1 - sum_k w_k)^2 sd_base^2 + sum_k w_k^2 sd_k^2``.
    """
    base, out, own = None, 0.0, 0.0
    weights = iter(zip(params["weights"], params["differences"], strict=True))
    for mean, sd in found:
        if base is None:
            base = out = mean
            own = 0.0 if sd is None else ((1.0 - params["weights"].sum()) * sd) ** 2
            continue
        weight, difference = next(weights)
        apart = mean - base
        out = out + weight * apart
        own = own + (0.0 if sd is None else (weight * sd) ** 2)
        if len(params["basis"]):
            out = out + ((apart @ params["basis"].T) * difference) @ params["basis"]
    return out, own
