"""Plates: what their wells share is taken out, by the controls of the plate or by all its wells."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from drugexp.errors import DataError, UsageError

MIN_MAD = 0.1
"""Smallest median absolute deviation that divides: that of the Connectivity Map."""
_TO_SD = 1.4826
"""A normal distribution's standard deviation in units of its median absolute deviation."""
_LOWEST = 0.01
"""Share of the genes of a plate whose deviation is raised to the next one, as the Connectivity Map does."""


def reference_wells(plate: np.ndarray, is_control: np.ndarray, well: np.ndarray, half: int | None = None) -> np.ndarray:
    """Return the control wells that others are compared with, (well,) bool.

    Parameters
    ----------
    plate, is_control, well
        (well,) name of the plate, whether it is a control, name of the well.
    half
        None: all control wells. 0 or 1: every other one of a plate in the order of their
        names, so that two calls use disjoint wells: a prediction and a truth
        that share their controls look alike for that reason alone.

    Raises
    ------
    DataError
        If a plate has no control well (or too few to halve).
    """
    used = np.zeros(len(plate), dtype=bool)
    for name, here in rows_by_plate(plate):
        controls = here[is_control[here]]
        controls = controls[np.argsort(well[controls], kind="stable")]
        chosen = controls if half is None else controls[half::2]
        if not len(chosen):
            raise DataError(f"plate {name!r} has too few control wells")
        used[chosen] = True
    return used


def centred(values: np.ndarray, plate: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """Return values minus the mean over the reference wells of their plate, (well, gene) float64.

    Parameters
    ----------
    values
        (well, gene) log2 expression; NaN where not measured.
    plate
        (well,) name of the plate.
    reference
        (well,) bool: wells that enter the mean, such as those of `reference_wells`. None: all, which is
        better where controls are few and most treatments do little, and takes away what most treatments share.
    """
    found = np.empty(values.shape, dtype=np.float64)
    for rows, chosen in _with_reference(plate, reference):
        found[rows] = values[rows] - _over_wells(np.nanmean, values[chosen].astype(np.float64, copy=False))
    return found


def robust_z(
    values: np.ndarray,
    plate: np.ndarray,
    reference: np.ndarray | None = None,
    *,
    min_mad: float = MIN_MAD,
    clip: float | None = None,
) -> np.ndarray:
    """Return robust z-scores of wells within their plate, (well, gene) float64.

    z = (x - median) / (1.4826 MAD), with median and median absolute deviation over the reference wells
    of the plate. A MAD below `min_mad`, or below the first percentile of the MADs of the plate's genes,
    is raised to it: a gene that by chance hardly varies among few wells would dominate every profile. This is
    ``robust_zscore`` of cmapM as its level 4 calls it (Subramanian et al. 2017, Cell 171:1437).

    Parameters
    ----------
    values
        (well, gene) log2 expression; NaN where not measured.
    plate
        (well,) name of the plate.
    reference
        (well,) bool: wells that median and MAD are taken over; None: all.
    min_mad
        In log2 units; above 0.
    clip
        Values beyond -clip and clip are set to these; None: they stay. The Connectivity Map clips at 10.

    Raises
    ------
    UsageError
        If `min_mad` or `clip` is not positive.
    """
    if not min_mad > 0 or (clip is not None and not clip > 0):
        raise UsageError(f"min_mad {min_mad} and clip {clip} must be above 0.")
    found = np.empty(values.shape, dtype=np.float64)
    for rows, chosen in _with_reference(plate, reference):
        held = values[chosen].astype(np.float64, copy=False)
        middle = _over_wells(np.nanmedian, held)
        mad = _over_wells(np.nanmedian, np.abs(held - middle))
        known = mad[np.isfinite(mad)]
        lowest = np.quantile(known, _LOWEST, method="hazen") if len(known) else 0.0
        found[rows] = (values[rows] - middle) / (np.maximum(mad, max(lowest, min_mad)) * _TO_SD)
    return found if clip is None else np.clip(found, -clip, clip)


def rows_by_plate(plate: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each plate's name and the rows of its wells, plates in the order of their names."""
    if not len(plate):
        return
    order = np.argsort(plate, kind="stable")
    sorted_plates = plate[order]
    starts = np.flatnonzero(np.r_[True, sorted_plates[1:] != sorted_plates[:-1]])
    for rows in np.split(order, starts[1:]):
        yield plate[rows[0]], rows


def _with_reference(plate: np.ndarray, reference: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of each plate, and those of them that are its reference."""
    for name, rows in rows_by_plate(plate):
        chosen = rows if reference is None else rows[reference[rows]]
        if not len(chosen):
            raise DataError(f"plate {name!r} has no well to compare with")
        yield rows, chosen


def _over_wells(statistic: Callable[..., np.ndarray], values: np.ndarray) -> np.ndarray:
    """Return a statistic of each gene over wells, (gene,); NaN where no well has the gene."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of genes that no well has: NaN is the answer
        return statistic(values, axis=0)
