"""Regions of the genome, and what is known of them summed up by gene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.errors import InputError
from drugexp.preprocess.merge import Merge, merge_columns

UPSTREAM, DOWNSTREAM = 1500, 500
"""Bases before and behind the start of a gene that count as its promoter."""
_CHROMOSOME = r"(?:chr)?(?P<chromosome>[0-9]{1,2}|[XYM]|MT)"
_PLACE = re.compile(rf"{_CHROMOSOME}[:_-](?P<start>\d+)[-_:](?P<end>\d+)", re.IGNORECASE)
_NAMED = re.compile(rf"(?P<gene>.+?)[_|]{_CHROMOSOME}[:_-](?P<start>\d+)[-_:](?P<end>\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Region:
    """A stretch of the genome.

    Attributes
    ----------
    gene
        The gene it was measured for; empty: not stated.
    chromosome, start, end
        Where it is; start below end.
    """

    gene: str
    chromosome: str
    start: int
    end: int


def region_of(name: str) -> Region | None:
    """Return the region that a column's name tells; None where it tells none.

    >>> region_of("SKI_1_2159133_2160133")
    Region(gene='SKI', chromosome='1', start=2159133, end=2160133)
    >>> region_of("chrX:100-250")
    Region(gene='', chromosome='X', start=100, end=250)
    >>> region_of("TP53") is None
    True
    """
    found = _PLACE.fullmatch(name) or _NAMED.fullmatch(name)
    if found is None:
        return None
    start, end = int(found["start"]), int(found["end"])
    if start >= end:
        return None
    return Region(found.groupdict().get("gene") or "", found["chromosome"].upper(), start, end)


def genes_at(regions: Sequence[Region], places: pd.DataFrame, part: str) -> list[tuple[int, int]]:
    """Return which regions touch the promoter or the body of which genes: (position of region, position of gene).

    Parameters
    ----------
    regions
        Of the genome build of `places`.
    places
        One row a gene: ``gene, chromosome, start, end, strand`` (+ or -).
    part
        ``promoter``: `UPSTREAM` bases before to `DOWNSTREAM` behind the start of the gene; ``body``: the rest of it.
    """
    forward = (places["strand"] == "+").to_numpy()
    start, end = (places[name].to_numpy(np.int64) for name in ("start", "end"))
    first = np.where(forward, start, end)
    if part == "promoter":
        low = np.where(forward, first - UPSTREAM, first - DOWNSTREAM)
        high = np.where(forward, first + DOWNSTREAM, first + UPSTREAM)
    else:
        low, high = np.where(forward, start + DOWNSTREAM, start), np.where(forward, end, end - DOWNSTREAM)
    pairs: list[tuple[int, int]] = []
    chromosomes = places["chromosome"].astype(str).str.removeprefix("chr").str.upper().to_numpy()
    for chromosome in sorted(set(chromosomes)):
        genes = np.flatnonzero((chromosomes == chromosome) & (low < high))
        genes = genes[np.argsort(low[genes], kind="stable")]
        longest = int((high[genes] - low[genes]).max(initial=0))
        for at, region in enumerate(regions):
            if region.chromosome != chromosome:
                continue
            since = np.searchsorted(low[genes], region.start - longest)
            until = np.searchsorted(low[genes], region.end)
            near = genes[since:until]
            pairs += [(at, int(g)) for g in near[high[near] > region.start]]
    return sorted(pairs)


def by_gene(
    values: np.ndarray, pairs: Sequence[tuple[int, int]], genes: Sequence[str], merge: Merge, where: str
) -> tuple[np.ndarray, GeneAxis]:
    """Return what is known of the regions of each gene: their mean, sum or maximum.

    Parameters
    ----------
    values
        (cell, region), NaN where missing.
    pairs
        Position of a region, position of its gene.
    genes
        Names that the second positions stand for.
    merge
        How values of several regions become one; NaN only where all are.
    where
        The file, as a message calls it.

    Returns
    -------
    values, axis
        (cell, gene) float64, and the genes that have a region, in their order.

    Raises
    ------
    InputError
        If no gene has a region.
    """
    if not pairs:
        raise InputError("no region lies at a gene.", where=where, hint="Are regions and genes of one genome build?")
    table = np.array(sorted({(gene, region) for region, gene in pairs}), dtype=np.int64)
    kept, merged = merge_columns(values[:, table[:, 1]], table[:, 0], merge)
    return merged, GeneAxis(tuple(genes[int(g)] for g in kept))
