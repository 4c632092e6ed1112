"""Edges by random forests: each gene is predicted from the regulators (GENIE3, Huynh-Thu et al. 2010)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drugexp.biology.regulation.correlation import standardised


def forest_edges(profiles: NDArray[np.floating], trees: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Give the importance of every regulator for every target, regulators x targets, 0 on the diagonal.

    Parameters
    ----------
    profiles : array, shape (samples, genes)
        Any scale; targets are brought to variance 1, so that importances of different targets compare.
    """
    from sklearn.ensemble import RandomForestRegressor

    z = standardised(profiles)
    genes = z.shape[1]
    found = np.zeros((genes, genes))
    for target in range(genes):
        others = np.arange(genes) != target
        forest = RandomForestRegressor(trees, max_features="sqrt", random_state=seed)
        forest.fit(z[:, others], z[:, target])
        # Variance removed, not a share: a target that cannot be predicted gives its regulators little.
        importance = np.mean([t.tree_.compute_feature_importances(normalize=False) for t in forest.estimators_], 0)
        found[others, target] = importance
    return found
