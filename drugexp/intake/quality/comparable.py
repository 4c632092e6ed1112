"""Values on scales on which samples can be compared: pure functions on arrays."""

from __future__ import annotations

import numpy as np

from drugexp.preprocess.conversion import convert
from drugexp.preprocess.plates import centred
from drugexp.preprocess.scale import Kind, Scale

_LARGE = 50.0


def as_logs(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Return log2 of what is linear, and anything else as it is, (sample, gene); NaN where missing.

    Samples without a count become NaN.

    Parameters
    ----------
    values
        (sample, gene); NaN where missing.
    scale
        What they are.
    """
    if scale.kind is Kind.COUNTS:
        held = np.nansum(values, axis=1) > 0
        found = np.full(values.shape, np.nan, dtype=np.float32)
        found[held] = convert(np.maximum(values[held], 0.0), Kind.COUNTS, Kind.LOG2)
        return found
    if scale.kind in (Kind.CPM, Kind.INTENSITIES, Kind.UNKNOWN) and scale.evidence.get("max", 0.0) > _LARGE:
        return np.log2(np.maximum(values, 0.0) + 1.0)
    return values


def as_changes(logs: np.ndarray, group: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Return differences to the mean of the controls of the same group; of all its samples where it has none.

    Parameters
    ----------
    logs
        (sample, gene); NaN where missing.
    group
        (sample,) batch and kind of cells.
    control
        (sample,) bool.
    """
    without = ~np.isin(group, np.unique(group[control]))
    return centred(logs, group, control | without)


def mean_over_samples(values: np.ndarray) -> np.ndarray:
    """Return the mean of what is there, (gene,) float64; NaN where nothing is."""
    held = np.isfinite(values)
    count = held.sum(axis=0)
    total = np.where(held, values, 0.0).sum(axis=0, dtype=np.float64)
    return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0)


def most_variable(values: np.ndarray, most: int) -> np.ndarray:
    """Return which genes vary most, (gene,) positions in order; genes with a missing value only as a last resort."""
    filled = filled_with_means(values)
    spread = filled.var(axis=0) * np.isfinite(values).mean(axis=0)
    return np.sort(np.argsort(-spread, kind="stable")[: min(most, int((spread > 0).sum()))])


def filled_with_means(values: np.ndarray) -> np.ndarray:
    """Return values with the mean of the gene where one is missing, 0 where no sample has it, float64."""
    mean = np.nan_to_num(mean_over_samples(values))
    return np.where(np.isfinite(values), values, mean)
