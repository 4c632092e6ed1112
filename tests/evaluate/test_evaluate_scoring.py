"""Strata, training means, ceilings, and the choice between dense and censored scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.contract import CENSORED, OBSERVED
from drugexp.errors import UsageError
from drugexp.evaluate.ceilings import replicates
from drugexp.evaluate.leaderboard import evaluate
from drugexp.evaluate.scoring import hold_out, score
from drugexp.evaluate.strata import stratum_table, training_mean
from drugexp.registry import Registry


def test_a_small_stratum_takes_the_mean_of_a_wider_one() -> None:
    train = pd.DataFrame({"cell": list("aaab"), "hours": ["6", "6", "24", "6"]})
    test = pd.DataFrame({"cell": list("aabc"), "hours": ["6", "24", "6", "6"]})
    values = np.array([[1.0], [3.0], [8.0], [20.0]])
    mean = training_mean(values, np.ones((4, 1)), train, test, 2)
    assert mean.ravel().tolist() == [2.0, 4.0, 8.0, 8.0]  # own; its cell; all (one row is too few); all


def test_weights_and_gaps_count_in_the_mean() -> None:
    one = pd.DataFrame(index=range(2))
    mean = training_mean(np.array([[1.0, 5.0], [4.0, 7.0]]), np.array([[2.0, 0.0], [1.0, 0.0]]), one, one.iloc[:1], 1)
    assert mean.tolist() == [[2.0, 0.0]]


def test_doses_are_binned_and_an_unknown_column_is_told() -> None:
    samples = pd.DataFrame({"cell": ["a", "a", "a"], "dose_um": [9.0, 11.0, np.nan]})
    assert stratum_table(samples, ["cell", "dose_um"])["dose_um"].tolist() == ["1.0", "1.0", ""]
    with pytest.raises(UsageError, match="unknown stratum column 'dose'; nearest: dose_um"):
        stratum_table(samples, ["dose"])


def test_the_truth_is_centred_on_training_rows_alone() -> None:
    screen = planted(cells=2)
    train, test = np.arange(0, 100), np.arange(100, 120)
    settings = {"steps": (), "strata": ("cell",), "least": 5}
    truth = hold_out(screen, screen, train, test, **settings)
    values = np.array(screen.values)
    values[100:] = 99.0
    spoilt = replace(screen, values=values)
    np.testing.assert_array_equal(hold_out(spoilt, screen, train, test, **settings).mean, truth.mean)
    expected = np.stack([values[train][(screen.samples["cell"][:100] == c)].mean(0) for c in ("cell0", "cell1")])
    np.testing.assert_allclose(truth.mean[:2], expected, rtol=1e-5)


def test_replicates_predict_each_other_and_never_themselves() -> None:
    samples = pd.DataFrame({"perturbation": list("abacba"), "cell": "", "dose_um": np.nan, "hours": 6.0})
    values = np.arange(6.0)[:, None]
    found = replicates(values, samples, seed=0)
    assert found is not None
    assert found.others is not None
    assert found.rows.tolist() == [0, 1, 2, 4, 5], "c was measured once"
    assert found.others.ravel().tolist() == [3.5, 4.0, 2.5, 1.0, 1.0]
    assert (found.one.ravel() != values[found.rows].ravel()).all()
    letters = samples["perturbation"].to_numpy()
    assert (letters[found.one.ravel().astype(int)] == letters[found.rows]).all()
    assert replicates(values[[0, 1, 3]], samples.iloc[[0, 1, 3]], seed=0) is None


def test_a_list_of_top_genes_is_scored_as_such(registry: Registry) -> None:
    screen = planted()
    size = np.abs(screen.values)
    border = np.sort(size, axis=1)[:, -15]
    listed = size >= border[:, None]
    state = np.where(listed, OBSERVED, CENSORED).astype(np.uint8)
    listing = replace(screen, values=np.where(listed, screen.values, 0), state=state, bound=border)
    board = evaluate(plan(), material(listing), registry)
    assert board.headline == "concordance"
    assert "centred_pearson" not in board.metrics
    table = board.summary().set_index(["model", "metric"])["mean"]
    assert table["kernel", "listed_discrimination"] > 0.6
    assert table["mean", "listed_discrimination"] == pytest.approx(0.5)
    assert table["kernel", "concordance"] > table["mean", "concordance"]


def test_stated_deviations_are_scored_by_their_coverage() -> None:
    rng = np.random.default_rng(0)
    screen = planted(noise=1.0, signal=0.0)
    truth = hold_out(screen, screen, np.arange(40), np.arange(40, 96), steps=(), strata=(), least=5)
    sd = np.ones(truth.values.shape)
    found = score(truth, truth.mean + 0.01 * rng.normal(size=sd.shape), sd)
    assert found["coverage_90"].mean() == pytest.approx(0.9, abs=0.03)
    assert found["width_90"].mean() == pytest.approx(2 * 1.645, abs=0.01)
