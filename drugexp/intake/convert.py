"""From one format to another: screens with all their labels, and plain expression tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from drugexp.errors import UsageError
from drugexp.intake.formats.door import Source, open_expression
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import gctx_writer
from drugexp.intake.formats.h5ad import write_h5ad
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.formats.screens import check_screen_output, save_screen
from drugexp.intake.formats.wide import write_wide
from drugexp.intake.screen_io import SCREEN_ENDING, NoScreenError
from drugexp.intake.store import read_screen
from drugexp.intake.tables import format_of


def convert(name: str, target: str | Path, *, overwrite: bool = False, data_dir: str | Path | None = None) -> list[str]:
    """Write a screen, a data set or an expression table in the format of another ending.

    What holds the labels of a screen is converted with all of them; any other table with the annotations it has.
    Between `.screen`, GCTX, parquet and csv values go block by block, so a file may be larger than memory.

    Parameters
    ----------
    name
        A file, a ``.screen`` folder, or a data set.
    target
        The file or folder to write.
    overwrite
        Whether something that stands there may go.
    data_dir
        The data folder.

    Returns
    -------
    list of str
        What was written, and what the format could not hold, one sentence each.

    Raises
    ------
    UsageError
        If the target cannot be written to, or something stands there.
    DrugexpError
        If the source cannot be read.
    """
    target = Path(target)
    _check_target(target, overwrite)
    try:
        screen = read_screen(name, data_dir)
    except NoScreenError:
        (samples, genes), lost = _convert_expression(Path(name), target)
        return [*lost, f"wrote {target}: {samples:,} samples of {genes:,} genes"]
    lost = save_screen(screen, target)
    return [*lost, f"wrote {target}: {len(screen):,} profiles on {len(screen.genes):,} genes, {screen.unit}"]


def _check_target(path: Path, overwrite: bool) -> None:
    check_screen_output(path)
    if path.exists() and not overwrite:
        raise UsageError("something stands there already.", where=str(path), hint="Give another name, or --overwrite.")


def _convert_expression(source: Path, target: Path) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Return (sample, gene) numbers, and what the new format could not hold."""
    ending = format_of(target)
    if ending == SCREEN_ENDING:
        raise UsageError(
            "a plain expression table does not tell what was done to its samples, so it makes no screen.",
            where=str(source),
            hint="The labels of a screen are described in docs/formats.md.",
        )
    with open_expression(source) as table:
        shape = (len(table.samples), len(table.genes))
        if ending == ".gctx":
            with gctx_writer(target, table.genes) as out:
                for block in _blocks(table):
                    out.append(block.values, block.samples)
        elif ending in (".gct", ".h5ad"):
            (write_gct if ending == ".gct" else write_h5ad)(table.take(), target)
        else:
            write_wide(_frames(table), target)
        return shape, _lost(table, ending)


def _blocks(table: Source) -> Iterator[Expression]:
    return table.blocks() if isinstance(table, ExpressionFile) else iter((table,))


def _frames(table: Source) -> Iterator[pd.DataFrame]:
    """Yield the name, the annotations and the values of samples, each a column."""
    for block in _blocks(table):
        genes = pd.DataFrame(block.values, index=block.samples.index, columns=list(block.genes.index))
        frame = pd.concat([block.samples, genes], axis=1)
        yield frame.rename_axis("id").reset_index()


def _lost(table: Source, ending: str) -> tuple[str, ...]:
    columns = ", ".join(map(str, table.genes.columns))
    as_table = ending not in (".gct", ".gctx", ".h5ad")
    return (f"the annotations of genes are left out ({columns})",) if as_table and columns else ()
