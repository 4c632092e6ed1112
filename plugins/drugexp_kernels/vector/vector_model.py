"""What both kinds of support vector regression share as models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from drugexp.contract import Context, Examples, Needs, State
from drugexp_kernels.product import fitted
from drugexp_kernels.vector.options import KernelOptions
from drugexp_kernels.vector.rows import Problem, pose, solved


class VectorModel(ABC):
    """A dual solution on the kernel between training rows; a subclass says how it is found."""

    def needs(self, options: KernelOptions) -> Needs:
        """Say which features the kernels read."""
        compound = tuple(dict.fromkeys(k.feature for k in options.compound))
        return Needs(compound=compound, cell=(options.cell_feature,) if options.cell_feature else ())

    @abstractmethod
    def solve(self, problem: Problem, options: Any, context: Context) -> tuple[np.ndarray, np.ndarray]:
        """Return duals (row, direction) and free constants (direction,)."""

    def fit(
        self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int
    ) -> fitted.FittedKernel:
        """Fit to `train`; nothing is random and `valid` is not used."""
        problem = pose(train, options)
        dual, bias = self.solve(problem, options, context)
        return solved(problem, dual, bias, train, options)

    def restore(self, state: State, options: KernelOptions, *, context: Context) -> fitted.FittedKernel:
        """Return the fitted model that gave `state`."""
        return fitted.restore(state, options.kernel)
