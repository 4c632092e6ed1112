"""The compound kernel: a weighted sum of count Tanimoto kernels and Gaussians in descriptors.

A compound without a structure (a row of zeros) is similar to nothing but
itself: its column is 0 and its own prior variance 1, which keeps the kernel
positive semidefinite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from drugexp.chemistry.packing import pack_counts, unpack_counts
from drugexp.chemistry.tanimoto import Levels, count_levels, count_tanimoto, expand, ratio, reached
from drugexp_kernels.product.options import CompoundKernel

CLIP = 4.0
"""Standardised descriptors are kept within this many standard deviations."""

FAR = 1e9
"""The squared distance to what has no structure: its Gaussian is 0, and so is its gradient."""

Store = dict[str, dict[str, Any]]
"""The position of a kernel, as text -> its arrays."""


def store_compounds(features: Mapping[str, np.ndarray], kernels: Sequence[CompoundKernel]) -> Store:
    """Return the training compounds as small arrays, one entry a kernel."""
    out: Store = {}
    for k, kernel in enumerate(kernels):
        table = np.asarray(features[kernel.feature], dtype=np.float32)
        if kernel.kind == "tanimoto":
            out[str(k)] = {"packed": pack_counts(table)}
            continue
        described = table[table.any(1)]
        centre = described.mean(0) if len(described) else np.zeros(table.shape[1])
        spread = described.std(0) if len(described) else np.ones(table.shape[1])
        keep = np.where(spread > 1e-6, 1.0 / np.maximum(spread, 1e-6), 0.0)
        out[str(k)] = {"table": table, "centre": centre.astype(np.float32), "scale": keep.astype(np.float32)}
    return out


def prepare(store: Store) -> Store:
    """Return the arrays that `base_matrices` multiplies with, made from the stored ones."""
    out: Store = {}
    for k, item in store.items():
        if "packed" in item:
            counts = unpack_counts(item["packed"])
            levels = count_levels(counts)
            out[k] = {
                "feature": levels.feature,
                "below": levels.below,
                "step": levels.step,
                "reached": reached(counts, levels).astype(np.float32),
                "total": counts.sum(1),
            }
        else:
            points, present = _points(item["table"], item)
            out[k] = {"points": points, "present": present, "centre": item["centre"], "scale": item["scale"]}
    return out


def base_matrices(
    prepared: Store, features: Mapping[str, Any], kernels: Sequence[CompoundKernel], xp: Any
) -> list[Any]:
    """Return for each kernel the (compound, known) similarity, or mean squared distance (`FAR` without a structure).

    Parameters
    ----------
    prepared
        As `prepare` returns it.
    features
        Feature name -> (compound, feature).
    xp
        `numpy` or `jax.numpy`.
    """
    out = []
    for k, kernel in enumerate(kernels):
        item = prepared[str(k)]
        table = xp.asarray(features[kernel.feature], dtype=xp.float32)
        if kernel.kind == "tanimoto":
            shared = expand(table, Levels(item["feature"], item["below"], item["step"])) @ item["reached"].T
            out.append(ratio(shared, table.sum(1), item["total"]))
        else:
            points, present = _points(table, item)
            out.append(_mean_square(points, present, item["points"], item["present"], xp))
    return out


def training_matrices(store: Store) -> list[np.ndarray]:
    """Return the same among the stored compounds, (known, known) float64."""
    out = []
    for k in range(len(store)):
        item = store[str(k)]
        if "packed" in item:
            counts = unpack_counts(item["packed"])
            out.append(count_tanimoto(counts, counts))
        else:
            points, present = _points(item["table"].astype(np.float64), item)
            out.append(_mean_square(points, present, points, present, np))
    return out


def mix(bases: Sequence[Any], kernels: Sequence[CompoundKernel], weights: Any, lengths: Any, xp: Any) -> Any:
    """Return the compound kernel ``sum_k w_k k_k`` with the weights scaled to sum to 1."""
    total = 0.0
    for k, (base, kernel) in enumerate(zip(bases, kernels, strict=True)):
        value = base if kernel.kind == "tanimoto" else xp.exp(-base / (2 * lengths[k] ** 2))
        total = total + weights[k] * value
    return total / weights.sum()


def _points(table: Any, item: Mapping[str, Any]) -> tuple[Any, Any]:
    points = ((table - item["centre"]) * item["scale"]).clip(-CLIP, CLIP)
    return points, (table != 0).any(1)


def _mean_square(x: Any, x_present: Any, y: Any, y_present: Any, xp: Any) -> Any:
    squares = (x**2).sum(1)[:, None] + (y**2).sum(1)[None, :] - 2 * x @ y.T
    both = x_present[:, None] & y_present[None, :]
    return xp.where(both, (squares / x.shape[1]).clip(0), FAR)
