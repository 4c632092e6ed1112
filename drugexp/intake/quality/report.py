"""The whole check, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from drugexp.intake.quality.agreement import check_replicates
from drugexp.intake.quality.batches import check_batches
from drugexp.intake.quality.control_wells import check_controls
from drugexp.intake.quality.duplicates import check_duplicates
from drugexp.intake.quality.finding import Report
from drugexp.intake.quality.gene_check import check_genes
from drugexp.intake.quality.measured import MOST_ENTRIES, Measured, measure
from drugexp.intake.quality.missing import check_missing
from drugexp.intake.quality.numbers import check_numbers
from drugexp.intake.quality.outliers import check_outliers
from drugexp.intake.quality.strength import check_strength


def check_data(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    layer: str | None = None,
    told: Mapping[str, str | None] | None = None,
    most: int = MOST_ENTRIES,
    seed: int = 0,
) -> Report:
    """Look at the quality of a file, a screen or a data set; see `measure` for what is read.

    Raises
    ------
    UsageError
        If there is neither such a file nor such a set, or a column does not exist.
    InputError, DataError
        If it cannot be read.
    """
    return checked(measure(source, data_dir=data_dir, layer=layer, told=told, most=most, seed=seed), seed=seed)


def checked(measured: Measured, *, seed: int = 0) -> Report:
    """Return the report on what was read."""
    findings = (
        *check_numbers(measured),
        *check_genes(measured),
        *check_missing(measured),
        *check_duplicates(measured),
        *check_outliers(measured),
        *check_controls(measured),
        *check_batches(measured, seed=seed),
        *check_replicates(measured, seed=seed),
        *check_strength(measured),
    )
    return Report(
        measured.table.where,
        measured.n_samples,
        len(measured.table.genes),
        len(measured.names),
        measured.scale,
        findings,
        measured.notes,
    )
