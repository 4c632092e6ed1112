"""One block of omics out of a user's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.screen import Block
from drugexp.errors import InputError
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression
from drugexp.intake.genes import shortly
from drugexp.intake.omics.kinds import Kind, kind_named, scale_of
from drugexp.intake.omics.regions import Region, by_gene, genes_at, region_of

PART = {"chromatin": "promoter", "methylation": "promoter"}
"""Which part of a gene is summed up where the user does not say."""


@dataclass(frozen=True, eq=False)
class NamedBlock:
    """A block with the names of its cells.

    Attributes
    ----------
    names
        (cell,) as the source writes them.
    block
        Values on the block's own scale.
    notes
        What the user should know, one sentence each.
    """

    names: tuple[str, ...]
    block: Block
    notes: tuple[str, ...] = ()


def read_block(
    path: str | Path,
    kind: str,
    *,
    scale: str | None = None,
    layer: str | None = None,
    places: pd.DataFrame | None = None,
    part: str | None = None,
) -> NamedBlock:
    """Read one kind of omics: cells in rows, genes or regions in columns.

    Columns that are regions (``GENE_1_1000_2000``, ``chr1:1000-2000``) are summed up by gene: those that name a gene
    by that, others by the places of genes, where these are given; else they stay regions.

    Parameters
    ----------
    path
        ``.csv .tsv .parquet .gct .gctx .h5ad``, as `open_expression` reads them.
    kind
        A name of `KINDS`.
    scale
        How the values come; None: what they look like.
    layer
        Of an h5ad file.
    places
        One row a gene: ``gene, chromosome, start, end, strand``, of the regions' genome build.
    part
        ``promoter`` or ``body``: which regions of a gene are meant; with `places`.

    Raises
    ------
    DrugexpError
        With a sentence, if it cannot be read or holds something else.
    """
    return block_from_expression(read_expression(path, layer=layer), kind, scale=scale, places=places, part=part)


def block_from_expression(
    table: Expression,
    kind: str,
    *,
    scale: str | None = None,
    places: pd.DataFrame | None = None,
    part: str | None = None,
) -> NamedBlock:
    """Return a block of a table that was read; see `read_block`."""
    told = kind_named(kind)
    values = np.asarray(table.values, dtype=np.float64)
    names = tuple(map(str, table.samples.index))
    unique(names, "cells", table.where)
    came = scale_of(told, values, table.where, scale)
    brought = came.bring(values)
    columns = tuple(map(str, table.genes.index))
    regions = [region_of(name) for name in columns]
    notes = [*table.notes, f"{told.title}: read as {came.name}"]
    if sum(r is not None for r in regions) * 2 > len(columns):
        brought, axis, more = _summed(brought, columns, regions, told, places, part, table.where)
        notes += more
    else:
        axis = GeneAxis(unique(columns, "columns", table.where), "symbol")
    return NamedBlock(names, Block(brought.astype(np.float32), axis, came.unit), tuple(notes))


def _summed(
    values: np.ndarray,
    columns: Sequence[str],
    regions: Sequence[Region | None],
    kind: Kind,
    places: pd.DataFrame | None,
    part: str | None,
    where: str,
) -> tuple[np.ndarray, GeneAxis, list[str]]:
    known = [(at, region) for at, region in enumerate(regions) if region is not None]
    lost = len(columns) - len(known)
    notes = [f"{lost} columns that are no regions were left out"] if lost else []
    if places is not None:
        asked = part or PART.get(kind.name, "body")
        pairs = [(known[r][0], g) for r, g in genes_at([region for _, region in known], places, asked)]
        genes = places["gene"].astype(str).tolist()
        found, axis = by_gene(values, pairs, genes, kind.merge, where)
        return found, axis, [*notes, f"{len(known)} regions were summed up at the {asked} of {len(axis)} genes"]
    if all(region.gene for _, region in known):
        genes = sorted({region.gene for _, region in known})
        at = {gene: i for i, gene in enumerate(genes)}
        pairs = [(column, at[region.gene]) for column, region in known]
        found, axis = by_gene(values, pairs, genes, kind.merge, where)
        return found, axis, [*notes, f"{len(known)} regions were summed up by the gene they name: {len(axis)} genes"]
    taken = [at for at, _ in known]
    axis = GeneAxis(unique([columns[at] for at in taken], "columns", where), "region")
    return values[:, taken], axis, [*notes, "regions stay regions: no places of genes were given"]


def unique(names: Sequence[str], what: str, where: str) -> tuple[str, ...]:
    """Return names that are all different.

    Raises
    ------
    InputError
        If some of them stand twice.
    """
    twice = pd.Index(names)[pd.Index(names).duplicated()].unique()
    if len(twice):
        raise InputError(f"{what} stand twice: {shortly(list(twice))}.", where=where)
    return tuple(names)
