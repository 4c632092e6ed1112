"""Blocks of untreated cells out of users' files: one row a cell, one column a gene or region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.errors import InputError
from drugexp.intake.formats.door import open_expression
from drugexp.intake.genes import shortly


def read_block(path: str | Path, features: Sequence[str] = ()) -> pd.DataFrame:
    """Read a block, cells by features, float32, from any format of expression.

    Parameters
    ----------
    path
        The file; the first column of a table names the cells.
    features
        Names that the columns must have in common with; empty: any.

    Raises
    ------
    InputError
        If it cannot be read, a cell stands twice, or none of `features` is there.
    """
    with open_expression(path) as source:
        held = source.take()
    table = pd.DataFrame(
        np.asarray(held.values, dtype=np.float32),
        index=pd.Index([str(n).strip() for n in held.samples.index], name="cell"),
        columns=pd.Index([str(g).strip() for g in held.genes.index]),
    )
    if features and not set(table.columns) & set(features) and set(table.index) & set(features):
        table = table.T
    for axis, what in ((table.index, "cells"), (table.columns, "features")):
        twice = [n for n, times in Counter(axis).items() if times > 1]
        if twice:
            raise InputError(f"{len(twice)} {what} carry a name twice ({shortly(twice)}).", where=held.where)
    if features and not set(table.columns) & set(features):
        raise InputError(
            f"none of its columns ({shortly(list(table.columns))}) is a feature that was learnt from "
            f"({shortly(list(features))}).",
            where=held.where,
        )
    return table
