"""Kernel ridge on a grid with gaps: the kernel of a pair is that of its cells times that of its compounds.

The system (K_cell (x) K_compound + noise) a = y of the measured entries is solved by conjugate gradients. On a grid
without gaps the eigenvectors of both kernels solve it at once (Stegle et al. 2011, NIPS 24); that solution is the
preconditioner here, so that a grid with few gaps takes few steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import ModelError


@dataclass(frozen=True, eq=False)
class Solution:
    """Weights of the training entries.

    Attributes
    ----------
    weights
        (cell, compound); 0 where an entry did not train.
    steps
        That conjugate gradients took.
    error
        Norm of what is left, over that of the values.
    """

    weights: np.ndarray
    steps: int
    error: float


def solve(
    values: np.ndarray,
    cell_kernel: np.ndarray,
    compound_kernel: np.ndarray,
    noise: float,
    *,
    tolerance: float = 1e-3,
    most: int = 200,
) -> Solution:
    """Return the weights that fit training values.

    Parameters
    ----------
    values
        (cell, compound); NaN where an entry does not train.
    cell_kernel, compound_kernel
        (cell, cell) and (compound, compound), symmetric without negative eigenvalues.
    noise
        Added to the diagonal; above 0.
    tolerance
        Of the error.
    most
        Steps.

    Raises
    ------
    ModelError
        If the kernels are not usable or the noise is not above 0.
    """
    if not noise > 0 or not (np.isfinite(cell_kernel).all() and np.isfinite(compound_kernel).all()):
        raise ModelError("the kernels of a response model are not finite, or its noise is not above 0")
    mask = np.isfinite(values)
    target = np.where(mask, values, 0.0)
    (s, u), (t, v) = np.linalg.eigh(cell_kernel), np.linalg.eigh(compound_kernel)
    damped = 1.0 / (np.maximum(s, 0)[:, None] * np.maximum(t, 0)[None, :] + noise)

    def eased(x: np.ndarray) -> np.ndarray:
        return np.where(mask, u @ (damped * (u.T @ x @ v)) @ v.T, 0.0)

    size = float(np.sqrt((target**2).sum()))
    weights, rest = np.zeros(target.shape), target.copy()
    if size == 0:
        return Solution(weights, 0, 0.0)
    z = eased(rest)
    way, product = z.copy(), float((rest * z).sum())
    steps, error = 0, 1.0
    while steps < most and error > tolerance:
        image = np.where(mask, cell_kernel @ way @ compound_kernel, 0.0) + noise * way
        length = product / float((way * image).sum())
        weights += length * way
        rest -= length * image
        z = eased(rest)
        before, product = product, float((rest * z).sum())
        way = z + (product / before) * way
        steps, error = steps + 1, float(np.sqrt((rest**2).sum())) / size
    return Solution(weights, steps, error)
