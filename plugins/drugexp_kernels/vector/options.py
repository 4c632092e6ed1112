"""What can be chosen about the two kinds of support vector regression."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from drugexp_kernels.product.options import CompoundKernel, KernelOptions, ProductKernelOptions


class VectorOptions(KernelOptions):
    """The kernel, which is that of the product kernel on one fingerprint, and how many rows it may have.

    Attributes
    ----------
    most_rows
        More distinct training rows are refused: the kernel between all of them is held in memory.
    """

    compound: Annotated[tuple[CompoundKernel, ...], Field(min_length=1)] = (CompoundKernel(feature="morgan_counts"),)
    most_rows: Annotated[int, Field(ge=2)] = 8000

    @property
    def kernel(self) -> ProductKernelOptions:
        """The same kernel as options of the product kernel."""
        return ProductKernelOptions(**{name: getattr(self, name) for name in KernelOptions.model_fields})


class LsSvmOptions(VectorOptions):
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


class SvrOptions(VectorOptions):
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
