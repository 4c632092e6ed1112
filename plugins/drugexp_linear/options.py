"""Options of the linear models."""

from __future__ import annotations

from pydantic import Field

from drugexp.contract import Options


class LinearOptions(Options):
    """What every linear model reads.

    Attributes
    ----------
    compound_features
        Featurisers that describe a compound; each is scaled to the same size as a block.
    cell_features
        Featurisers that describe a cell; none: dose and time alone.
    folds
        Folds of whole groups, in which what is not given is chosen.
    """

    compound_features: tuple[str, ...] = Field(("morgan_counts",), min_length=1)
    cell_features: tuple[str, ...] = ("expression",)
    folds: int = Field(5, ge=2, le=20)


class RidgeOptions(LinearOptions):
    """Options of ridge.

    Attributes
    ----------
    penalty
        Ridge penalty, where a block's mean squared row is 1; None: the one that does
        best on groups left out, of 31 from 0.001 to 1000.
    """

    penalty: float | None = Field(None, gt=0)


class ElasticNetOptions(LinearOptions):
    """Options of the elastic net.

    Attributes
    ----------
    rank
        Principal directions of the training profiles that are predicted.
    penalty
        As a share of the penalty that leaves no feature; None: the best on held-out folds.
    l1_ratio
        Share of the penalty that is the sparse one.
    tolerance
        Breach of the conditions of the minimum that is allowed, as a share.
    """

    rank: int = Field(20, ge=1)
    penalty: float | None = Field(None, gt=0, le=1)
    l1_ratio: float = Field(0.2, gt=0, le=1)
    tolerance: float = Field(0.01, gt=0, le=0.1)


class PlsOptions(LinearOptions):
    """Options of partial least squares.

    Attributes
    ----------
    components
        Directions of the features; None: the best on held-out folds.
    """

    components: int | None = Field(None, ge=1)


class ReducedRankOptions(RidgeOptions):
    """Options of reduced-rank regression.

    Attributes
    ----------
    rank
        Patterns of genes that profiles are sums of; None: the best on held-out folds.
    """

    rank: int | None = Field(None, ge=1)
