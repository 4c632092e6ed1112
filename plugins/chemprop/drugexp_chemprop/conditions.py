"""Dose, time and cell as the numbers that stand beside a compound's code."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from drugexp.contract import Batch, State
from drugexp.errors import ModelError

CELL_FEATURE = "expression"
_LEAST = 1e-6  # uM or h; below it a logarithm says nothing


@dataclass(frozen=True)
class Quantity:
    """A dose or a time on a logarithmic scale.

    Attributes
    ----------
    mean, scale
        Of the base-10 logarithms of the training samples that state it.
    flagged
        Whether some training samples state it and others do not, so that a flag tells them apart.
    """

    mean: float
    scale: float
    flagged: bool

    @classmethod
    def learn(cls, values: np.ndarray) -> Quantity | None:
        """Return the scale of values (sample,) of which NaN are not stated; None where they do not vary."""
        stated = np.isfinite(values)
        logs = _log(values[stated])
        if len(np.unique(logs)) < 2:
            return None
        return cls(float(logs.mean()), float(logs.std()), bool(not stated.all()))

    def columns(self, values: np.ndarray) -> np.ndarray:
        """Return (sample, 1 or 2): the scaled logarithm, 0 where it is not stated, and the flag."""
        stated = np.isfinite(values)
        scaled = np.where(stated, (_log(np.where(stated, values, 1.0)) - self.mean) / self.scale, 0.0)
        return np.column_stack([scaled, stated]) if self.flagged else scaled[:, None]


@dataclass(frozen=True)
class Conditions:
    """What of dose, time and cell a model uses.

    Attributes
    ----------
    dose, hours
        Their scales; None: not used, since the training samples do not vary in it.
    genes
        Width of the cell's expression; 0: not used.
    """

    dose: Quantity | None
    hours: Quantity | None
    genes: int

    @classmethod
    def learn(cls, batch: Batch, *, use_cell: bool) -> Conditions:
        """Return what the training samples vary in."""
        genes = batch.cell[CELL_FEATURE].shape[1] if use_cell else 0
        return cls(Quantity.learn(batch.dose_um), Quantity.learn(batch.hours), genes)

    @property
    def width(self) -> int:
        """Number of columns."""
        quantities = sum(1 + quantity.flagged for quantity in (self.dose, self.hours) if quantity)
        return quantities + (self.genes + 1 if self.genes else 0)

    def columns(self, batch: Batch) -> np.ndarray:
        """Return (sample, width) float32; what is pooled or not stated is 0."""
        blocks = [np.empty((len(batch), 0))]
        if self.dose:
            blocks.append(self.dose.columns(batch.dose_um))
        if self.hours:
            blocks.append(self.hours.columns(batch.hours))
        if self.genes:
            blocks.append(self._cells(batch))
        return np.hstack(blocks).astype(np.float32)

    def _cells(self, batch: Batch) -> np.ndarray:
        """Return (sample, genes + 1): expression, and 1 where the sample states a cell that has it."""
        table = np.asarray(batch.cell[CELL_FEATURE], dtype=np.float64)
        if table.shape[1] != self.genes:
            raise ModelError(f"cells of {table.shape[1]} genes came; the model was trained on {self.genes}")
        described = np.isfinite(table).all(axis=1)
        # Index -1, a pooled cell, meets the row of zeros at the end. Over the root of the number of genes a whole
        # profile counts about as much as a compound's code.
        rows = np.column_stack([np.where(described[:, None], table / np.sqrt(self.genes), 0.0), described])
        return np.vstack([rows, np.zeros(self.genes + 1)])[batch.cell_index]

    def state(self) -> State:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def restore(cls, state: State) -> Conditions:
        """Undo `state`."""
        dose, hours = (Quantity(**state[name]) if state[name] else None for name in ("dose", "hours"))
        return cls(dose, hours, state["genes"])


def _log(values: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(values.astype(np.float64), _LEAST))
