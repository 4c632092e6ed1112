"""How much noise: by the error with groups left out, or by marginal likelihood, both in closed form."""

from __future__ import annotations

import numpy as np

from drugexp_kernels.product.spectrum import Spectrum


def left_out_residuals(spectrum: Spectrum, z: np.ndarray, noise: float, groups: np.ndarray) -> np.ndarray:
    """Return what is left of each row when its whole group is left out of the fit.

    With the hat matrix ``H = Q L / (L + noise) Q'`` the residuals of a left-out
    group B are ``(I - H_BB)^-1 (z - H z)_B``: no refitting.

    Parameters
    ----------
    z
        (row, direction) whitened targets.
    noise
        Noise variance.
    groups
        (row,) groups; all different: leave-one-out.

    Returns
    -------
    np.ndarray
        (row, direction) whitened residuals.
    """
    shrink = spectrum.values / (spectrum.values + noise)
    rotated = shrink[:, None] * spectrum.rotate(z)
    out = np.empty_like(z)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(groups[order]) != 0))
    for block in np.split(order, starts[1:]):
        Q = spectrum.rows(block)
        hat = (Q * shrink) @ Q.T
        out[block] = np.linalg.solve(np.eye(len(block)) - hat, z[block] - Q @ rotated)
    return out


def left_out_errors(
    spectrum: Spectrum, z: np.ndarray, grid: tuple[float, ...], groups: np.ndarray, counted: np.ndarray
) -> np.ndarray:
    """Return the mean squared left-out residual of the counted rows, (noise, direction)."""
    return np.stack([(left_out_residuals(spectrum, z, noise, groups)[counted] ** 2).mean(0) for noise in grid])


def negative_log_likelihood(spectrum: Spectrum, z: np.ndarray, grid: tuple[float, ...]) -> np.ndarray:
    """Return the negative log marginal likelihood up to a constant, (noise, direction).

    The variance of each direction is put at its best value,
    ``z' (K + noise)^-1 z / n``, which leaves ``n/2 log of that + 1/2 log det``.
    """
    n = spectrum.size
    power = spectrum.rotate(z) ** 2
    outside = np.maximum((z**2).sum(0) - power.sum(0), 0.0)
    out = []
    for noise in grid:
        quad = (power / (spectrum.values[:, None] + noise)).sum(0) + outside / noise
        log_det = np.log(spectrum.values + noise).sum() + (n - len(spectrum.values)) * np.log(noise)
        out.append(0.5 * n * np.log(np.maximum(quad, 1e-300) / n) + 0.5 * log_det)
    return np.stack(out)


def variances(spectrum: Spectrum, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return the best prior variance of each direction at its noise, (direction,)."""
    power = spectrum.rotate(z) ** 2
    outside = np.maximum((z**2).sum(0) - power.sum(0), 0.0)
    return ((power / (spectrum.values[:, None] + noise)).sum(0) + outside / noise) / spectrum.size
