"""How the size of an effect grows with the dose, free of the noise of single wells.

The profile of a compound is taken to keep its direction and to grow as
``A(d) = 1 + b log10(d / 10 uM)``. Were squared lengths compared, noise would
count as effect. Between two doses the wells are different, so that products of
a compound's profiles at two doses hold no noise in the mean; the controls that
both share cancel because each dose is centred over compounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract import MISSING, Batch, Target

REFERENCE = 10.0
"""The dose (uM) at which the amplitude is 1."""
LEAST_COMPOUNDS = 3
"""Fewer compounds cannot be centred."""
STEPS = 400
"""Slopes tried, from 0 to where the amplitude of the lowest dose is 0 (to 1 where all doses are above 10 uM)."""


@dataclass(frozen=True)
class Amplitude:
    """``A(d) = 1 + slope log10(d / 10)``, constant outside the doses it was learnt on.

    Attributes
    ----------
    slope
        Growth for each decade.
    lowest, highest
        Doses in uM.
    """

    slope: float = 0.0
    lowest: float = REFERENCE
    highest: float = REFERENCE


def amplitude(dose_um: Any, slope: Any, lowest: Any, highest: Any, xp: Any) -> Any:
    """Return A of doses (sample,) in uM; 1 where the dose is not stated. `xp` is `numpy` or `jax.numpy`."""
    dose = xp.clip(xp.where(xp.isnan(dose_um), REFERENCE, dose_um), lowest, highest)
    return 1.0 + slope * xp.log10(dose / REFERENCE)


def products(batch: Batch, target: Target) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean inner products of compounds' profiles at two doses.

    Each gene is centred over the compounds of one cell, time and dose. Only
    compounds measured at the same doses are centred together: they shared plates.

    Returns
    -------
    tuple
        doses (dose,) in uM, rising; products (dose, dose) for each gene, 0 on
        the diagonal; and how many compounds each rests on, (dose, dose).
    """
    dose = np.round(batch.dose_um[target.rows].astype(np.float64), 6)
    stated = np.flatnonzero(np.isfinite(dose) & (dose > 0) & (target.weight > 0))
    levels, level = np.unique(dose[stated], return_inverse=True)
    rows = target.rows[stated]
    where = np.column_stack(
        [batch.compound_index[rows], batch.cell_index[rows], np.nan_to_num(batch.hours[rows], nan=-1)]
    )
    series, member = np.unique(where, axis=0, return_inverse=True)
    present = np.ones(target.values.shape, dtype=bool) if target.state is None else target.state != MISSING
    mass = np.where(present, target.weight[:, None], 0.0)[stated]
    cube = np.zeros((len(series), len(levels), len(target.task.genes)))
    total = np.zeros_like(cube)
    np.add.at(cube, (member.ravel(), level.ravel()), mass * np.where(mass > 0, target.values[stated], 0.0))
    np.add.at(total, (member.ravel(), level.ravel()), mass)
    known = total > 0
    measured = np.asarray(known.any(2))
    cube = cube / np.where(known, total, 1.0)
    _, design = np.unique(np.column_stack([series[:, 1:], measured]), axis=0, return_inverse=True)
    G, N = np.zeros((2, len(levels), len(levels)))
    for k in range(int(design.max(initial=-1)) + 1):
        block, seen = cube[design.ravel() == k], known[design.ravel() == k]
        if len(block) < LEAST_COMPOUNDS:
            continue
        count = seen.sum(0)
        block = np.where(seen & (count >= LEAST_COMPOUNDS), block - block.sum(0) / np.maximum(count, 1), 0.0)
        doses = measured[design.ravel() == k][0].astype(float)
        G += np.einsum("cdg,ceg->de", block, block, optimize=True) / block.shape[2]
        N += len(block) * np.outer(doses, doses)
    np.fill_diagonal(G, 0.0)
    np.fill_diagonal(N, 0.0)
    return levels, G / np.maximum(N, 1.0), N


def fit_amplitude(batch: Batch, targets: Sequence[Target]) -> Amplitude:
    """Return the amplitude that fits the products of all targets best; slope 0 where none has two doses.

    Least squares of ``G[d, d'] = s A(d) A(d')`` over the pairs of different
    doses, weighted by compounds, with a size s for each target; the targets
    count by the part of their own squares that is left. The slope is not below 0.
    """
    found = [p for p in (products(batch, t) for t in targets) if (p[2] > 0).any()]
    if not found:
        return Amplitude()
    doses = np.concatenate([levels[N.any(1)] for levels, _, N in found])
    lowest, highest = float(min(doses.min(), REFERENCE)), float(max(doses.max(), REFERENCE))
    top = 1.0 / np.log10(REFERENCE / lowest) if lowest < REFERENCE else 1.0
    slopes = np.linspace(0.0, top, STEPS, endpoint=False)
    left = np.zeros(STEPS)
    for levels, G, N in found:
        A = 1.0 + slopes[:, None] * np.log10(levels / REFERENCE)
        model = A[:, :, None] * A[:, None, :]
        size = np.maximum((N * G * model).sum((1, 2)), 0.0) / (N * model**2).sum((1, 2))
        error = (N * (G - size[:, None, None] * model) ** 2).sum((1, 2))
        left += error / max(float((N * G**2).sum()), 1e-300)
    return Amplitude(float(slopes[left.argmin()]), lowest, highest)
