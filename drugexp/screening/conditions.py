"""Under which cells, doses and times each compound is predicted."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drugexp.contract import Batch
from drugexp.screening.describing import Described


@dataclass(frozen=True, eq=False)
class Conditions:
    """The cells, doses and times that every compound meets, each combination of them.

    Attributes
    ----------
    cell
        (condition,) names; empty: pooled over cells.
    cell_index
        (condition,) rows of `features`; -1: pooled.
    dose_um, hours
        (condition,) NaN: not asked for.
    features
        Feature name -> (cell, feature).
    """

    cell: tuple[str, ...]
    cell_index: np.ndarray
    dose_um: np.ndarray
    hours: np.ndarray
    features: Mapping[str, np.ndarray]

    @classmethod
    def of(
        cls, cells: Sequence[str], doses_um: Sequence[float], hours: Sequence[float], features: Mapping[str, np.ndarray]
    ) -> Conditions:
        """Return all combinations, cells outermost; `features` has one row for each of `cells`."""
        at = list(enumerate(cells)) or [(-1, "")]
        every = list(itertools.product(at, list(doses_um) or [math.nan], list(hours) or [math.nan]))
        return cls(
            cell=tuple(name for (_, name), _, _ in every),
            cell_index=np.array([i for (i, _), _, _ in every], dtype=np.int32),
            dose_um=np.array([d for _, d, _ in every], dtype=np.float32),
            hours=np.array([h for _, _, h in every], dtype=np.float32),
            features=features,
        )

    def __len__(self) -> int:
        return len(self.cell)

    @cached_property
    def digest(self) -> str:
        """Hash of all conditions in their order."""
        every = zip(self.cell, self.dose_um, self.hours, strict=True)
        text = "\n".join(f"{cell}\t{dose:g}\t{hours:g}" for cell, dose, hours in every)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def batch(self, described: Described) -> Batch:
        """Return each compound under each condition, compounds outermost."""
        count, each = len(described.kept), len(self)
        return Batch(
            compound=described.features,
            cell=self.features,
            compound_index=np.repeat(np.arange(count, dtype=np.int32), each),
            cell_index=np.tile(self.cell_index, count),
            dose_um=np.tile(self.dose_um, count),
            hours=np.tile(self.hours, count),
            smiles=described.smiles,
        )
