"""The methods that find edges, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from drugexp.biology.regulation.correlation import partial_correlation, rank_correlation
from drugexp.biology.regulation.sparse import sparse_edges
from drugexp.biology.regulation.trees import boosting_edges, forest_edges


@dataclass(frozen=True)
class Method:
    """A way to find edges.

    Attributes
    ----------
    title
        In words.
    find
        (sample, gene) profiles, (regulator,) positions, a seed -> (regulator, gene) scores of 0 or more.
    needs
        Packages that it needs, by the name of import.
    """

    title: str
    find: Callable[[np.ndarray, np.ndarray, int], np.ndarray]
    needs: tuple[str, ...] = ()


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "forest": Method("random forests (GENIE3)", forest_edges, ("sklearn",)),
        "boosting": Method("gradient boosting (as GRNBoost2)", boosting_edges, ("lightgbm",)),
        "sparse": Method("sparse regression with stability selection (TIGRESS)", sparse_edges, ("sklearn",)),
        "correlation": Method("Spearman correlation", lambda x, at, _: rank_correlation(x, at)),
        "partial": Method("shrunken partial correlation", lambda x, at, _: partial_correlation(x, at), ("sklearn",)),
    }
)
"""Name -> method. `perturbation_edges` stands beside them where targets of compounds are known."""
