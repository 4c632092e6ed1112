"""A cleaned copy of a file, with a log of every change; the file itself is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import ENDINGS, open_expression
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.write import check_ending, write_expression
from drugexp.intake.quality.changes import Change, log_path, write_changes
from drugexp.intake.quality.measured import of_source
from drugexp.intake.quality.mend import (
    Mended,
    empty_dropped,
    genes_merged,
    genes_renamed,
    imputed,
    marks_to_missing,
    samples_renamed,
    to_log2,
)
from drugexp.intake.tables import STANDARD_INPUT, format_of
from drugexp.preprocess.scale import Kind

MOST = 200_000_000
"""Values of the largest table that is mended; several copies of it stand in memory."""

TARGETS = ("log2",)


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A cleaned table, what was changed, and where both were written."""

    table: Expression
    changes: tuple[Change, ...]
    output: Path
    log: Path


def clean_file(
    source: str | Path,
    output: str | Path,
    *,
    to: str | None = None,
    scale: Kind | None = None,
    impute: str | None = None,
    layer: str | None = None,
    seed: int = 0,
) -> Cleaned:
    """Write a cleaned copy of a file of expression, and a log of every change beside it.

    Numbers that stand for missing become missing; dates and older symbols become today's gene names; columns of one
    gene are merged; samples get names of their own; what holds no value is dropped. Nothing else is changed unless
    it is asked for.

    Parameters
    ----------
    source
        The file; it is not touched.
    output
        The copy, in the format of its ending; the log is called like it, with ``.log.csv`` behind.
    to
        ``log2``: convert to log2 expression.
    scale
        What the values are, for `to`; None: what they look like.
    impute
        ``mean``, ``knn`` or ``low-rank``: estimate missing values.
    layer
        Of an h5ad file.
    seed
        Of the estimate by low rank.

    Raises
    ------
    UsageError
        If an option is unknown, the source is no file of expression, or the place cannot be written to.
    InputError
        If the file cannot be read or is too large, or its values cannot be converted.
    """
    check_ending(output)
    if to is not None and to not in TARGETS:
        raise UsageError(unknown("scale to convert to", to, TARGETS))
    if str(source) != STANDARD_INPUT:
        if format_of(Path(source)) not in ENDINGS:
            raise UsageError(f"{str(source)!r} is no file of expression; a screen is mended where it is made")
        if Path(source).resolve() == Path(output).resolve():
            raise UsageError("the cleaned copy would take the place of the original", hint="Give it another name.")
    with open_expression(source, layer=layer) as opened:
        size = len(opened.samples) * len(opened.genes)
        if size > MOST:
            raise InputError(f"{size:,} values are more than can be mended in memory ({MOST:,}).", where=opened.where)
        table = of_source(opened, most=MOST).table
    cleaned, changes = clean(table, to=to, scale=scale, impute=impute, seed=seed)
    log = log_path(output)
    write_expression(cleaned, output)
    write_changes(changes, log)
    return Cleaned(cleaned, tuple(changes), Path(output), log)


def clean(
    table: Expression, *, to: str | None = None, scale: Kind | None = None, impute: str | None = None, seed: int = 0
) -> Mended:
    """Return a cleaned table and every change; cleaning it again changes nothing. See `clean_file`."""
    changes: list[Change] = []
    for step in (marks_to_missing, genes_renamed, genes_merged, samples_renamed, empty_dropped):
        table, made = step(table)
        changes += made
    if to is not None:
        table, made = to_log2(table, scale)
        changes += made
    if impute is not None:
        table, made = imputed(table, impute, seed)
        changes += made
    return table, changes
