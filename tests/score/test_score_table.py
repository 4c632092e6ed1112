"""The one call of a leaderboard, and the references on real data."""

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from drugexp import builtin
from drugexp.score.discrimination import discrimination
from drugexp.score.metrics import centred_pearson
from drugexp.score.table import METRICS, score_profiles


def test_what_the_core_declares_is_what_the_table_computes():
    declared = {}
    builtin.drugexp_register_metrics(lambda name, target, **_: declared.update({name: target}))
    assert set(declared) == {*METRICS, "discrimination"}
    for name, metric in METRICS.items():
        assert declared[name] == f"{metric.__module__}:{metric.__name__}"


def test_every_score_has_one_number_a_sample_and_options_reach_their_metric():
    rng = np.random.default_rng(0)
    truth, prediction, mean = rng.normal(size=(9, 130)), rng.normal(size=(9, 130)), rng.normal(size=130)
    plain = score_profiles(truth, prediction, mean)
    assert list(plain) == [*METRICS, "discrimination"]
    assert all(score.shape == (9,) and np.isfinite(score).all() for score in plain.values())
    strata, observed = np.arange(9) // 3, rng.random(truth.shape) < 0.7
    full = score_profiles(truth, prediction, mean, observed=observed, strata=strata, changed=np.abs(truth) > 1)
    assert list(full) == [*METRICS, "discrimination", "direction"]
    np.testing.assert_array_equal(full["pearson"], METRICS["pearson"](truth, prediction, mean, observed=observed))
    np.testing.assert_array_equal(
        full["discrimination"], discrimination(truth, prediction, mean, observed=observed, strata=strata)
    )


def test_the_metrics_of_a_plugin_are_scored_too():
    truth = np.arange(12.0).reshape(3, 4)
    scores = score_profiles(truth, truth, np.zeros(4), metrics={"first": lambda y, p, mu: y[:, 0] + p[:, 0] + mu[0]})
    np.testing.assert_array_equal(scores["first"], 2 * truth[:, 0])


def tanimoto(counts):
    """Count Tanimoto of all pairs: sum of minima over sum of maxima, by levels of the count."""
    total = counts.sum(axis=1)
    shared = np.zeros((len(counts), len(counts)))
    for level in range(1, int(counts.max()) + 1):
        above = (counts >= level).astype(np.float32)
        above = above[:, above.any(axis=0)]
        shared += above @ above.T
    return shared / (total[:, None] + total[None, :] - shared)


@pytest.mark.data
def test_references_on_the_consensus_stand_where_they_were_measured(data_dir):
    """Zero, mean, 50 neighbours and Tanimoto kernel ridge on the fixed scaffold-grouped folds."""
    folder = data_dir / "lincs_consensus"
    compounds = pd.read_csv(folder / "compounds.csv")
    z = pd.read_parquet(folder / "profiles_z.parquet").set_index("compound_id").loc[compounds["compound_id"]].to_numpy()
    y = np.sign(z) * np.log1p(np.abs(z))
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    kernel = tanimoto(
        np.array([morgan.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(s)) for s in compounds["smiles_std"]])
    )
    found = {}
    for fold in range(5):
        test, train = (np.flatnonzero((compounds["fold"] == fold) == held) for held in (True, False))
        mu = y[train].mean(axis=0)
        k, across = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
        nearest = np.argsort(-across, axis=1)[:, :50]
        weight = np.take_along_axis(across, nearest, axis=1)
        neighbours = np.einsum("ij,ijg->ig", weight / weight.sum(axis=1, keepdims=True), y[train][nearest])
        ridge = mu + across @ np.linalg.solve(k + 3.0 * np.eye(len(train)), y[train] - mu)
        rows = {"zero": np.zeros_like(y[test]), "mean": np.broadcast_to(mu, y[test].shape)}
        for name, p in (rows | {"neighbours": neighbours, "ridge": ridge}).items():
            found.setdefault(name, []).append(
                (centred_pearson(y[test], p, mu).mean(), discrimination(y[test], p, mu).mean())
            )
    means = {name: np.mean(scores, axis=0) for name, scores in found.items()}
    np.testing.assert_allclose(means["zero"], [0.06, 0.5], atol=0.005)
    np.testing.assert_allclose(means["mean"], [0.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(means["neighbours"], [0.116, 0.617], atol=0.005)
    # .119 with the training mean taken off before the fit; .125 without: shrinking to "no change" pays a little.
    np.testing.assert_allclose(means["ridge"], [0.119, 0.62], atol=0.003)
