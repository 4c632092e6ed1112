"""The best model stands against each other row, with a test that says how sure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.evaluate.comparisons import against_best, best_row, comparisons
from drugexp.evaluate.leaderboard import Leaderboard
from drugexp.evaluate.render import markdown, write
from drugexp.score.bootstrap import bootstrap_difference

ASKED = {"draws": 100, "permutations": 199, "correction": "holm", "seed": 0}


def _scores(**models: np.ndarray) -> pd.DataFrame:
    """Return a score table of models in one split; a name with a comma is the control of what stands before it."""
    tables = []
    for name, values in models.items():
        of, _, control = name.partition(", ")
        role = "shuffled_compounds" if control else "model"
        rows = np.arange(len(values))
        labels = {"split": "s", "fold": 0, "model": name, "role": role, "of": of if control else ""}
        tables.append(pd.DataFrame({**labels, "sample": rows, "group": rows // 2, "rmse": values, "pearson": values}))
    return pd.concat(tables, ignore_index=True)


def test_each_pair_is_compared_once_and_controls_only_with_their_model() -> None:
    rng = np.random.default_rng(0)
    table = _scores(**{name: rng.normal(size=20) for name in ("a", "b", "a, shuffled", "b, shuffled")})
    found = comparisons(table, "pearson", **ASKED)
    pairs = {frozenset(p) for p in zip(found["first"], found["second"], strict=True)}
    assert pairs == {frozenset(p) for p in (("a", "b"), ("a", "a, shuffled"), ("b", "b, shuffled"))}
    assert len(found) == 3


def test_a_smaller_error_is_better_and_the_difference_says_so() -> None:
    ease = np.random.default_rng(0).gamma(2.0, size=40)
    found = comparisons(_scores(worse=ease + 0.5, better=ease), "rmse", **ASKED).iloc[0]
    assert (found["first"], found["second"]) == ("better", "worse")
    assert found["difference"] == pytest.approx(0.5)
    assert found["p"] == 1 / 200
    higher = comparisons(_scores(worse=ease + 0.5, better=ease), "pearson", **ASKED).iloc[0]
    assert higher["first"] == "worse"


def test_only_profiles_that_both_scored_count() -> None:
    a, b = np.arange(10.0), np.zeros(10)
    a[5:] = np.nan
    found = comparisons(_scores(a=a, b=b), "pearson", **ASKED).iloc[0]
    assert (found["profiles"], found["difference"]) == (5, 2.0)


def test_the_best_row_is_turned_to_the_front() -> None:
    table = comparisons(_scores(a=np.full(8, 1.0), b=np.full(8, 3.0), c=np.full(8, 2.0)), "pearson", **ASKED)
    found = against_best(table, "c").set_index("model")["difference"]
    assert found.to_dict() == {"b": -1.0, "a": 1.0}


def test_the_leaderboard_tells_the_same_in_each_file(board: Leaderboard, tmp_path: Path) -> None:
    found = board.comparisons()
    assert set(found["metric"]) == {"centred_pearson"}
    best = best_row(board.summary(), "scaffold", "centred_pearson")
    assert best == "kernel"
    pair = found[(found["first"] == "kernel") & (found["second"] == "mean")].iloc[0]
    wide = board.scores.set_index(["sample", "model"])["centred_pearson"].unstack()  # noqa: PD010 - each pair once
    group = board.scores.drop_duplicates("sample").set_index("sample")["group"].reindex(wide.index).to_numpy()
    oracle = bootstrap_difference(wide["kernel"].to_numpy(), wide["mean"].to_numpy(), group, seed=0, resamples=200)
    assert (pair["difference"], pair["low"], pair["high"]) == pytest.approx((oracle.mean, oracle.low, oracle.high))
    assert pair["p"] == 2 / 2 ** pair["groups"], "few scaffolds: better on each is all that can be"
    assert pair["corrected"] > pair["p"]
    paths = write(board, tmp_path)
    assert len(json.loads(paths["json"].read_text())["comparisons"]) == len(found)
    table = pd.read_csv(paths["csv"])
    line = table[(table["model"] == "mean") & (table["metric"] == "centred_pearson")].iloc[0]
    assert (line["best"], line["behind_best"]) == ("kernel", pytest.approx(pair["difference"], rel=1e-4))
    assert "### kernel against each other row" in markdown(board)
    assert f"corrected for {len(found)} pairs (holm)" in markdown(board)
