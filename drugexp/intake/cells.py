"""Join the cells of a screen with the baseline panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from drugexp.contract.screen import Block, Cells, Screen

BLOCK = "expression"


def cell_key(name: str) -> str:
    """Return the letters and digits of a cell's name in upper case: what sources agree on.

    >>> cell_key("MDA-MB-231") == cell_key("MDAMB231")
    True
    """
    return "".join(c for c in name.upper() if c.isalnum())


def attach_cells(screen: Screen, baseline: Cells) -> Screen:
    """Return the screen with the unperturbed expression of a panel on its cells.

    A cell whose name differs from one of the panel only by case or signs takes
    the panel's name. A cell the panel does not know keeps its own expression,
    on the genes the panel has; NaN where there is none.

    Parameters
    ----------
    screen
        Any screen with named cells.
    baseline
        Cells with the block ``expression``.
    """
    panel = baseline.blocks[BLOCK]
    at = {cell_key(name): i for i, name in enumerate(baseline.ids)}
    rows = np.array([at.get(cell_key(name), -1) for name in screen.cells.ids], dtype=np.int64)
    names = tuple(baseline.ids[r] if r >= 0 else name for r, name in zip(rows, screen.cells.ids, strict=True))
    values = np.full((len(names), len(panel.features)), np.nan, dtype=np.float32)
    own = screen.cells.blocks.get(BLOCK)
    if own is not None:
        source = own.features.positions(panel.features.ids)
        values[:, source >= 0] = own.values[:, source[source >= 0]]
    values[rows >= 0] = panel.values[rows[rows >= 0]]
    blocks = {**screen.cells.blocks, BLOCK: Block(values, panel.features, panel.unit)}
    renamed = dict(zip(screen.cells.ids, names, strict=True))
    samples = screen.samples.assign(cell=_renamed(screen.samples["cell"], renamed))
    return replace(screen, samples=samples, cells=Cells(names, blocks))


def _renamed(column: pd.Series, names: Mapping[str, str]) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories(names)
    return pd.Series([names.get(c, c) for c in column], index=column.index, dtype=object)
