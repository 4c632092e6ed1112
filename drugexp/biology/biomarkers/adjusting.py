"""What covariates explain, taken out."""

from __future__ import annotations

import numpy as np


def basis(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the space of (patient, column), (patient, rank)."""
    if not columns.shape[1]:
        return np.zeros((len(columns), 0))
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, size > 1e-10 * max(size[0], 1e-300)]


def with_ones(covariates: np.ndarray) -> np.ndarray:
    """Return (patient, 1 + covariate): a column of ones, then the covariates."""
    return np.column_stack([np.ones(len(covariates)), covariates])


def without(values: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Return (patient, ...) values less their projection onto an orthonormal (patient, rank) basis."""
    return values - span @ (span.T @ values)
