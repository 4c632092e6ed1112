"""Blocks by name: of data sets, of files, of one MuData file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from drugexp.contract.screen import Cells
from drugexp.errors import DataError, UsageError, unknown
from drugexp.intake.baseline_file import baseline_from_expression, read_baseline
from drugexp.intake.formats.expression import Expression
from drugexp.intake.genes import shortly
from drugexp.intake.manifest import Manifest, load_manifests
from drugexp.intake.omics.block_file import PART, NamedBlock, block_from_expression, read_block
from drugexp.intake.omics.joining import join_blocks
from drugexp.intake.omics.kinds import KINDS, kind_named
from drugexp.intake.omics.mudata import read_h5mu
from drugexp.intake.omics.whole_expression import read_whole_expression, whole_expression
from drugexp.intake.readers.tables import read_csv
from drugexp.intake.store import DataFolder

EXPRESSION = "expression"
PARTS = ("promoter", "body")
BLOCKS = tuple(KINDS)
"""What a cell may be known by."""


def read_cells(
    blocks: Mapping[str, str | Path],
    *,
    scales: Mapping[str, str] | None = None,
    places: pd.DataFrame | None = None,
    data_dir: str | Path | None = None,
    any_genes: bool = False,
) -> tuple[Cells, tuple[str, ...]]:
    """Read what is known of cells, kind by kind, and join it by the cells' names.

    Parameters
    ----------
    blocks
        Block -> a file, or the name of a data set that has such a block. ``expression`` is read as `read_baseline`
        reads it, or as ``standardised`` where `scales` says so. A ``.h5mu`` file gives the block of the modality.
        Regions can be summed up at one part of genes: ``methylation_promoter``, ``methylation_body``, and so on.
    scales
        Block -> how its values come.
    places
        Of genes, for regions that name none; see `read_block`.
    data_dir
        The data folder.
    any_genes
        Whether expression may be that of any genes, and stays on their axis; else it comes on that of landmark genes.

    Returns
    -------
    cells, notes
        Each block NaN where it lacks a cell.

    Raises
    ------
    DrugexpError
        With a sentence, if a block is unknown or cannot be read.
    """
    if not blocks:
        raise UsageError("no block was named", hint=f"Give some of {', '.join(BLOCKS)}.")
    scales = scales or {}
    for name in (*blocks, *scales):
        if kind_and_part(name)[0] not in BLOCKS:
            raise UsageError(unknown("block", name, BLOCKS))
    manifests = load_manifests()
    found: dict[str, NamedBlock] = {}
    opened: dict[str | Path, dict[str, Expression]] = {}
    for name, source in blocks.items():
        if str(source) in manifests:
            found[name] = _of_set(manifests[str(source)], name, DataFolder.locate(data_dir))
        elif str(source).endswith(".h5mu"):
            if source not in opened:
                opened[source] = read_h5mu(source)
            tables = opened[source]
            if name not in tables:
                raise UsageError(f"there is no {name} in it, but {', '.join(tables)}", where=str(source))
            found[name] = _block(tables[name], name, scales.get(name), places, any_genes)
        elif name == EXPRESSION and name not in scales:
            found[name] = read_whole_expression(source) if any_genes else _named(*read_baseline(source))
        else:
            kind, part = kind_and_part(name)
            found[name] = read_block(source, kind, scale=scales.get(name), places=places, part=part)
    cells, notes = join_blocks(found)
    told = [f"{name}: {note}" for name, named in found.items() for note in named.notes]
    return cells, (*told, *notes)


def kind_and_part(name: str) -> tuple[str, str | None]:
    """Return the kind of a block, and the part of genes where its name tells one: ``methylation_body``."""
    for part in PARTS:
        if name.endswith(f"_{part}") and name.removesuffix(f"_{part}") in PART:
            return name.removesuffix(f"_{part}"), part
    return name, None


def _block(table: Expression, name: str, scale: str | None, places: pd.DataFrame | None, any_genes: bool) -> NamedBlock:
    if name == EXPRESSION and scale is None:
        return whole_expression(table) if any_genes else _named(*baseline_from_expression(table))
    return block_from_expression(table, name, scale=scale, places=places)


def _named(cells: Cells, notes: tuple[str, ...]) -> NamedBlock:
    return NamedBlock(cells.ids, cells.blocks[EXPRESSION], notes)


def _of_set(manifest: Manifest, name: str, folder: DataFolder) -> NamedBlock:
    if name not in manifest.blocks:
        kind_named(name)
        there = ", ".join(manifest.blocks) or "no blocks"
        raise UsageError(f"data set {manifest.name} has no block {name!r}; it has {there}")
    entry = manifest.blocks[name]
    entries = {file.path: file for file in manifest.files}
    paths = {
        path: folder.verified(f"{manifest.folder}/{path}", entries[path]) for path in (entry.path, entry.cells) if path
    }
    block = read_block(paths[entry.path], name, scale=entry.scale or None)
    if not entry.cells:
        return block
    table = read_csv(paths[entry.cells], (entry.id, entry.name))
    called = dict(zip(table[entry.id].astype(str), table[entry.name].astype(str), strict=True))
    lost = [cell for cell in block.names if cell not in called]
    if lost:
        raise DataError(f"{len(lost)} cells have no name, such as {shortly(lost)}", where=str(paths[entry.cells]))
    names = tuple(called[cell] for cell in block.names)
    if len(set(names)) < len(names):
        raise DataError("two cells carry the same name", where=str(paths[entry.cells]))
    return NamedBlock(names, block.block, block.notes)
