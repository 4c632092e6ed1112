"""Differences to the untreated wells of the same plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.errors import DataError


@dataclass(frozen=True, eq=False)
class Reference:
    """What wells are compared with.

    Attributes
    ----------
    mean
        (well, gene): mean of the control wells of each well's plate.
    used
        (well,) bool: the control wells that entered a mean.
    """

    mean: np.ndarray
    used: np.ndarray


def control_reference(
    values: np.ndarray, plate: np.ndarray, is_control: np.ndarray, well: np.ndarray, half: int | None
) -> Reference:
    """Return the mean of the control wells of each plate.

    Parameters
    ----------
    values
        (well, gene) log2 expression.
    plate, is_control, well
        (well,) name of the plate, whether it is a control, name of the well.
    half
        None: all control wells. 0 or 1: every other one in the order of their
        names, so that two calls use disjoint wells: a prediction and a truth
        that share their controls look alike for that reason alone.

    Raises
    ------
    DataError
        If a plate has no control well (or too few to halve).
    """
    used = np.zeros(len(values), dtype=bool)
    mean = np.empty(values.shape, dtype=np.float64)
    for name in np.unique(plate):
        here = plate == name
        controls = np.flatnonzero(here & is_control)
        controls = controls[np.argsort(well[controls], kind="stable")]
        chosen = controls if half is None else controls[half::2]
        if not len(chosen):
            raise DataError(f"plate {name!r} has too few control wells")
        used[chosen] = True
        mean[here] = values[chosen].mean(axis=0, dtype=np.float64)
    return Reference(mean, used)
