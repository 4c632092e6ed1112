"""Edges by trees: each gene is told from the regulators, and what a regulator adds is its score for the gene.

Random forests as in GENIE3 (Huynh-Thu et al., PLoS ONE 2010, 5:e12776); stochastic gradient boosting of shallow trees
as in GRNBoost2 (Moerman et al., Bioinformatics 2019, 35:2159).
"""

from __future__ import annotations

import numpy as np

from drugexp.biology.regulation.correlation import standardised

TREES = 200
ROUNDS, RATE, LEAVES, SHARE = 150, 0.05, 8, 0.8
"""Rounds of boosting, their rate, leaves of a tree, and the share of samples that a tree sees."""


def forest_edges(profiles: np.ndarray, regulators: np.ndarray, seed: int = 0, trees: int = TREES) -> np.ndarray:
    """Return what each regulator takes off the variance of each gene in a forest, (regulator, gene); 0 of itself.

    Variance that is removed, not a share of it: a gene that nothing tells gives its regulators little.

    Parameters
    ----------
    profiles
        (sample, gene) on any scale; genes are brought to variance 1.
    regulators
        (regulator,) positions of genes.
    seed
        Of the trees.
    trees
        In each forest.
    """
    from sklearn.ensemble import RandomForestRegressor

    z = standardised(profiles)
    found = np.zeros((len(regulators), z.shape[1]))
    for gene, others in _told_by(z, regulators):
        forest = RandomForestRegressor(trees, max_features="sqrt", random_state=seed)
        forest.fit(z[:, regulators[others]], z[:, gene])
        gained = [t.tree_.compute_feature_importances(normalize=False) for t in forest.estimators_]
        found[others, gene] = np.mean(gained, axis=0)
    return found


def boosting_edges(profiles: np.ndarray, regulators: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return what each regulator gains in boosted trees of each gene, (regulator, gene); 0 of itself."""
    import lightgbm

    z = standardised(profiles)
    found = np.zeros((len(regulators), z.shape[1]))
    for gene, others in _told_by(z, regulators):
        options = {
            "objective": "regression",
            "learning_rate": RATE,
            "num_leaves": LEAVES,
            "min_data_in_leaf": max(2, len(z) // 50),
            "bagging_fraction": SHARE,
            "bagging_freq": 1,
            "feature_fraction_bynode": min(1.0, 1.0 / np.sqrt(max(others.sum(), 1)) + 0.05),
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(z[:, regulators[others]], z[:, gene], params={"verbosity": -1})
        booster = lightgbm.train(options, data, num_boost_round=ROUNDS)
        found[others, gene] = booster.feature_importance("gain") / len(z)
    return found


def _told_by(z: np.ndarray, regulators: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return each gene that varies, and a mask of its regulators other than itself."""
    every = [(int(gene), regulators != gene) for gene in np.flatnonzero(np.abs(z).max(axis=0) > 0)]
    return [(gene, others) for gene, others in every if others.any()]
