"""What integration makes of several blocks of cells: an optional ability of cell featurisers, asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from drugexp.errors import ModelError


@dataclass(frozen=True, eq=False)
class Integrated:
    """Cells told by few numbers; ``Featurizer.integrated(items, state)`` returns it, of training cells or of new ones.

    A featuriser that learns from an outcome (``supervised = True``) has ``fit_outcome(items, outcome) -> state``,
    where ``outcome`` holds the class of each cell.

    Attributes
    ----------
    values
        (cell, component).
    components
        (component,) names.
    sd
        (cell, component) standard deviation of what is not known of `values`; None: the method does not tell.
    loadings
        Block name -> (feature, component), the features as index, the components as columns.
    explained
        (block, component) share of a block's variance that a component explains, blocks as index; None: not told.
    cluster
        (cell,) int64, numbered from 0; None: the method makes none.
    probability
        (cell, class) of a supervised method, cells in order, classes as columns; None: there is no outcome.
    tables
        Name -> table: how the number of clusters or components was chosen, what was tuned, and the like.
    notes
        What the user should know, one sentence each.

    Raises
    ------
    ModelError
        If shapes disagree.
    """

    values: np.ndarray
    components: tuple[str, ...]
    sd: np.ndarray | None = None
    loadings: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    explained: pd.DataFrame | None = None
    cluster: np.ndarray | None = None
    probability: pd.DataFrame | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        cells, columns = self.values.shape
        if columns != len(self.components):
            raise ModelError(f"{columns} components have {len(self.components)} names")
        if self.sd is not None and self.sd.shape != self.values.shape:
            raise ModelError(f"standard deviations {self.sd.shape} do not fit values {self.values.shape}")
        for what, found in (("clusters", self.cluster), ("probabilities", self.probability)):
            if found is not None and len(found) != cells:
                raise ModelError(f"{len(found)} {what} for {cells} cells")
        for name, table in self.loadings.items():
            if tuple(table.columns) != self.components:
                raise ModelError(f"the loadings of block {name!r} have other components than the cells")
