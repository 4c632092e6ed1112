"""What can be chosen about the product kernel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drugexp.contract import Needs, Options

Factor = Literal["compound", "cell", "dose", "time"]


class CompoundKernel(Options):
    """One similarity of compounds.

    Attributes
    ----------
    feature
        The featuriser it reads.
    kind
        ``tanimoto``: min-max Tanimoto of counts; ``rbf``: Gaussian in standardised descriptors.
    weight
        Its share of the compound kernel (shares are scaled to sum to 1).
    length
        Length of the Gaussian, in standard deviations of a descriptor.
    """

    feature: str
    kind: Literal["tanimoto", "rbf"] = "tanimoto"
    weight: Annotated[float, Field(gt=0)] = 1.0
    length: Annotated[float, Field(gt=0)] = 0.7


class Term(Options):
    """One product of kernels in the sum.

    Attributes
    ----------
    factors
        The kernels that are multiplied.
    weight
        Prior variance of the term (weights are scaled to sum to 1).
    """

    factors: tuple[Factor, ...]
    weight: Annotated[float, Field(gt=0)] = 1.0


class Stated(Options):
    """A kernel of something that may be pooled or not stated: ``share + (1 - share) * Gaussian``.

    Attributes
    ----------
    length
        Length of the Gaussian: in decades for dose and time, in root mean square units of the cell feature.
    share
        The part that holds whatever the value; all that is left where it is not stated.
    """

    length: Annotated[float, Field(gt=0)] = 1.0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5


class KernelOptions(Options):
    """The kernel between samples, and the targets.

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
    """

    compound: Annotated[tuple[CompoundKernel, ...], Field(min_length=1)]
    cell_feature: str | None = "expression"
    terms: Annotated[tuple[Term, ...], Field(min_length=1)] = (
        Term(factors=("compound",), weight=1.0),
        Term(factors=("compound", "cell", "dose", "time"), weight=1.0),
        Term(factors=("cell", "dose", "time"), weight=0.2),
    )
    cell: Stated = Stated(length=0.5)
    dose: Stated = Stated(length=1.0)
    time: Stated = Stated(length=0.5)
    rank: Annotated[int, Field(ge=0)] = 100

    @property
    def features(self) -> Needs:
        """The features that the kernels read."""
        compound = tuple(dict.fromkeys(kernel.feature for kernel in self.compound))
        return Needs(compound=compound, cell=(self.cell_feature,) if self.cell_feature else ())


class ProductKernelOptions(KernelOptions):
    """Options of the product kernel.

    Attributes
    ----------
    noise
        Noise variance over the kernel's (which is 1): a number, or chosen from
        `noise_grid` by the error with whole groups left out (``loo``) or by
        marginal likelihood.
    noise_per_direction
        Whether each direction of the targets gets its own; one for all was better on the consensus.
    noise_grid
        The values tried.
    learn
        ``marginal``: weights, lengths and shares are learnt by marginal likelihood first.
    learn_rows, learn_directions, learn_steps
        How many rows, directions and L-BFGS steps that uses.
    solver
        ``exact`` (eigen-decomposition), ``kronecker`` (a complete compound x
        condition grid of equal weights, compound in every term), ``nystroem``; ``auto``: the first that fits.
    exact_rows
        The most rows ``auto`` solves exactly.
    landmarks, neighbours
        Nystroem: landmark rows, and nearest rows whose residuals correct it.
    variance_rank
        Eigenvectors kept for the predictive variance, which they bound from above; 0: no standard deviations.
    use_auxiliary
        Whether other tasks that share genes with the primary one enter as further rows.
    auxiliary_noise
        Their noise variance over that of primary rows.
    auxiliary_correlation
        Correlation of their signal with the primary one, 0 to 1.
    """

    compound: Annotated[tuple[CompoundKernel, ...], Field(min_length=1)] = (
        CompoundKernel(feature="morgan_counts"),
        CompoundKernel(feature="feature_morgan_counts"),
        CompoundKernel(feature="atom_pair_counts"),
        CompoundKernel(feature="fast_descriptors", kind="rbf"),
    )
    noise: float | Literal["loo", "marginal"] = "loo"
    noise_per_direction: bool = False
    noise_grid: tuple[float, ...] = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
    learn: Literal["none", "marginal"] = "none"
    learn_rows: Annotated[int, Field(ge=10)] = 800
    learn_directions: Annotated[int, Field(ge=1)] = 20
    learn_steps: Annotated[int, Field(ge=1)] = 25
    solver: Literal["auto", "exact", "kronecker", "nystroem"] = "auto"
    exact_rows: Annotated[int, Field(ge=1)] = 4000
    landmarks: Annotated[int, Field(ge=1)] = 1000
    neighbours: Annotated[int, Field(ge=0)] = 20
    variance_rank: Annotated[int, Field(ge=0)] = 256
    use_auxiliary: bool = False
    auxiliary_noise: Annotated[float, Field(gt=0)] = 3.0
    auxiliary_correlation: Annotated[float, Field(ge=0, le=1)] = 0.7

    @model_validator(mode="after")
    def _noise_is_positive(self) -> ProductKernelOptions:
        if (isinstance(self.noise, float) and self.noise <= 0) or not self.noise_grid or min(self.noise_grid) <= 0:
            raise ValueError("noise must be above 0")
        return self
