"""What can be chosen about the two kinds of support vector regression."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from drugexp.contract import Options
from drugexp_kernels.product.options import CompoundKernel, ProductKernelOptions, Stated, Term

DEFAULT = ProductKernelOptions()


class KernelOptions(Options):
    """The kernel, which is that of the product kernel, and the targets.

    Attributes
    ----------
    compound
        The compound kernels.
    cell_feature
        The featuriser of cells; None: blind to the cell.
    terms
        The products that are summed.
    cell, dose, time
        Their kernels.
    rank
        Principal directions of the targets that are predicted; 0: all.
    most_rows
        More distinct training rows are refused: the kernel between all of them is held in memory.
    """

    compound: Annotated[tuple[CompoundKernel, ...], Field(min_length=1)] = (CompoundKernel(feature="morgan_counts"),)
    cell_feature: str | None = "expression"
    terms: Annotated[tuple[Term, ...], Field(min_length=1)] = DEFAULT.terms
    cell: Stated = DEFAULT.cell
    dose: Stated = DEFAULT.dose
    time: Stated = DEFAULT.time
    rank: Annotated[int, Field(ge=0)] = 100
    most_rows: Annotated[int, Field(ge=2)] = 8000

    @property
    def kernel(self) -> ProductKernelOptions:
        """The same kernel as options of the product kernel."""
        names = ("compound", "cell_feature", "terms", "cell", "dose", "time", "rank")
        return ProductKernelOptions(**{name: getattr(self, name) for name in names})


class LsSvmOptions(KernelOptions):
    """Options of the least-squares support vector machine.

    Attributes
    ----------
    penalty
        Added to the diagonal of the kernel, whose own is 1, for a row of weight 1: one over the usual gamma.
    bias
        Whether a free constant stands beside the kernel; without, it is kernel ridge.
    """

    penalty: Annotated[float, Field(gt=0)] = 3.0
    bias: bool = True


class SvrOptions(KernelOptions):
    """Options of epsilon support vector regression.

    Attributes
    ----------
    C
        The most a row of weight 1 can weigh, in standard deviations of a direction.
    epsilon
        Errors below this cost nothing, in standard deviations of a direction.
    tolerance
        Where the solver stops.
    """

    rank: Annotated[int, Field(ge=0)] = 30
    C: Annotated[float, Field(gt=0)] = 0.3
    epsilon: Annotated[float, Field(ge=0)] = 0.1
    tolerance: Annotated[float, Field(gt=0, le=0.1)] = 1e-3
