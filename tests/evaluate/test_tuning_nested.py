"""Tuned inside of each outer fold, a model that knows nothing scores nothing; its best variant seems to know."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lottery_model import Lottery
from planted_screens import material, plan, planted

from drugexp.contract import Prediction, Screen, parse_options
from drugexp.contract.hooks import API_VERSION, Declaration
from drugexp.errors import ModelError, UsageError
from drugexp.evaluate.leaderboard import evaluate
from drugexp.evaluate.plan import Plan, PlanModel
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import Row, plan_rows
from drugexp.evaluate.run import Run
from drugexp.evaluate.scoring import score
from drugexp.evaluate.tuning.inner import inside
from drugexp.evaluate.tuning.nested import settle
from drugexp.evaluate.tuning.search import search
from drugexp.evaluate.tuning.settings import Range, Search
from drugexp.learn.splits import Split
from drugexp.learn.subsets import nested_subset
from drugexp.registry import Plugin, Registry, discover

pytest.importorskip("optuna")

SEARCH = Search(trials=4, folds=2, startup=4)
MANY = Search(trials=10, folds=2, startup=10)
TUNED = PlanModel(name="lottery", tune=SEARCH)


@pytest.fixture(scope="module")
def registry() -> Registry:
    brings = Declaration("model", "lottery", "lottery_model:Lottery")
    mine = Plugin("lottery", "lottery-dist", "1.0", "MIT", API_VERSION, "ok", (brings,))
    return Registry([*discover().plugins, mine])


PLAIN = planted()


def noise(seed: int) -> Screen:
    """Return noise of eight genes, so that luck has room."""
    values = np.random.default_rng([seed, 1]).normal(size=(len(PLAIN), 8)).astype(np.float32)
    return replace(PLAIN, values=values, genes=PLAIN.genes.subset(range(8)))


def nested(**changes: object) -> Plan:
    return plan(**{"models": (TUNED,), "shuffled_compounds": False, "folds": 2, "bootstrap": 50, **changes})


def draws(run: Run, split: Split, row: Row) -> Prediction:
    """Return what a ticket draws for each compound: what `Lottery` does, without a fit."""
    screen = run.material.screens[0]
    profiles = np.random.default_rng(row.choice.options.get("ticket", 0)).normal(size=(96, len(screen.genes)))
    at = screen.samples["perturbation"].str[1:].astype(int).to_numpy()[split.test]
    mean = screen.values[split.train[0]].mean(axis=0)
    return Prediction((mean + profiles[at]).astype(np.float32), screen.genes, screen.unit)


def test_of_noise_the_nested_score_is_nothing_and_the_best_variant_seems_something(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "predict", draws)
    model, outer, best, corrected = PlanModel(name="lottery", tune=MANY), [], [], []
    for seed in range(5):
        screens = material(noise(seed))
        run = Run(nested(seed=seed, models=(model,)), screens, registry, Results(None), None, settle)
        row = next(r for r in _rows(run) if r.label == "lottery")
        scores = []
        for split in run.splits("scaffold"):
            settled, _ = settle(run, split, row, MANY, screens.screens)
            found = score(run.truth(split), run.predict(split, settled).mean)
            scores.append(found["centred_pearson"])
        outer.append(np.concatenate(scores).mean())
        everything = Split(0, tuple(np.arange(len(s)) for s in screens.screens), np.arange(0))
        flat = search(inside(run, everything, model, MANY, screens.screens)).chosen
        best.append(flat.score)
        corrected.append(flat.corrected)
    assert min(best) > 0.02, "the best of ten tickets always seems to know something"
    assert np.mean(best) > 0.05
    assert abs(np.mean(outer)) < 0.03
    assert np.mean(best) - np.mean(outer) > 0.04
    assert abs(np.mean(corrected)) < np.mean(best) / 3, "the summary says how much of it is luck"


def test_no_value_of_the_outer_test_reaches_the_search(registry: Registry) -> None:
    screen = PLAIN
    run = Run(nested(), material(screen), registry, Results(None), None, settle)
    split = next(run.splits("scaffold"))
    marked = screen.values.copy()
    marked[split.test] = 777.0
    poisoned = Run(nested(), material(replace(screen, values=marked)), registry, Results(None), None, settle)
    Lottery.seen.clear()
    row = next(r for r in _rows(poisoned) if r.label == "lottery")
    chosen = poisoned.result("scaffold", split, row, poisoned.truth(split)).attrs["tuned"]
    assert len(Lottery.seen) == 1 + 2 * SEARCH.trials, "one fit outside, two folds inside"
    assert not any((values == 777.0).any() for values in Lottery.seen)
    assert chosen == run.result("scaffold", split, row, run.truth(split)).attrs["tuned"]


def test_a_signal_is_still_found_and_its_shuffled_control_is_tuned_too(registry: Registry) -> None:
    kernel = PlanModel(
        name="tanimoto-kernel-ridge",
        label="kernel",
        options={"penalty": 1e4},
        tune=Search(trials=3, folds=2, startup=3, space={"penalty": Range(low=0.1, high=1.0, log=True)}),
    )
    told = plan(models=(kernel,), only_folds=(0,), bootstrap=50)
    board = evaluate(told, material(PLAIN), registry)
    table = board.summary().set_index(["model", "metric"])["mean"]
    assert table["kernel", "centred_pearson"] > 0.5
    assert abs(table["kernel, shuffled compounds", "centred_pearson"]) < 0.2
    assert sum("was tuned inside" in note for note in board.notes) == 2


def test_a_row_that_is_not_tuned_keeps_its_place_on_disk(registry: Registry) -> None:
    run = Run(nested(), material(PLAIN), registry, Results(None), None, settle)
    split = next(run.splits("scaffold"))
    kept = [run._key("scaffold", split, row)["model"] for row in _rows(run)]
    assert all(set(model) <= {"name", "label", "options", "screens", "role", "conditions", "tune"} for model in kept)
    assert sum("tune" in model for model in kept) == 1


def test_a_plan_with_a_search_travels_as_json_to_other_processes() -> None:
    kernel = PlanModel(
        name="k", tune=Search(space={"penalty": Range(low=0.1, high=1.0, log=True), "on": (True, False)})
    )
    told = nested(models=(TUNED, kernel))
    assert parse_options(Plan, json.loads(json.dumps(told.model_dump(mode="json")))) == told


def test_a_model_without_a_space_is_refused_before_anything_is_run(registry: Registry) -> None:
    told = nested(models=(PlanModel(name="mean", tune=SEARCH),))
    with pytest.raises(UsageError, match="declares no search space"):
        evaluate(told, material(PLAIN), registry)


def test_too_few_groups_for_inner_folds_leave_the_row_without_a_score(registry: Registry) -> None:
    run = Run(nested(), material(PLAIN), registry, Results(None), None, settle)
    split = next(run.splits("scaffold"))
    one = nested_subset(run.material.screens, split, 0.01, 0)
    row = next(r for r in _rows(run) if r.label == "lottery")
    with pytest.raises(ModelError, match="no inner folds: 1 groups cannot be split into 2 folds"):
        run.result("scaffold", one, row, run.truth(split))


def test_results_on_disk_tell_what_was_chosen(registry: Registry, tmp_path) -> None:
    told = nested(only_folds=(0,))
    first = evaluate(told, material(PLAIN), registry, results=Results.below(tmp_path))
    again = evaluate(told, material(PLAIN), registry, results=Results.below(tmp_path))
    assert first.notes == again.notes
    (note,) = (note for note in first.notes if "was tuned inside scaffold fold 0" in note)
    assert "the best of 4 variants has ticket = " in note
    pd.testing.assert_frame_equal(first.scores, again.scores)


def _rows(run: Run) -> list[Row]:
    return plan_rows(run.plan, run.material.screens[0], run.registry, print)
