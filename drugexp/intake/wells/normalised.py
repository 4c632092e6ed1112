"""Wells on one scale, and what each plate adds taken out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.screen import OBSERVED, Screen
from drugexp.contract.tables import text
from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.wells.options import Normalise, SignatureOptions
from drugexp.intake.wells.source import TOTAL
from drugexp.preprocess.depth import log2_cpm, size_factors
from drugexp.preprocess.plates import centred, reference_wells, robust_z
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise


@dataclass(frozen=True, eq=False)
class Logs:
    """Log2 expression of wells.

    Attributes
    ----------
    values
        (well, gene); NaN where not measured.
    genes
        The axis of the columns.
    samples
        One row a well, as in `Screen.samples`.
    used
        (well,) bool: the control wells that others are compared with.
    notes
        What was done, one sentence each.
    """

    values: np.ndarray
    genes: GeneAxis
    samples: pd.DataFrame
    used: np.ndarray
    notes: tuple[str, ...] = ()

    @cached_property
    def plate(self) -> np.ndarray:
        """(well,) plate; where one holds several kinds of cells, each of them is a plate of its own."""
        plate, cell = text(self.samples["batch"]), text(self.samples["cell"])
        shared = pd.Series(cell).groupby(plate).transform("nunique").to_numpy() > 1
        return np.where(shared, plate + " / " + cell, plate)

    def take(self, rows: np.ndarray) -> Logs:
        """Return some of the wells."""
        return replace(
            self, values=self.values[rows], samples=self.samples.iloc[rows].reset_index(drop=True), used=self.used[rows]
        )

    def changes(self, normalise: Normalise, *, min_mad: float, clip: float | None = None) -> np.ndarray:
        """Return changes within plates, (well, gene) float64; see `SignatureOptions.normalise`."""
        against = self.used if normalise.startswith("control") else None
        if normalise.endswith("z"):
            return robust_z(self.values, self.plate, against, min_mad=min_mad, clip=clip)
        return centred(self.values, self.plate, against)


def as_logs(wells: Screen, options: SignatureOptions) -> Logs:
    """Return log2 expression of wells, on one distribution where that is asked for.

    Raises
    ------
    InputError
        If no gene has counts enough.
    """
    values, genes, notes = np.array(wells.values, dtype=np.float64), wells.genes, list[str]()
    if wells.state is not None:
        values[wells.state != OBSERVED] = np.nan
    if wells.unit is Unit.COUNTS:
        values, genes, note = _logs_of_counts(values, wells, options)
        notes.append(note)
    if options.quantile:
        values = quantile_normalise(values, fit_quantiles(values))
        notes.append("all wells were given one distribution (quantile normalisation)")
    control = wells.samples["is_control"].to_numpy(bool)
    return Logs(values, genes, wells.samples, control, tuple(notes))


def choose_controls(logs: Logs, options: SignatureOptions) -> tuple[Logs, np.ndarray]:
    """Return wells with the controls that serve, and those that cannot be compared, (well,) bool.

    Of the controls, only those that serve stay. A plate needs one control well, or two to halve, where
    wells are compared with controls.
    """
    control, plate = logs.used, logs.plate
    number = pd.Series(control).groupby(plate).transform("sum").to_numpy()
    needed = 1 if options.control_half is None else options.control_half + 1
    lost = (number < needed) & ~control if options.normalise.startswith("control") else np.zeros(len(plate), bool)
    halved = control & (number >= needed)
    used = np.zeros(len(plate), dtype=bool)
    on = np.isin(plate, plate[halved])
    well = text(logs.samples["well"]) if "well" in logs.samples else np.arange(len(plate)).astype(str)
    used[on] = reference_wells(plate[on], control[on], well[on], options.control_half)
    return replace(logs, used=used), lost


def _logs_of_counts(values: np.ndarray, wells: Screen, options: SignatureOptions) -> tuple[np.ndarray, GeneAxis, str]:
    if np.isnan(values).any():
        raise InputError("counts are missing in some wells; a gene that was not seen has the count 0", where=wells.name)
    totals = wells.samples[TOTAL].to_numpy(np.float64) if TOTAL in wells.samples else values.sum(axis=1)
    if options.depth != "total":
        factors = size_factors(values, options.depth)
        totals = factors / np.exp(np.log(factors).mean()) * np.exp(np.log(totals).mean())
    keep = np.flatnonzero(values.mean(axis=0) >= options.min_counts)
    if not len(keep):
        raise InputError(f"no gene has {options.min_counts:g} counts in a well on average", where=wells.name)
    logs = log2_cpm(values[:, keep], options.prior_cpm, totals=totals)
    by = "" if options.depth == "total" else f", depths made equal by {options.depth}"
    note = (
        f"counts became log2(CPM + {options.prior_cpm:g}){by}; {len(keep):,} of {len(wells.genes):,} genes "
        f"have {options.min_counts:g} counts in a well on average and stay"
    )
    return logs, wells.genes.subset(keep), note
