"""Predictions with everything that must travel with them: unit, intervals, domain, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.contract import GeneAxis, Unit

Layer = Literal["mean", "sd", "lower", "upper"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predicted profiles, one row a query.

    Attributes
    ----------
    table
        ``query_id, compound_id, smiles, cell, dose_um, hours, in_domain,
        domain_reason, nearest_similarity, density, nearest_compound``.
    mean
        (query, gene) float32 in `unit`; levels are NaN for genes that the baseline lacks.
    sd
        (query, gene) float32: half the width of the interval over that of a standard normal.
    lower, upper
        (query, gene) float32 ends of the interval that covers the share `coverage` of held-out scaffolds.
    genes, unit
        What the columns are, and what the numbers mean.
    coverage
        The coverage asked for.
    model
        Names of the model and its plugin, and the version of drugexp.
    provenance
        Versions, seed and hashes.
    """

    table: pd.DataFrame
    mean: np.ndarray
    sd: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    genes: GeneAxis
    unit: Unit
    coverage: float
    model: str
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.table)

    def labels(self) -> pd.DataFrame:
        """Return what was asked and the domain flags, then unit and model."""
        return self.table.drop(columns=["nearest_compound"]).assign(unit=self.unit.value, model=self.model)

    def frame(self, layer: Layer = "mean") -> pd.DataFrame:
        """Return the labels, then one column a gene."""
        labels = self.labels()
        values = pd.DataFrame(getattr(self, layer), columns=list(self.genes.ids), index=labels.index)
        return pd.concat([labels, values], axis=1)
