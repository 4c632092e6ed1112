"""The one number that is explained: a gene, the mean of a set of genes, or the length of the whole profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from drugexp.contract import GeneAxis
from drugexp.errors import UsageError, unknown

WHOLE = "whole profile"


@dataclass(frozen=True, eq=False)
class Target:
    """A weighted sum of genes.

    Attributes
    ----------
    name
        For the user.
    kind
        ``gene``, ``set`` (mean over the genes of a set) or ``profile`` (the projection of the profile on its own
        direction, which is its length).
    weights
        (gene,) float64; None for ``profile``: set by each prediction, see `weights_of`.
    genes
        How many genes it rests on.
    """

    name: str
    kind: Literal["gene", "set", "profile"]
    weights: np.ndarray | None
    genes: int

    def weights_of(self, profile: np.ndarray) -> np.ndarray:
        """Return the weights for a predicted profile (gene,) in the model's space; sum 0 if nothing is predicted."""
        if self.weights is not None:
            return self.weights
        length = float(np.linalg.norm(profile))
        return np.asarray(profile, dtype=np.float64) / (length or 1.0)


def gene_target(gene: str, axis: GeneAxis, *, list_with: str | None = None) -> Target:
    """Return the target of one gene.

    Raises
    ------
    UsageError
        If the model does not predict it; nearest names are told.
    """
    at = int(axis.positions([gene])[0])
    if at < 0:
        raise UsageError(unknown("gene", gene, axis.ids, list_with=list_with))
    weights = np.zeros(len(axis))
    weights[at] = 1.0
    return Target(axis.ids[at], "gene", weights, 1)


def set_target(name: str, sets: Mapping[str, Sequence[str]], axis: GeneAxis) -> Target:
    """Return the mean over those genes of a set that the model predicts.

    Raises
    ------
    UsageError
        If there is no such set, or the model predicts none of its genes.
    """
    if name not in sets:
        raise UsageError(unknown("gene set", name, sets))
    at = axis.positions(list(sets[name]))
    at = np.unique(at[at >= 0])
    if not len(at):
        raise UsageError(f"the model predicts none of the {len(sets[name])} genes of the set {name!r}")
    weights = np.zeros(len(axis))
    weights[at] = 1.0 / len(at)
    return Target(name, "set", weights, len(at))


def whole_profile(axis: GeneAxis) -> Target:
    """Return the target that is the length of the predicted profile."""
    return Target(WHOLE, "profile", None, len(axis))
