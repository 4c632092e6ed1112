"""What integration found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Integrated


@dataclass(frozen=True, eq=False)
class Integration:
    """Several blocks of cells told by few numbers.

    Attributes
    ----------
    method
        Name of the featuriser.
    found
        What it makes of the cells it learnt from.
    cells
        One row a cell: ``cell``, ``learnt`` (False for new cells), the components, ``sd_`` of each where the method
        tells it, ``cluster``, ``outcome`` and ``predicted`` with ``share_`` of each class, and ``measured_`` of each
        block: the share of its features that were measured.
    blocks
        Name -> (cells that have it, features).
    notes
        What the user should know.
    """

    method: str
    found: Integrated
    cells: pd.DataFrame
    blocks: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...]

    def loadings(self) -> pd.DataFrame:
        """Return one row a feature: ``block, feature``, then its weight in each component."""
        parts = [
            table.rename_axis("feature").reset_index().assign(block=name) for name, table in self.found.loadings.items()
        ]
        if not parts:
            return pd.DataFrame(columns=["block", "feature", *self.found.components])
        return pd.concat(parts, ignore_index=True)[["block", "feature", *self.found.components]]

    def explained(self) -> pd.DataFrame | None:
        """Return one row a block: the share of its variance that each component explains; None: not told."""
        told = self.found.explained
        return None if told is None else told.rename_axis("block").reset_index()


def cell_table(
    found: Integrated, ids: tuple[str, ...], blocks: Mapping[str, np.ndarray], learnt: bool, classes: list[str]
) -> pd.DataFrame:
    """Return one row a cell, as `Integration.cells` has it."""
    columns: dict[str, Any] = {"cell": list(ids), "learnt": learnt}
    columns |= dict(zip(found.components, found.values.T, strict=True))
    if found.sd is not None:
        columns |= {f"sd_{name}": one for name, one in zip(found.components, found.sd.T, strict=True)}
    if found.cluster is not None:
        columns["cluster"] = found.cluster + 1
    if found.probability is not None:
        columns["outcome"] = classes or ""
        columns["predicted"] = found.probability.columns[found.probability.to_numpy().argmax(axis=1)]
        columns |= {f"share_{name}": found.probability[name].to_numpy() for name in found.probability}
    columns |= {f"measured_{name}": np.isfinite(values).mean(axis=1) for name, values in blocks.items()}
    return pd.DataFrame(columns)
