"""Options of the tree ensembles."""

from __future__ import annotations

from pydantic import Field

from drugexp.contract import Options


class TreeOptions(Options):
    """What both ensembles read.

    Attributes
    ----------
    compound_features
        Featurisers that describe a compound.
    cell_features
        Featurisers that describe a cell; none: dose and time alone.
    cell_components
        Principal directions of the training cells that stand for their features.
    rank
        Principal directions of the training profiles that are predicted.
    """

    compound_features: tuple[str, ...] = Field(("morgan_counts", "fast_descriptors"), min_length=1)
    cell_features: tuple[str, ...] = ("expression",)
    cell_components: int = Field(16, ge=1)
    rank: int = Field(30, ge=1)


class ForestOptions(TreeOptions):
    """Options of the random forest.

    Attributes
    ----------
    trees
        How many.
    extra_trees
        Whether thresholds are drawn at random (Geurts, Ernst and Wehenkel 2006) and not searched.
    feature_share
        Share of the columns that a split may use.
    leaf_rows
        Fewest rows of a leaf.
    """

    trees: int = Field(200, ge=2)
    extra_trees: bool = False
    feature_share: float = Field(0.1, gt=0, le=1)
    leaf_rows: int = Field(3, ge=1)


class BoostingOptions(TreeOptions):
    """Options of gradient boosting.

    Attributes
    ----------
    rounds
        Trees for each direction.
    learning_rate
        Share of a tree that is added.
    leaves
        Most leaves of a tree.
    leaf_rows
        Fewest rows of a leaf.
    feature_share
        Share of the columns that a tree may use.
    row_share
        Share of the rows that a tree is grown on.
    ridge
        Ridge penalty on the values of leaves.
    extra_trees
        Whether thresholds are drawn at random and not searched.
    """

    rank: int = Field(20, ge=1)
    rounds: int = Field(100, ge=1)
    learning_rate: float = Field(0.05, gt=0, le=1)
    leaves: int = Field(15, ge=2)
    leaf_rows: int = Field(10, ge=1)
    feature_share: float = Field(0.2, gt=0, le=1)
    row_share: float = Field(0.8, gt=0, le=1)
    ridge: float = Field(1.0, ge=0)
    extra_trees: bool = False
