"""Omics of cells on the scale on which differences mean the same everywhere. Pure functions; NaN stays NaN."""

from __future__ import annotations

import numpy as np

from drugexp.preprocess.scale import MILLION

_EDGE = 0.01
"""Kept away from 0 and 1, so that the logarithm of a fraction is finite: what an array can tell apart."""


def m_values(fraction: np.ndarray) -> np.ndarray:
    """Return M-values of methylated fractions, log2((b + e) / (1 - b + e)) with e = 0.01.

    Du et al., BMC Bioinformatics 2010, 11:587: their spread does not depend on their mean, as that of fractions does.

    >>> m_values(np.array([0.0, 0.5, 1.0, np.nan])).round(2).tolist()
    [-6.66, 0.0, 6.66, nan]
    """
    return np.log2((fraction + _EDGE) / (1.0 - fraction + _EDGE))


def log_density(signal: np.ndarray) -> np.ndarray:
    """Return log2(1 + reads per million) of reads in regions, (cell, region); a cell without reads is NaN.

    >>> log_density(np.array([[1.0, 3.0, np.nan]])).round(2).tolist()
    [[17.93, 19.52, nan]]
    """
    total = np.nansum(signal, axis=1, keepdims=True)
    return np.log2(1.0 + MILLION * np.divide(signal, total, out=np.full(signal.shape, np.nan), where=total > 0))


def centred(values: np.ndarray) -> np.ndarray:
    """Return values less the median of their cell, (cell, feature): how much was loaded does not matter.

    >>> centred(np.array([[1.0, 2.0, 4.0, np.nan]])).tolist()
    [[-1.0, 0.0, 2.0, nan]]
    """
    known = np.isfinite(values).any(axis=1)
    middle = np.full((len(values), 1), np.nan)
    middle[known, 0] = np.nanmedian(values[known], axis=1)
    return values - middle


def relative_copies(copies: np.ndarray) -> np.ndarray:
    """Return log2 ratios to two copies of numbers of copies; none at all stands at -3.

    >>> relative_copies(np.array([0.0, 1.0, 2.0, 4.0])).tolist()
    [-3.0, -1.0, 0.0, 1.0]
    """
    return np.log2(np.maximum(copies, 0.25) / 2.0)
