"""What tasks give to each other: folds over all of them, scores that are 0 for the naive, and paired gains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_model import CELLS, ENDS, SMILES, panel, small_screen

from drugexp.contract import Cells, GeneAxis, Screen, Unit
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import UsageError
from drugexp.evaluate.tasks.held_out import Material, held_out, material, shuffled
from drugexp.evaluate.tasks.judging import CLASSES, NUMBERS, PROFILES, Judged, judge_outcomes, judge_profiles
from drugexp.evaluate.tasks.table import OWN_SHUFFLED, SHUFFLED, Table, ways
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.registry import discover
from drugexp.show.tasks_text import tasks_markdown

AMINE = np.array([ENDS[at % len(ENDS)] == "N" for at in range(len(SMILES))], dtype=float)
OPTIONS = {"steps": 150, "batch_size": 32, "width": 32, "code": 16, "rank": 16, "dropout": 0.0, "cell_features": []}


def amines() -> Screen:
    """Return whether each of the small model's compounds is an amine."""
    ids = [f"o{at}" for at in range(len(SMILES))]
    return Screen(
        "amines",
        AMINE[:, None],
        GeneAxis(("amine",), "label"),
        Unit.OUTCOME,
        sample_table(len(ids), perturbation=ids),
        perturbation_table(ids, smiles=SMILES),
        Cells(()),
    )


def made(**more) -> Material:
    recipe = Recipe(
        name="tasks",
        model=ModelChoice(name="multitask", options=OPTIONS),
        screens=(ScreenChoice(name="small"), ScreenChoice(name="amines", outcomes=("all",))),
        calibration=CalibrationChoice(folds=0),
    )
    screens = [identify(screen, panel()).screen for screen in (small_screen(), amines())]
    return material(recipe, one_structure(screens), panel(), folds=2, **more)


def test_a_scaffold_stands_in_one_fold_of_all_tasks() -> None:
    found = made()
    table = pd.concat([pd.DataFrame({"g": g, "f": f}) for g, f in zip(found.groups, found.folds, strict=True)])
    assert (table.groupby("g")["f"].min() == table.groupby("g")["f"].max()).all()
    assert set(table["f"]) == {0, 1}
    assert set(found.groups[0]) == set(found.groups[1])


def test_fewer_samples_are_the_same_ones_by_the_seed() -> None:
    few = made(most=20)
    assert [len(s) for s in few.screens] == [20, 20]
    assert np.array_equal(few.screens[0].values, made(most=20).screens[0].values)


def test_one_task_gives_nothing_to_another() -> None:
    recipe = Recipe(name="t", model=ModelChoice(name="multitask"), screens=(ScreenChoice(name="small"),))
    with pytest.raises(UsageError, match="at least two screens"):
        material(recipe, [small_screen()], panel(), folds=2)


def test_shuffled_compounds_keep_their_labels_and_deal_their_structures() -> None:
    before, after = amines(), shuffled(amines(), 1)
    assert np.array_equal(before.values, after.values)
    assert sorted(before.perturbations["smiles"]) == sorted(after.perturbations["smiles"])
    assert (before.perturbations["smiles"] != after.perturbations["smiles"]).mean() > 0.8


@pytest.mark.parametrize("measure", [NUMBERS, CLASSES])
def test_the_naive_scores_0_and_the_truth_1(measure: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 2)) * 50 + 300 if measure == NUMBERS else (rng.random((60, 2)) < 0.3).astype(float)
    values[::9, 1] = np.nan
    samples = sample_table(60, perturbation="p", cell=list(np.resize(["a", "b"], 60)))
    whole = replace(
        amines(),
        values=np.nan_to_num(values),
        genes=GeneAxis(("u", "v"), "label"),
        samples=samples,
        perturbations=perturbation_table(["p"], smiles=["C"]),
        cells=Cells(("a", "b")),
    )
    test, train = np.arange(20), np.arange(20, 60)
    given = whole.take(test), whole.take(train), values[test], values[train]
    right = judge_outcomes(np.nan_to_num(values[test]), *given)
    assert right.measure == measure
    assert np.mean(right.scores) == pytest.approx(1, abs=1e-4)
    first, *others = right.naive_scores().values()
    assert np.abs(first).max() == 0
    if measure == CLASSES:
        share = (np.nansum(values[train], axis=0) + 1) / (np.isfinite(values[train]).sum(axis=0) + 2)
        naive = judge_outcomes(np.tile(share, (20, 1)), *given)
        assert np.mean(naive.scores) == pytest.approx(0)
        assert right.details()["mean AUROC of classes"] == 1
        assert np.mean(others[0]) < 0  # one half says less than the share
    else:
        assert right.details()["Pearson within a cell"] == pytest.approx(1)


def test_the_mean_profile_scores_0_and_the_profile_1() -> None:
    rng = np.random.default_rng(1)
    training, truth = rng.normal(size=(30, 8)) + 1, rng.normal(size=(5, 8)) + 1
    assert np.allclose(judge_profiles(truth, truth, training).scores, 1)
    mean = np.tile(training.mean(axis=0), (5, 1))
    assert np.allclose(judge_profiles(truth, mean, training).scores, 0)


def test_folds_are_put_back_in_the_order_of_the_samples() -> None:
    order = np.array([2, 0, 3, 1])
    parts = [Judged(PROFILES, np.array(v), {"mean profile": np.zeros(2)}) for v in ([2.0, 0.0], [3.0, 1.0])]
    assert Judged.joined(parts, order).scores.tolist() == [0, 1, 2, 3]


def test_gains_are_paired_and_shown_beside_naive_scores_and_controls() -> None:
    found, rng = made(), np.random.default_rng(2)
    names = found.names
    base = {name: rng.normal(size=len(screen)) for name, screen in zip(names, found.screens, strict=True)}

    def judged(name: str, more: float) -> Judged:
        return Judged(PROFILES, base[name] + more, {"mean profile": np.zeros(len(base[name]))})

    labels = [*ways(), SHUFFLED, OWN_SHUFFLED]
    beside = {(n, o): judged(n, 0.2) for n in names for o in names if n != o}
    beside |= {(n, label): judged(n, 0.0) for n in names for label in labels}
    table = Table(found, {n: judged(n, 0.0) for n in names}, beside, {"all, uncertainty": dict.fromkeys(names, 0.5)})
    gain = table.gain(names[0], names[1])  # the noise of the samples is common to both
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.2, 0.2, 0.2))
    text = tasks_markdown(table)
    assert "**+0.200 [+0.200, +0.200]**" in text
    assert "mean profile 0.000" in text
    assert "| all, uncertainty | 0.500 | 0.500 |" in text


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
def test_what_is_planted_is_found_on_new_scaffolds_and_not_on_shuffled_compounds() -> None:
    found, registry = made(), discover()
    told, weights = held_out(found, (0, 1), registry, options={"balance": "uncertainty"})
    assert {name: j.measure for name, j in told.items()} == {"small_zscore": PROFILES, "amines": CLASSES}
    assert sum(weights.values()) == pytest.approx(1)
    assert np.mean(told["amines"].scores) > 0.2
    assert told["amines"].details()["mean AUROC of classes"] > 0.9
    assert np.nanmean(told["small_zscore"].scores) > 0.2
    mixed, _ = held_out(found, (1,), registry, mixed_up=(1,))
    assert np.mean(mixed["amines"].scores) < 0.1
    assert CELLS[0] in set(found.screens[0].samples["cell"])
