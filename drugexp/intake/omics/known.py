"""The cells that recipes and plans know by name, with all their blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from drugexp.contract.screen import Cells
from drugexp.errors import UsageError
from drugexp.intake.manifest import load_manifests
from drugexp.intake.omics.joining import with_blocks
from drugexp.intake.omics.sources import read_cells as read_blocks
from drugexp.intake.store import read_cells
from drugexp.registry import Registry


def known_cells(
    name: str,
    omics: Mapping[str, str],
    data_dir: str | Path | None = None,
    *,
    registry: Registry | None = None,
    beside: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Cells:
    """Return the cells of a data set or a screen, with further blocks from data sets or files.

    Parameters
    ----------
    name
        As `drugexp.intake.store.read_cells` takes it.
    omics
        Block -> data set or file. A file is looked for in `beside` first.
    data_dir, registry, beside
        As for `read_cells`.
    say
        Told how each block was read, and of how many cells it is known.

    Raises
    ------
    UsageError
        If there are blocks and no cells.
    DrugexpError
        If something cannot be read.
    """
    known = read_cells(name, data_dir, registry=registry, beside=beside)
    if not omics:
        return known
    if not known.ids:
        raise UsageError("blocks of omics need cells", hint='Name a set of cells, such as cells = "baseline_165".')
    more, notes = read_blocks({block: _found(source, beside) for block, source in omics.items()}, data_dir=data_dir)
    cells, told = with_blocks(known, more)
    for note in (*notes, *told):
        if say is not None:
            say(note)
    return cells


def _found(source: str, beside: Path | None) -> str | Path:
    """Return a file beside the recipe, where there is one; else what was given."""
    if beside is None or source in load_manifests() or not (beside / source).exists():
        return source
    return beside / source
