"""Writing an expression table: the ending of the name tells the format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.errors import UsageError, unknown
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import write_h5ad
from drugexp.intake.formats.streams import text_writer
from drugexp.intake.tables import format_of

WRITTEN = (".csv", ".tsv", ".parquet", ".gct", ".gctx", ".h5ad")
"""Endings that can be written; text also with ``.gz`` or ``.zst``."""


def check_ending(path: str | Path) -> None:
    """Refuse a name that tells no format.

    Raises
    ------
    UsageError
        With the endings there are.
    """
    ending = format_of(Path(path))
    if ending not in WRITTEN:
        raise UsageError(unknown("ending", ending or "nothing", WRITTEN), where=str(path))


def write_expression(table: Expression, path: str | Path) -> None:
    """Write an expression table with all digits of its numbers.

    In text and parquet one row is a sample: its name, its annotations, then its values; annotations of genes are
    left out.

    Raises
    ------
    UsageError
        If the ending is unknown, the place cannot be written to, or the format cannot hold a label.
    PluginError
        If h5ad is asked for and anndata is not installed.
    """
    check_ending(path)
    path = Path(path)
    ending = format_of(path)
    writers = {".gct": write_gct, ".gctx": write_gctx, ".h5ad": write_h5ad}
    if ending in writers:
        writers[ending](table, path)
        return
    frame = _frame(table)
    with atomic_path(path) as part:
        if ending == ".parquet":
            frame.to_parquet(part, index=False)
            return
        with text_writer(part) as out:
            frame.to_csv(out, sep="\t" if ending == ".tsv" else ",", index=False, lineterminator="\n")


def _frame(table: Expression) -> pd.DataFrame:
    """Return one row a sample. Whole numbers are written as such; parquet takes no two columns of one name."""
    values = np.asarray(table.values)
    whole = bool(
        np.isfinite(values).all() and (values == np.round(values)).all() and np.abs(values).max(initial=0) < 2**53
    )
    about = table.samples.reset_index(drop=True)
    about.insert(0, "sample", table.samples.index.astype(str), allow_duplicates=True)
    numbers = pd.DataFrame(values.astype(np.int64) if whole else values, columns=table.genes.index.astype(str))
    return pd.concat([about, numbers], axis=1)
