"""What both kinds of support vector regression share as models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import Any

import numpy as np

from drugexp.contract import Context, Examples, Needs, State
from drugexp_kernels.product import fitted
from drugexp_kernels.product.gram import Pieces
from drugexp_kernels.product.hyper import Hyper, from_options
from drugexp_kernels.product.rows import Rows
from drugexp_kernels.vector.options import VectorOptions
from drugexp_kernels.vector.rows import Problem, pose, solved


class VectorModel(ABC):
    """A dual solution on the kernel between training rows; a subclass says how it is found."""

    def needs(self, options: VectorOptions) -> Needs:
        """Say which features the kernels read."""
        return options.features

    def numbers(self, parts: Pieces, rows: Rows, scores: np.ndarray, options: Any, context: Context) -> Hyper:
        """Return the numbers of the kernel; those of the options, where a subclass learns none."""
        return from_options(options.kernel)

    @abstractmethod
    def solve(self, problem: Problem, options: Any, context: Context) -> tuple[np.ndarray, np.ndarray]:
        """Return duals (row, direction) and free constants (direction,)."""

    def fit(
        self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int
    ) -> fitted.FittedKernel:
        """Fit to `train`; nothing is random and `valid` is not used."""
        problem = pose(train, options, partial(self.numbers, options=options, context=context))
        dual, bias = self.solve(problem, options, context)
        return solved(problem, dual, bias, train, options)

    def restore(self, state: State, options: VectorOptions, *, context: Context) -> fitted.FittedKernel:
        """Return the fitted model that gave `state`."""
        return fitted.restore(state, options.kernel)
