"""Quantile normalisation: every sample is given the distribution of the training samples."""

from __future__ import annotations

import numpy as np

from drugexp.errors import InputError


def fit_quantiles(values: np.ndarray) -> np.ndarray:
    """Return the mean of the sorted values of samples, (gene,) rising: the distribution to give to others.

    Parameters
    ----------
    values
        (sample, gene) log2 expression. The values of a sample with some missing (NaN) are stretched over all
        ranks by linear interpolation.

    Raises
    ------
    InputError
        If a sample has no value.

    Examples
    --------
    >>> fit_quantiles(np.array([[5.0, 2, 3, 4], [4, 1, 4, 2]])).tolist()
    [1.5, 2.5, 4.0, 4.5]
    """
    genes = values.shape[1]
    total = np.zeros(genes)
    for row, sample in enumerate(values):
        held = np.sort(sample[np.isfinite(sample)])
        if not len(held):
            raise InputError(f"sample {row + 1} has no value, and so no distribution")
        total += np.interp(_places(genes), _places(len(held)), held)
    return total / max(len(values), 1)


def quantile_normalise(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return samples in which each value is that of the reference at the same rank, (sample, gene) float64.

    Bolstad et al. 2003, Bioinformatics 19:185, with ties and missing values as limma's ``normalizeQuantiles``
    has them: equal values take the value at their mean rank, missing ones stay missing.

    Parameters
    ----------
    values
        (sample, gene) log2 expression; NaN where not measured.
    reference
        (rank,) of `fit_quantiles`; its length may be another than the number of genes.

    Examples
    --------
    >>> quantile_normalise(np.array([[30.0, 10.0, 20.0]]), np.array([1.0, 2.0, 3.0])).tolist()
    [[3.0, 1.0, 2.0]]
    """
    from scipy.stats import rankdata  # a second to import, which every start of a prediction would wait for

    found = np.full(values.shape, np.nan)
    places = _places(len(reference))
    for row, sample in enumerate(values):
        held = np.isfinite(sample)
        number = int(held.sum())
        rank = rankdata(sample[held])
        at = (rank - 1) / (number - 1) if number > 1 else np.full(number, 0.5)
        found[row, held] = np.interp(at, places, reference)
    return found


def _places(number: int) -> np.ndarray:
    """Return where ranks lie between 0 and 1; a single one in the middle."""
    return np.linspace(0.0, 1.0, number) if number > 1 else np.full(number, 0.5)
