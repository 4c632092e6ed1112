"""The quality of data that a user brings."""

from __future__ import annotations

from pathlib import Path

from drugexp.intake.baseline_scale import parse_scale
from drugexp.intake.quality.clean import Cleaned, clean_file
from drugexp.intake.quality.finding import Report
from drugexp.intake.quality.measured import MOST_ENTRIES
from drugexp.intake.quality.report import check_data


def check(
    source: str | Path,
    *,
    batch: str | None = None,
    condition: str | None = None,
    cell: str | None = None,
    dose: str | None = None,
    time: str | None = None,
    control_column: str | None = None,
    control: str | None = None,
    layer: str | None = None,
    data_dir: str | Path | None = None,
    most: int = MOST_ENTRIES,
    seed: int = 0,
) -> Report:
    """Look at the quality of a file of expression, a screen or a data set.

    Parameters
    ----------
    source
        A csv, tsv, parquet, GCT, GCTX or h5ad file, a ``.screen`` folder, or the name of a data set.
    batch, condition, cell, dose, time, control_column
        Columns of annotations; what is not named is found by the names that columns usually have.
    control
        What `control_column` holds in controls.
    layer
        Of an h5ad file.
    data_dir
        Where data sets lie.
    most
        How many values are looked at; of a larger file a part of the samples is drawn.
    seed
        Of that draw, and of the permutations that tell chance.

    Raises
    ------
    UsageError
        If there is neither such a file nor such a set, or a column does not exist.
    InputError, DataError
        If it cannot be read.
    """
    told = {
        "batch": batch,
        "compound": condition,
        "cell": cell,
        "dose": dose,
        "hours": time,
        "control_column": control_column,
        "control": control,
    }
    return check_data(source, data_dir=data_dir, layer=layer, told=told, most=most, seed=seed)


def clean(
    source: str | Path,
    output: str | Path,
    *,
    to: str | None = None,
    scale: str | None = None,
    impute: str | None = None,
    layer: str | None = None,
    seed: int = 0,
) -> Cleaned:
    """Write a cleaned copy of a file of expression, and a log of every change; see `clean_file`.

    Raises
    ------
    UsageError
        If an option is unknown, the source is no file of expression, or the place cannot be written to.
    InputError
        If the file cannot be read or is too large, or its values cannot be converted.
    """
    return clean_file(source, output, to=to, scale=parse_scale(scale), impute=impute, layer=layer, seed=seed)
