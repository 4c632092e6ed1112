"""Intervals hold what they promise, no fold sets its own, and bins are made before anything is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.evaluate.by_similarity import bins_of, by_similarity, edges_of
from drugexp.evaluate.calibration import cross_intervals, drawn
from drugexp.evaluate.leaderboard import Leaderboard, evaluate
from drugexp.evaluate.render import markdown
from drugexp.evaluate.results import Results
from drugexp.learn.conformal import calibrate
from drugexp.registry import Registry


@pytest.mark.parametrize("stated", [False, True])
@pytest.mark.parametrize("noise", ["normal", "cauchy"])
def test_exchangeable_data_are_covered_at_the_stated_level(noise: str, stated: bool) -> None:
    rng = np.random.default_rng(0)
    size = np.abs(getattr(rng, f"standard_{noise}")((400, 50))) * np.linspace(0.5, 4, 50)
    sd = rng.gamma(4.0, size=size.shape) if stated else None
    size = size if sd is None else size * sd
    covered, wide = cross_intervals(size, sd, np.arange(400) % 5)
    assert 0.88 < covered.mean() < 0.92
    assert (wide > 0).all()


def test_it_is_what_calibrate_measures() -> None:
    rng = np.random.default_rng(1)
    truth, fold = rng.normal(size=(90, 7)), np.repeat([0, 1, 2], 30)
    observed = rng.uniform(size=truth.shape) < 0.8
    sd = rng.gamma(3.0, size=truth.shape)
    for stated in (None, sd):
        oracle = calibrate(truth, np.zeros_like(truth), stated, observed, fold).measured
        covered, _ = cross_intervals(np.where(observed, np.abs(truth), np.nan), stated, fold)
        assert np.average(covered, weights=observed.sum(axis=1)) == pytest.approx(oracle)


def test_residuals_of_a_fold_have_no_part_in_its_own_intervals() -> None:
    size, fold = np.abs(np.random.default_rng(2).normal(size=(60, 5))), np.repeat([0, 1, 2], 20)
    _, before = cross_intervals(size, None, fold)
    size[fold == 1] *= 1000
    _, after = cross_intervals(size, None, fold)
    np.testing.assert_array_equal(before[fold == 1], after[fold == 1])
    assert (before[fold == 0] < after[fold == 0]).all()


def test_one_fold_sets_no_interval() -> None:
    covered, wide = cross_intervals(np.ones((4, 2)), None, np.zeros(4))
    assert np.isnan([covered, wide]).all()


def test_of_a_large_screen_each_fold_gives_its_part() -> None:
    assert drawn(30, 100, 100, (0, 0)).tolist() == list(range(30))
    part = drawn(300, 1000, 100, (0, 0))
    assert len(part) == 30
    assert (np.diff(part) > 0).all()
    np.testing.assert_array_equal(part, drawn(300, 1000, 100, (0, 0)))
    assert part.tolist() != drawn(300, 1000, 100, (0, 1)).tolist()


def test_bins_are_equally_full_and_hold_their_lower_border() -> None:
    similarity = np.r_[np.linspace(0, 1, 91), np.nan].astype(np.float32)
    edges = edges_of(similarity, 3)
    found = bins_of(similarity, edges)
    assert np.bincount(found).tolist() == [1, 30, 30, 31]
    assert bins_of(edges, edges).tolist() == [1, 2, 3, 3]
    assert bins_of(np.array([0.4, 0.4]), edges_of(np.array([0.4, 0.4]), 3)).tolist() == [1, 1]
    assert len(edges_of(np.array([0.0, 0.0, 0.0, 1.0]), 4)) == 3, "equal values fill one bin"
    assert edges_of(np.array([np.nan]), 3).size == 0


def test_means_by_bin_are_those_of_its_rows() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"sample": range(60), "group": np.arange(60) // 3, "similarity": rng.uniform(size=60)})
    table = table.assign(split="s", model="m", role="model", of="", score=np.where(table["similarity"] > 0.5, 1.0, 0.0))
    found = by_similarity(table, ["score"], bins=2, draws=50, seed=0).set_index("bin")
    half = float(table["similarity"].median())
    below, above = table[table["similarity"] < half], table[table["similarity"] >= half]
    assert found["mean"].tolist() == pytest.approx([p["score"].mean() for p in (table, below, above)])
    assert found["profiles"].tolist() == [60, 30, 30]
    assert found.loc[1, "to"] == found.loc[2, "from"] == pytest.approx(half)


def test_an_evaluation_measures_its_intervals(board: Leaderboard) -> None:
    profiles = board.profiles
    assert profiles is not None
    assert profiles["similarity"].between(0, 1).all()
    assert profiles.groupby("sample")["similarity"].nunique().max() == 1
    kernel = profiles[profiles["model"] == "kernel"]
    # Noise and a model that has learnt the signal: the residuals of all folds are alike.
    assert 0.86 < kernel["interval_coverage"].mean() < 0.94
    zero = profiles[profiles["model"] == "zero"]
    assert zero["interval_width"].mean() > kernel["interval_width"].mean(), "who knows nothing must be wide"
    assert profiles.loc[profiles["model"] == "kernel, shuffled compounds", "interval_coverage"].isna().all()
    table = board.by_similarity()
    assert set(table["measure"]) == {"centred_pearson", "interval_coverage", "interval_width"}
    one = table[(table["model"] == "kernel") & (table["measure"] == "centred_pearson") & (table["bin"] == 0)].iloc[0]
    assert one["mean"] == pytest.approx(board.scores.query("model == 'kernel'")["centred_pearson"].mean())
    page = markdown(board)
    assert "### By similarity to the nearest training compound" in page
    assert "nan" not in page


def test_kept_residuals_give_the_same_intervals(board: Leaderboard, registry: Registry, tmp_path: Path) -> None:
    kept = Results.below(tmp_path)
    first = evaluate(plan(summary="What it is for."), material(planted()), registry, results=kept)
    again = evaluate(plan(summary="What it is for."), material(planted()), registry, results=kept)
    pd.testing.assert_frame_equal(first.profiles, board.profiles)
    pd.testing.assert_frame_equal(again.profiles, board.profiles)
    for path in (tmp_path / "residuals").glob("*kernel*"):
        path.write_bytes(path.read_bytes()[:100])
    damaged = evaluate(plan(), material(planted()), registry, results=kept)
    assert damaged.profiles.query("model == 'kernel'")["interval_width"].isna().all()
    pd.testing.assert_frame_equal(damaged.scores, board.scores)


def test_they_can_be_switched_off(registry: Registry) -> None:
    found = evaluate(plan(interval_rows=0), material(planted()), registry)
    assert found.profiles["interval_coverage"].isna().all()
    assert set(found.by_similarity()["measure"]) == {"centred_pearson"}
