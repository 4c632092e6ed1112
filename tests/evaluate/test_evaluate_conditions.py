"""Splits by dose and time, memory and the planted ceiling, from the plan to the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_screens import CORES, FEW, material, plan, planted

import drugexp
from drugexp.contract import Screen
from drugexp.errors import UsageError
from drugexp.evaluate.leaderboard import evaluate
from drugexp.evaluate.memory import peak_memory
from drugexp.evaluate.plan import PlanModel, check_plan
from drugexp.evaluate.planted import planted_truth
from drugexp.evaluate.proofs import proof_told
from drugexp.evaluate.render import markdown
from drugexp.evaluate.results import Results
from drugexp.registry import Registry

QUICK = {"bootstrap": 20, "permutations": 99, "shuffled_compounds": False}


def dosed() -> Screen:
    """Return a screen in which each compound stands at three doses, stronger with each."""
    one = planted(repeats=3, transfer=CORES[:2])
    dose = np.tile([0.1, 1.0, 10.0], len(one) // 3)
    return replace(
        one,
        samples=one.samples.assign(dose_um=dose),
        values=one.values * np.tile([0.3, 0.7, 1], len(one) // 3)[:, None],
    )


def test_a_plan_holds_out_doses_and_the_table_tells_the_proof(registry: Registry) -> None:
    asked = plan(splits=("dose", "dose:highest"), models=(PlanModel(name="mean-per-compound"),), **QUICK)
    board = evaluate(asked, material(dosed()), registry)
    assert [name for name in board.proofs if name.startswith("dose ")] == ["dose 0", "dose 1", "dose 2"]
    text = markdown(board)
    assert "no compound in training at its held-out dose, or pooled over them, 32 of a compound known otherwise" in text
    lines = board.summary().query("metric == 'pearson' and split == 'dose'").set_index("model")["mean"]
    assert lines["mean-per-compound"] > 0.9 > lines["mean"], "a compound is known by its other doses"


def test_memory_stands_beside_seconds(registry: Registry) -> None:
    board = evaluate(plan(**QUICK), material(planted()), registry)
    assert (board.runs["memory_mb"] >= 0).all()
    assert "memory, MB" in markdown(board)
    assert board.summary()["memory_mb"].notna().all()


def test_the_peak_is_that_of_the_work_and_not_of_what_came_before() -> None:
    del_me = np.ones(40_000_000)  # 320 MB that are gone when the work begins
    del del_me
    with peak_memory() as small:
        kept = np.ones(1_000_000)
    with peak_memory() as large:
        gone = np.ones(25_000_000)  # 200 MB
        del gone
    assert small.megabytes is not None
    assert large.megabytes is not None
    assert kept.sum() == 1_000_000
    assert small.megabytes < 60
    assert 150 < large.megabytes < 260


def test_a_planted_truth_is_the_ceiling_of_a_synthetic_screen(registry: Registry) -> None:
    made = drugexp.simulate(compounds=30, cells=2, genes=40, seed=3)
    screen = made.screen.take(np.arange(len(made.screen))[::-1][:50])
    np.testing.assert_array_equal(planted_truth(screen), made.truth[::-1][:50])
    assert planted_truth(replace(screen, values=screen.values + 1)) is None
    assert planted_truth(replace(screen, provenance={})) is None
    other = {**screen.provenance, "options": {**screen.provenance["options"], "seed": 4}}
    assert planted_truth(replace(screen, provenance=other)) is None
    board = evaluate(plan(references=FEW, **QUICK), material(made.screen), registry)
    lines = board.summary().query("metric == 'pearson'").set_index("model")
    assert lines.loc["planted truth", "role"] == "ceiling"
    assert lines.loc["planted truth", "mean"] == lines["mean"].max()


def test_gains_are_counted_from_the_base_that_is_named(registry: Registry) -> None:
    board = evaluate(plan(base="zero", **QUICK), material(planted()), registry)
    lines = board.summary().query("metric == 'rmse' and model == 'kernel'").iloc[0]
    means = board.summary().query("metric == 'rmse'").set_index("model")["mean"]
    assert lines["base"] == "zero"
    assert lines["over_base"] == pytest.approx(means["zero"] - means["kernel"])
    with pytest.raises(UsageError, match="unknown row as the base 'zer'"):
        check_plan(plan(base="zer"))


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ({"held_keys": 3, "held_cells": 0}, "no key shared with training"),
        ({"held_keys": 3, "held_cells": 2, "known": 0}, "none of their 2 cells in training, 0 of a compound known"),
        ({"held_cells": 1, "known": 4}, "their cell not in training, 4 of a compound known otherwise"),
        ({"held_keys": 0, "held_cells": 0, "known": 4}, "no sample shared with training, compounds may be"),
        ({"condition": "hours"}, "no compound in training at its held-out time"),
        ({"ceiling": 0.4, "most_similar": 0.388}, "the most similar training compound at 0.39, below 0.4"),
    ],
)
def test_a_proof_says_what_is_never_on_both_sides(proof, told) -> None:
    kept = {"s": {"train": 10, "removed": 5, "shared_keys": 0}}
    sentence = proof_told("x 0", {"test_rows": 4, "screens": kept, **proof})
    assert told in sentence
    assert sentence.startswith("x 0: 4 test profiles, ")
    assert sentence.endswith("(s: 10 train, 5 removed)")


def test_a_row_whose_residuals_were_not_kept_is_told(registry: Registry, tmp_path: Path) -> None:
    asked, held, results = plan(**QUICK), material(planted()), Results.below(tmp_path)
    first = evaluate(asked, held, registry, results=results)
    assert not [note for note in first.notes if "no intervals" in note]
    for path in (tmp_path / "residuals").glob("*kernel*"):
        path.unlink()
    again = evaluate(asked, held, registry, results=results)
    assert [note.split(":")[0] for note in again.notes] == ["kernel has no intervals in scaffold"]
    none = evaluate(asked.model_copy(update={"interval_rows": 0}), held, registry, results=Results.below(tmp_path))
    assert not none.notes
