"""A fitted linear model: slopes as a product of two matrices, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drugexp.contract import Attribution, Batch, Factors, GeneAxis, Prediction, PureApply, State, Unit
from drugexp_linear.design import Design
from drugexp_linear.grid import linear_factors


@dataclass(frozen=True, eq=False)
class FittedLinear:
    """``mean + (x - centre) @ left @ right``.

    Attributes
    ----------
    design
        Turns a batch into x.
    centre
        (column,) float32 mean of the training rows.
    left
        (column, rank) float32.
    right
        (rank, gene) float32; None: `left` is (column, gene) already.
    mean
        (gene,) float32.
    sd
        (gene,) float32 root mean square error on groups left out; None: not known.
    strength
        What the path chose, by name: for people, not for predictions.
    """

    design: Design
    centre: np.ndarray
    left: np.ndarray
    right: np.ndarray | None
    mean: np.ndarray
    sd: np.ndarray | None
    strength: Mapping[str, float]
    genes: GeneAxis
    unit: Unit

    def predict(self, batch: Batch) -> Prediction:
        """Return one profile a sample."""
        X = self.design.matrix(batch) - self.centre
        mean = (self.mean + self._to_genes(X @ self.left.astype(np.float64))).astype(np.float32)
        sd = None if self.sd is None else np.broadcast_to(self.sd, mean.shape).copy()
        return Prediction(mean, self.genes, self.unit, sd)

    def _to_genes(self, scores: np.ndarray) -> np.ndarray:
        return scores if self.right is None else scores @ self.right.astype(np.float64)

    def attribute(self, batch: Batch, genes: Sequence[int]) -> Attribution:
        """Return what each column adds; dose, time and what is stated stand in the base."""
        wanted = np.asarray(genes, dtype=np.int64)
        left = self.left.astype(np.float64)
        slope = left[:, wanted] if self.right is None else left @ self.right[:, wanted].astype(np.float64)
        parts = ((self.design.matrix(batch) - self.centre)[:, None] * slope.T).astype(np.float64)
        *features, rest = np.split(parts, self.design.ends, axis=2)
        named = dict(zip((*self.design.compound, *self.design.cell), features, strict=True))
        return Attribution(
            self.mean[wanted] + rest.sum(axis=2),
            {name: named[name] for name in self.design.compound},
            {name: named[name] for name in self.design.cell},
        )

    def factors(self) -> Factors:
        """Return the compound's and the cell's share of the profile, which are added."""
        return self._parts

    @cached_property
    def _parts(self) -> Factors:
        return linear_factors(self)

    def pure_apply(self) -> PureApply:
        """Return the factors put together."""
        return PureApply.of(self.factors())

    def state(self) -> State:
        """Return the arrays, the design, the axis and the unit."""
        arrays = {"centre": self.centre, "left": self.left, "right": self.right, "mean": self.mean, "sd": self.sd}
        names = {"genes": self.genes.state(), "unit": self.unit.value, "strength": dict(self.strength)}
        return {"design": self.design.state(), "arrays": arrays, **names}

    @classmethod
    def restore(cls, state: State) -> FittedLinear:
        """Undo `state`."""
        return cls(
            design=Design.restore(state["design"]),
            strength=state["strength"],
            genes=GeneAxis.restore(state["genes"]),
            unit=Unit(state["unit"]),
            **state["arrays"],
        )
