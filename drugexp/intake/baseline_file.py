"""A user's own unperturbed expression: samples by genes, on the landmark axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from drugexp.contract.screen import Block, Cells
from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.genes import Reconciled, landmark_axis, reconcile, shortly
from drugexp.intake.tables import format_of, read_parquet_table, read_table, spoken

MIN_COVERAGE = 0.5
_MAX_LOG2 = 50.0
_BLANK = ("", "NA", "NaN", "nan", "N/A", "null")


def read_baseline(path: str | Path) -> tuple[Cells, tuple[str, ...]]:
    """Read unperturbed log2 expression from csv, tsv or parquet.

    The first column names the samples and the others are genes; a table of
    genes by samples is turned. Genes may be symbols (older ones too), Ensembl
    or Entrez ids.

    Parameters
    ----------
    path
        The file, or ``-`` for csv or tsv on standard input.

    Returns
    -------
    cells
        The samples as cells with the block ``expression``: (sample, 978) log2 expression, NaN where missing.
    notes
        Sentences about coverage and what was done.

    Raises
    ------
    InputError
        If the file cannot be read, fewer than half of the landmark genes are
        found, or the values are not log2 expression.
    """
    path = Path(path)
    table = read_parquet_table(path) if format_of(path) == ".parquet" else read_table(path, unique=False)
    where = spoken(path)
    return baseline_from_frame(_first_column_as_names(table, where), where=where)


def baseline_from_frame(frame: pd.DataFrame, *, where: str = "baseline") -> tuple[Cells, tuple[str, ...]]:
    """Return cells from a table whose index names samples and whose columns name genes, or the other way round.

    Where the index only counts rows, a first column of text names the samples. See `read_baseline`.
    """
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1] and not is_numeric_dtype(frame.dtypes.iloc[0]):
        frame = _first_column_as_names(frame, where)
    if frame.empty:
        raise InputError("the table holds no values.", where=where)
    notes = []
    genes, samples = reconcile([str(c) for c in frame.columns]), reconcile([str(i) for i in frame.index])
    if samples.coverage > genes.coverage:
        frame, genes = frame.T, samples
        notes.append("the table had genes in its rows and was turned")
    _check_coverage(genes, where)
    names = _sample_names(frame.index, where)
    values = _numbers(frame, where)
    _check_log2(values, genes, where)
    landmarks = genes.collapse(values)
    notes.append(genes.sentence())
    lost = int(np.isnan(landmarks).sum()) - len(genes.missing) * len(landmarks)
    if lost:
        notes.append(f"{lost} values of known genes are missing; they are filled as missing genes are")
    block = Block(landmarks.astype(np.float32), landmark_axis(), Unit.LOG2_EXPRESSION)
    return Cells(names, {"expression": block}), tuple(notes)


def _first_column_as_names(table: pd.DataFrame, where: str) -> pd.DataFrame:
    if table.shape[1] < 2:
        raise InputError(
            "the table has one column; a column of sample names and one column a gene are expected.", where=where
        )
    return table.iloc[:, 1:].set_axis(pd.Index(table.iloc[:, 0].astype(str), name="sample"), axis=0)


def _check_coverage(genes: Reconciled, where: str) -> None:
    if genes.coverage < MIN_COVERAGE:
        raise InputError(
            f"{genes.sentence()}; at least {MIN_COVERAGE:.0%} are needed.",
            where=where,
            hint="Name genes by symbol, Ensembl id or Entrez id.",
        )


def _sample_names(index: pd.Index, where: str) -> tuple[str, ...]:
    names = tuple(str(n).strip() for n in index)
    if not all(names):
        raise InputError(f"sample {names.index('') + 1} has no name.", where=where)
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError(
            f"{len(twice)} samples carry a name twice ({shortly(twice)}).", where=where, hint="Give each its own name."
        )
    return names


def _numbers(frame: pd.DataFrame, where: str) -> np.ndarray:
    """Return (sample, name) float64, NaN for empty cells."""
    text = frame.astype(object)
    blank = (text.isna() | text.isin(_BLANK)).to_numpy()
    flat = pd.to_numeric(pd.Series(text.to_numpy().ravel(), dtype=object), errors="coerce")
    values = flat.to_numpy(np.float64).reshape(frame.shape)
    _refuse(np.isnan(values) & ~blank, frame, "is not a number (write 5.3, with a point)", where)
    _refuse(np.isinf(values), frame, "is infinite (log2 of 0? add 1 before taking it)", where)
    return values


def _refuse(wrong: np.ndarray, frame: pd.DataFrame, what: str, where: str) -> None:
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        more = f"; {int(wrong.sum()) - 1} more like it" if wrong.sum() > 1 else ""
        raise InputError(
            f"sample {str(frame.index[row])!r}, gene {str(frame.columns[column])!r}: "
            f"{str(frame.iloc[row, column])!r} {what}{more}.",
            where=where,
        )


def _check_log2(values: np.ndarray, genes: Reconciled, where: str) -> None:
    held = values[:, genes.positions >= 0]
    held = held[np.isfinite(held)]
    if not held.size:
        raise InputError("no landmark gene has a value.", where=where)
    transform = "Give log2(CPM + 1), or log2 of the normalised intensities."
    if held.max() > _MAX_LOG2:
        whole = "whole numbers up to" if (held == np.round(held)).all() else "values up to"
        raise InputError(
            f"log2 expression is expected, and {whole} {held.max():.6g} came: these look like counts or intensities.",
            where=where,
            hint=transform,
        )
    if (held == np.round(held)).all() and held.size > 20:
        raise InputError(
            "log2 expression is expected, and every value is a whole number: these look like counts.",
            where=where,
            hint=transform,
        )
    if (held < 0).mean() > 0.2:
        raise InputError(
            f"log2 expression is expected, and {(held < 0).mean():.0%} of the values are negative: these look like "
            "z-scores or centred values.",
            where=where,
            hint="Give expression that is not centred; log2(CPM + 1) is never negative.",
        )
