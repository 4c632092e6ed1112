"""Rows of a leaderboard whose training values are prepared or mixed otherwise than the plan says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from planted_screens import material, plan, planted

from drugexp.contract import Screen, parse_options
from drugexp.errors import UsageError
from drugexp.evaluate.leaderboard import Leaderboard, evaluate
from drugexp.evaluate.plan import Plan, check_plan, row_screens
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import Row
from drugexp.evaluate.run import Run
from drugexp.evaluate.screens import Material
from drugexp.evaluate.tuning.nested import settle
from drugexp.learn.identity import identify, one_structure
from drugexp.registry import Registry, discover
from drugexp.simulate import SimulationOptions, simulate
from drugexp.simulate.platforms import SingleCellOptions, two_platforms

RIDGE = "tanimoto-kernel-ridge"
OFF = {"use": False}


def asked(screens: list[Screen], rows: dict[str, dict], **changes: object) -> Plan:
    """Return a plan with one kernel ridge a row, and beside them zero and the mean."""
    told = {
        "name": "test",
        "screens": [{"name": screen.name} for screen in screens],
        "cells": "",
        "folds": 3,
        "shuffled_compounds": False,
        "shuffled_cells": False,
        "bootstrap": 50,
        "references": [{"name": "zero", "role": "trivial"}, {"name": "mean", "role": "blind"}],
        "models": [{"name": RIDGE, "label": label, "screens": told} for label, told in rows.items()],
    }
    return parse_options(Plan, {**told, **changes})


def scores(board: Leaderboard, metric: str = "centred_pearson") -> dict[str, float]:
    table = board.summary()
    return table[table["metric"] == metric].set_index("model")["mean"].to_dict()


def test_combat_raises_the_score_and_shuffled_batches_do_not(registry: Registry) -> None:
    made = simulate(SimulationOptions(compounds=90, cells=2, doses_um=(10.0,), plates=5, batch_effect=2.0, noise=0.3))
    found = identify(made.screen, made.screen.cells).screen
    batch = found.samples["batch"].to_numpy()
    order = np.random.default_rng(0).permutation(len(batch))
    screen = replace(found, samples=found.samples.assign(shuffled=batch[order]))
    combat = {"name": "combat", "mean_only": True}
    rows = {
        "as measured": {},
        "combat": {screen.name: {"prepare": [combat]}},
        "shuffled": {screen.name: {"prepare": [{**combat, "batch": "shuffled"}]}},
    }
    found_scores = scores(evaluate(asked([screen], rows), material(screen), registry))
    assert found_scores["combat"] > found_scores["as measured"] + 0.02
    assert found_scores["combat"] > found_scores["shuffled"] + 0.02
    assert found_scores["combat"] > found_scores["mean"]


@cache
def platforms() -> tuple[Screen, ...]:
    """Return bulk, single cells with the same mechanism, and single cells with another one."""
    size = {"compounds": 120, "cells": 2, "doses_um": (10.0,), "noise": 1.5}
    bulk, cells = two_platforms(simulate(SimulationOptions(**size)), SingleCellOptions(cells=300))
    _, strange = two_platforms(simulate(SimulationOptions(**size, seed=1)), SingleCellOptions(cells=300))
    known = bulk.screen.cells
    three = [bulk.screen, cells, replace(strange, name="strange")]
    return tuple(one_structure([identify(screen, known).screen for screen in three]))


def test_a_second_platform_helps_where_its_mechanism_is_the_same_and_only_there(registry: Registry) -> None:
    screens = platforms()
    _, cells, strange = (screen.name for screen in screens)
    rows = {
        "alone": {cells: OFF, strange: OFF},
        "aligned": {cells: {"mix": "aligned"}, strange: OFF},
        "scaled": {cells: {"mix": "scaled"}, strange: OFF},
        "strange": {cells: OFF, strange: {"mix": "aligned"}},
    }
    board = evaluate(asked(list(screens), rows), Material(screens, screens[0], screens[0].cells), registry)
    found = scores(board)
    assert found["aligned"] > found["alone"] + 0.02
    assert found["aligned"] > found["scaled"], "what the platform adds to every profile is no effect of a compound"
    assert found["strange"] < found["alone"]
    for proof in board.proofs.values():
        assert all(part["shared_keys"] == 0 for part in proof["screens"].values())
        assert proof["screens"][strange]["removed"] + proof["screens"][cells]["removed"] > 0


def test_a_row_that_leaves_a_screen_out_is_the_plan_without_it(registry: Registry) -> None:
    screens = platforms()[:2]
    both = asked(list(screens), {"alone": {screens[1].name: OFF}})
    run = Run(both, Material(screens, screens[0], screens[0].cells), registry, Results(None), None, settle)
    split = next(run.splits("scaffold"))
    mean = run.predict(split, Row("alone", both.models[0], "model")).mean
    single = Run(
        asked([screens[0]], {"alone": {}}),
        Material(screens[:1], screens[0], screens[0].cells),
        registry,
        Results(None),
        None,
        settle,
    )
    alone = single.predict(replace(split, train=split.train[:1]), Row("alone", single.plan.models[0], "model")).mean
    np.testing.assert_array_equal(mean, alone)


def test_what_a_row_says_replaces_what_the_plan_says_and_survives_json() -> None:
    told = asked(list(platforms()), {"row": {"simulated_cells": {"weight": 2, "mix": "scaled"}, "strange": OFF}})
    again = parse_options(Plan, told.model_dump(mode="json"))
    for asked_for in (told, again):
        primary, cells, strange = row_screens(asked_for, asked_for.models[0])
        assert primary == asked_for.screens[0]
        assert cells is not None
        assert (cells.weight, cells.mix, cells.prepare) == (2.0, "scaled", ())
        assert strange is None


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"simulated_cell": OFF}, "model 'row': unknown screen of the plan 'simulated_cell'; nearest: simulated_cells"),
        ({"simulated": OFF}, "must learn from 'simulated', which is the primary screen"),
        ({"simulated": {"mix": "plain"}}, "must learn from 'simulated'"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(rows: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_plan(asked(list(platforms()), {"row": rows}))


def test_the_primary_screen_is_not_mixed_into_itself() -> None:
    with pytest.raises(UsageError, match="the first screen is the primary one"):
        parse_options(Plan, {"name": "test", "screens": [{"name": "planted", "mix": "plain"}]})


def test_held_out_values_are_never_prepared(registry: Registry) -> None:
    screen = planted()
    prepared = plan(screens=(plan().screens[0].model_copy(update={"prepare": ({"name": "quantile"},)}),))
    run = Run(
        parse_options(Plan, prepared.model_dump(mode="json")), material(screen), discover(), Results(None), None, settle
    )
    split = next(run.splits("scaffold"))
    np.testing.assert_array_equal(run.truth(split).values, screen.values[split.test])
