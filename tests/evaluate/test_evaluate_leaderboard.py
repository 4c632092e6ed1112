"""Planted signals are found, shuffled ones are not, and no test value reaches a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.errors import UsageError
from drugexp.evaluate.leaderboard import Leaderboard, evaluate
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import plan_rows
from drugexp.evaluate.run import Run
from drugexp.evaluate.tuning.nested import settle
from drugexp.registry import Registry
from drugexp_baselines.similarity import TanimotoKernelRidge


def line(board: Leaderboard, model: str, metric: str = "centred_pearson") -> pd.Series:
    table = board.summary()
    return table[(table["model"] == model) & (table["metric"] == metric)].iloc[0]


def test_a_planted_signal_is_found_and_goes_on_shuffling(board: Leaderboard) -> None:
    kernel, shuffled = line(board, "kernel"), line(board, "kernel, shuffled compounds")
    assert kernel["mean"] > 0.5
    assert abs(shuffled["mean"]) < 0.1
    assert kernel["shuffled_gone"] > 0.85
    assert kernel["folds_above"] == kernel["folds_all"] == 3
    assert kernel["over_base_low"] > 0
    assert kernel["low"] < kernel["mean"] < kernel["high"]


def test_rows_without_information_score_as_such(board: Leaderboard) -> None:
    assert line(board, "mean")["mean"] == 0.0
    assert line(board, "mean", "discrimination")["mean"] == pytest.approx(0.5)
    assert line(board, "zero", "discrimination")["mean"] == pytest.approx(0.5)
    assert line(board, "kernel", "rmse")["gap"] > 0, "a smaller error is a gain"


def test_every_sample_is_tested_once_by_every_model(board: Leaderboard) -> None:
    for _, part in board.scores.groupby("model"):
        assert sorted(part["sample"]) == list(range(len(board.samples)))


def test_the_same_seed_gives_the_same_table(board: Leaderboard, registry: Registry) -> None:
    again = evaluate(plan(only_folds=(0,)), material(planted()), registry)
    pd.testing.assert_frame_equal(again.scores, board.scores[board.scores["fold"] == 0].reset_index(drop=True))
    other = evaluate(plan(only_folds=(0,), seed=1), material(planted()), registry)
    assert not other.scores["sample"].equals(again.scores["sample"]), "another seed deals other folds"


@pytest.mark.parametrize("model", [0, 3])
def test_garbage_in_the_place_of_the_truth_changes_no_prediction(registry: Registry, model: int) -> None:
    screen = planted()
    clean = Run(plan(), material(screen), registry, Results(None), None, settle)
    split = next(clean.splits("scaffold"))
    values = np.array(screen.values)
    values[split.test] = 1e6
    spoilt = Run(plan(), material(replace(screen, values=values)), registry, Results(None), None, settle)
    row = plan_rows(plan(), screen, registry, print)[model]
    np.testing.assert_array_equal(clean.predict(split, row).mean, spoilt.predict(split, row).mean)


def test_compounds_of_the_test_leave_the_other_screens(registry: Registry) -> None:
    primary, other = planted(), planted(name="other", seed=5, noise=0.0)
    two = plan(models=(), screens=(*plan().screens, plan().screens[0].model_copy(update={"name": "other"})))
    board = evaluate(two, material(primary, other), registry)
    for proof in board.proofs.values():
        assert proof["screens"]["other"]["removed"] >= proof["test_rows"]
        assert proof["screens"]["other"]["shared_keys"] == 0


def test_a_resumed_run_gives_the_same_table(board: Leaderboard, registry: Registry, tmp_path: Path) -> None:
    stuff, asked = material(planted()), plan(only_folds=(0,))

    def stop_after_two(done: int, total: int, message: str = "") -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(asked, stuff, registry, results=Results.below(tmp_path), progress=stop_after_two)
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "results").iterdir()}
    assert len(kept) == 2
    assert all(not p.name.startswith(".") for p in kept)
    resumed = evaluate(asked, stuff, registry, results=Results.below(tmp_path))
    assert {p: p.stat().st_mtime_ns for p in kept} == kept, "what was done is not done again"
    again = evaluate(asked, stuff, registry, results=Results.below(tmp_path))
    pd.testing.assert_frame_equal(resumed.scores, board.scores[board.scores["fold"] == 0].reset_index(drop=True))
    pd.testing.assert_frame_equal(again.summary(), resumed.summary())


def test_other_data_never_reads_kept_results(registry: Registry, tmp_path: Path) -> None:
    asked = plan(only_folds=(0,))
    first = evaluate(asked, material(planted()), registry, results=Results.below(tmp_path))
    other = evaluate(asked, material(planted(seed=3)), registry, results=Results.below(tmp_path))
    assert not first.scores["rmse"].equals(other.scores["rmse"])


def test_a_damaged_result_is_made_again(registry: Registry, tmp_path: Path) -> None:
    asked = plan(only_folds=(0,))
    first = evaluate(asked, material(planted()), registry, results=Results.below(tmp_path))
    for path in (tmp_path / "results").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    again = evaluate(asked, material(planted()), registry, results=Results.below(tmp_path))
    pd.testing.assert_frame_equal(first.scores, again.scores)


def test_a_fold_that_does_not_exist_is_told(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"none of the folds \(7,\) exists"):
        evaluate(plan(only_folds=(7,)), material(planted()), registry)


def test_a_model_that_fails_leaves_the_others_their_scores(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("inside a plugin")

    monkeypatch.setattr(TanimotoKernelRidge, "learn", fail)
    board = evaluate(plan(only_folds=(0,)), material(planted()), registry)
    assert set(board.scores["model"]) == {"zero", "mean"}
    assert "kernel has no score in scaffold fold 0: ZeroDivisionError: inside a plugin" in board.notes


def test_shuffled_cells_stand_beside_a_model_that_sees_cells(registry: Registry) -> None:
    board = evaluate(plan(), material(planted(cells=4, signal=0.5)), registry)
    true, shuffled = line(board, "kernel", "rmse"), line(board, "kernel, shuffled cells", "rmse")
    assert true["mean"] < shuffled["mean"]


def test_replicates_set_a_ceiling(registry: Registry) -> None:
    board = evaluate(plan(only_folds=(0,), shuffled_compounds=False), material(planted(repeats=3)), registry)
    one, others = line(board, "one replicate"), line(board, "mean of other replicates")
    assert 0.5 < one["mean"] < others["mean"], "the mean of several replicates is less noisy"
    kernel = line(board, "kernel")
    trivial = line(board, kernel["best_trivial"])["mean"]
    assert kernel["gap_closed"] == pytest.approx(kernel["gap"] / (others["mean"] - trivial))
    assert "direction" in board.metrics, "replicates tell which genes changed"
