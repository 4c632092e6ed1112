"""Strata: samples under like conditions, and the training mean that a profile is centred on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from drugexp.errors import UsageError, unknown


def stratum_table(samples: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the label of each sample in each column, (sample, column) str; empty where not stated.

    Doses in uM are binned to half decades, since sources dose compounds unevenly.

    Raises
    ------
    UsageError
        If the samples have no such column.
    """
    labels = {}
    for name in columns:
        if name not in samples:
            raise UsageError(unknown("stratum column", name, map(str, samples.columns)))
        values = samples[name]
        if name == "dose_um":
            values = np.round(np.log10(values.clip(lower=1e-6)) * 2) / 2
        labels[name] = values.map(lambda v: "" if pd.isna(v) else str(v))
    return pd.DataFrame(labels, index=samples.index)


def joined(strata: pd.DataFrame) -> np.ndarray:
    """Return one label for each sample, (sample,) str; all alike where there is no column."""
    if not strata.shape[1]:
        return np.full(len(strata), "")
    return np.array([" | ".join(row) for row in strata.itertuples(index=False)], dtype=str)


def training_mean(
    values: np.ndarray,
    weight: np.ndarray,
    train: pd.DataFrame,
    test: pd.DataFrame,
    least: int,
) -> np.ndarray:
    """Return the mean training profile of each test sample's stratum, (test, gene).

    Parameters
    ----------
    values
        (train, gene) training profiles.
    weight
        (train, gene): the sample's weight where the gene was measured, else 0.
    train, test
        Strata of the samples, the same columns. A stratum with fewer than
        `least` training rows takes the mean over one column fewer, in the end
        that of all rows.
    least
        Rows a mean needs.
    """
    mean = np.tile(_mean(values, weight, np.zeros(values.shape[1])), (len(test), 1))
    for width in range(1, test.shape[1] + 1):
        ours, theirs = joined(train.iloc[:, :width]), joined(test.iloc[:, :width])
        for label in np.unique(theirs):
            rows, here = ours == label, theirs == label
            if rows.sum() >= least:
                mean[here] = _mean(values[rows], weight[rows], mean[here][0])
    return mean


def _mean(values: np.ndarray, weight: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    total = weight.sum(axis=0)
    return np.where(total > 0, (values * weight).sum(axis=0) / np.maximum(total, 1e-12), fallback)
