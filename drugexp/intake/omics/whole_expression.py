"""Expression of any genes, where a method asks for no landmark gene."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.screen import Block
from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.baseline_scale import InSource, read_scale
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gene_names import gene_names
from drugexp.intake.omics.block_file import NamedBlock, unique
from drugexp.preprocess.scale import Kind, detect_scale

_AS_THEY_COME = {Kind.ZSCORE: Unit.STANDARDISED, Kind.LOG2FC: Unit.LOG2FC, Kind.UNKNOWN: Unit.STANDARDISED}


def read_whole_expression(path: str | Path) -> NamedBlock:
    """Read all genes of cells: cells in rows, or in columns where the rows carry more names of known genes.

    Log2 expression and z-scores stay as they are, and so do values that look like nothing known; counts and the like
    become log2.

    Raises
    ------
    InputError
        If it cannot be read, a name stands twice, or there is more than one way to read its values.
    """
    return whole_expression(read_expression(path))


def whole_expression(table: Expression) -> NamedBlock:
    """Return the block of a table that was read; see `read_whole_expression`."""
    turned = gene_names(table.samples).found.coverage > gene_names(table.genes).found.coverage
    source = InSource(table, turned)
    part = table.turned() if turned else table
    values = np.asarray(part.values, dtype=np.float64)
    cells = unique(tuple(str(n).strip() for n in part.samples.index), "cells", table.where)
    genes = unique(tuple(str(n).strip() for n in part.genes.index), "genes", table.where)
    notes = [*table.notes, *(["the table had genes in its rows and was turned"] if turned else [])]
    if not np.isfinite(values).any():
        raise InputError("no gene has a value.", where=table.where)
    seen = detect_scale(source.some())
    if seen.kind in _AS_THEY_COME:
        unit = _AS_THEY_COME[seen.kind]
        notes.append(f"expression: {seen.sentence}")
    else:
        reading = read_scale(source, None, table.where)
        values, said = reading.to_log2(values, source, table.where)
        unit = Unit.LOG2_EXPRESSION
        notes += said if reading.how != "none" else ()
    return NamedBlock(cells, Block(values.astype(np.float32), GeneAxis(genes, "symbol"), unit), tuple(notes))
