"""Measured responses as a grid of cells and compounds, with what is known of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from drugexp.errors import DataError


@dataclass(frozen=True, eq=False)
class Grid:
    """Responses of cells to compounds.

    Attributes
    ----------
    values
        (cell, compound) float64, such as ln IC50 in uM; NaN where not measured.
    cells, compounds
        Names.
    cell_groups
        (cell,) int: equal for cells that must stay on one side of a split.
    structures, scaffolds
        (compound,) int: equal for compounds of one structure, and of one scaffold.
    tissues
        (cell,) text, empty where it is not known; None: no tissue is known.
    blocks
        Name -> (cell, feature) of untreated cells; a row of NaN: the cell lacks the block.
    features
        Name -> (compound, feature): ``structure`` holds counts of substructures, any other block plain numbers.

    Raises
    ------
    DataError
        If shapes disagree.
    """

    values: np.ndarray
    cells: tuple[str, ...]
    compounds: tuple[str, ...]
    cell_groups: np.ndarray
    structures: np.ndarray
    scaffolds: np.ndarray
    tissues: np.ndarray | None = None
    blocks: Mapping[str, np.ndarray] = field(default_factory=dict)
    features: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cells, compounds = len(self.cells), len(self.compounds)
        if self.values.shape != (cells, compounds):
            raise DataError(f"responses {self.values.shape} do not fit {cells} cells x {compounds} compounds")
        sides = [("cell", cells, self.cell_groups), ("cell", cells, self.tissues)]
        sides += [("compound", compounds, a) for a in (self.structures, self.scaffolds)]
        sides += [("cell", cells, b) for b in self.blocks.values()]
        sides += [("compound", compounds, f) for f in self.features.values()]
        for side, count, array in sides:
            if array is not None and len(array) != count:
                raise DataError(f"{len(array)} rows do not fit {count} {side}s")
        object.__setattr__(self, "blocks", MappingProxyType(dict(self.blocks)))
        object.__setattr__(self, "features", MappingProxyType(dict(self.features)))

    @property
    def measured(self) -> np.ndarray:
        """(cell, compound) bool."""
        return np.isfinite(self.values)

    def take(self, cells: np.ndarray, compounds: np.ndarray) -> Grid:
        """Return these cells and compounds, by positions."""
        return replace(
            self,
            values=self.values[np.ix_(cells, compounds)],
            cells=tuple(self.cells[i] for i in cells),
            compounds=tuple(self.compounds[i] for i in compounds),
            cell_groups=self.cell_groups[cells],
            structures=self.structures[compounds],
            scaffolds=self.scaffolds[compounds],
            tissues=None if self.tissues is None else self.tissues[cells],
            blocks={n: b[cells] for n, b in self.blocks.items()},
            features={n: f[compounds] for n, f in self.features.items()},
        )
