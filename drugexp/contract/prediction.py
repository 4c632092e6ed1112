"""What a fitted model returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.units import Unit
from drugexp.errors import ModelError


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted profiles in the unit of the primary task.

    Attributes
    ----------
    mean
        (sample, gene) float32.
    genes
        The axis of the columns.
    unit
        What the numbers mean.
    sd
        (sample, gene) float32 predictive standard deviation, or None when the
        model states none. It is calibrated on held-out compounds afterwards.
    """

    mean: np.ndarray
    genes: GeneAxis
    unit: Unit
    sd: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.mean.ndim != 2 or self.mean.shape[1] != len(self.genes):
            raise ModelError(f"a prediction of shape {self.mean.shape} does not fit {len(self.genes)} genes")
        if self.sd is not None and self.sd.shape != self.mean.shape:
            raise ModelError(f"standard deviations {self.sd.shape} do not fit means {self.mean.shape}")
