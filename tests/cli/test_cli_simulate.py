"""`drugexp data simulate`, and a screen it wrote in recipes and plans."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import drugexp
from drugexp.errors import UsageError

RECIPE = 'name = "r"\ncells = "sim.screen"\n[model]\nname = "mean"\n[[screens]]\nname = "sim.screen"\n'
SIZE = ("--compounds", 30, "--cells", 2, "--genes", 40, "--pathways", 3)


def test_a_screen_and_what_was_planted_stand_side_by_side(cli) -> None:
    made = cli("data", "simulate", "-o", "sim.screen", *SIZE, "--dose", 3, "--time", 6, "--time", 24, "--replicates", 2)
    assert made.code == 0
    assert "240 profiles of 30 compounds in 2 cells on 40 genes" in made.err
    screen, planted = drugexp.read_screen("sim.screen"), json.loads(Path("sim.mechanism.json").read_text())
    assert set(screen.samples["dose_um"]) == {3.0}
    assert set(screen.samples["hours"]) == {6.0, 24.0}
    assert list(planted["pathways"]) == ["sulfonamide", "carboxylic_acid", "nitrile"]
    again = drugexp.simulate(
        genes=40, compounds=30, cells=2, pathways=3, doses_um=(3.0,), hours=(6.0, 24.0), replicates=2
    )
    np.testing.assert_array_equal(again.screen.values, screen.values)
    compound, actions = next(iter(planted["compounds"].items()))
    smiles = screen.perturbations.set_index("id").loc[compound, "smiles"]
    assert all(again.mechanism.atoms(smiles, pathway) for pathway in actions)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "sim"), "'sim' does not end in .screen"),
        (("-o", "no/such/sim.screen", *SIZE), "the folder 'no/such' does not exist"),
        (("-o", "a.screen", "--compounds", 0), "option compounds = 0"),
        (("-o", "a.screen", "--dose", -1), "option doses_um.0 = -1.0"),
        (("-o", "a.screen", "--genes", 5000), "there are 978 landmark genes"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(cli, arguments: tuple[object, ...], sentence: str) -> None:
    refused = cli("data", "simulate", *arguments)
    assert refused.code == 2
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not list(Path().iterdir())


def test_a_recipe_finds_a_screen_beside_itself(cli) -> None:
    Path("plans").mkdir()
    Path("plans/r.toml").write_text(RECIPE)
    absent = cli("train", "plans/r.toml", "-o", "model")
    assert absent.code == 3
    assert "there is no screen folder 'sim.screen' in" in absent.err
    assert cli("data", "simulate", "-o", "plans/sim.screen", *SIZE, "--quiet").err == ""
    assert cli("train", "plans/r.toml", "-o", "model", "--quiet").code == 0
    model = drugexp.load("model")
    assert model.cells.ids == ("SIM1", "SIM2")
    assert model.card["data"][0]["licence"] == "CC0-1.0"
    plan = Path("plans/plan.toml")
    plan.write_text(RECIPE.replace("[model]", "baselines = false\nfolds = 2\nbootstrap = 20\n[[models]]"))
    board = cli("evaluate", plan, "--json", "--quiet")
    assert {row["model"] for row in json.loads(board.out)} == {"mean", "planted truth"}


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(UsageError, match="unknown option 'cell'; nearest: cells"):
        drugexp.simulate(cell=3)
