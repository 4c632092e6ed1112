"""What both tree ensembles share as models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract import Examples, GeneAxis, Needs, State, Unit
from drugexp_trees.columns import Columns, learn_columns
from drugexp_trees.options import TreeOptions
from drugexp_trees.targets import Scored, scored


class TreeModel:
    """Trees on the columns of a batch, whose outputs are scores on directions of the targets."""

    def needs(self, options: TreeOptions) -> Needs:
        """Ask for the features by name."""
        return Needs(compound=options.compound_features, cell=options.cell_features)


@dataclass(frozen=True, eq=False)
class Posed:
    """What trees are grown on.

    Attributes
    ----------
    data
        The rows that measured something, and their scores.
    columns
        Turns a batch into what trees split on.
    X
        (row, column) float32.
    """

    data: Scored
    columns: Columns
    X: np.ndarray


def pose(train: Examples, options: TreeOptions) -> Posed:
    """Return scores and columns of the primary task."""
    data = scored(train, options.rank)
    batch = train.all().take(data.rows)
    columns = learn_columns(batch, options.compound_features, options.cell_features, options.cell_components)
    return Posed(data, columns, columns.matrix(batch))


def names_state(fitted: Any) -> State:
    """Return the state of what every fitted one knows: its columns, genes and unit."""
    return {"columns": fitted.columns.state(), "genes": fitted.genes.state(), "unit": fitted.unit.value}


def names_restored(state: State) -> dict[str, Any]:
    """Undo `names_state`."""
    genes, unit = GeneAxis.restore(state["genes"]), Unit(state["unit"])
    return {"columns": Columns.restore(state["columns"]), "genes": genes, "unit": unit}
