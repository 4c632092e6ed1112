"""Outcomes of queries: of a saved model as before, alone as in a batch; and models that have learnt none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import CELLS, ENDS, SMILES, panel, small_pipeline, small_screen

import drugexp
from drugexp.errors import UsageError
from drugexp.intake.outcomes import read_outcomes
from drugexp.learn.bundle import load_bundle, save_bundle
from drugexp.learn.identity import identify
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.registry import discover

pytestmark = pytest.mark.usefixtures("compiled_once")

OPTIONS = {"steps": 150, "batch_size": 64, "width": 32, "code": 16, "rank": 16, "dropout": 0.0, "cell_features": []}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return a network of profiles, of a number around 300 that amines raise, and of whether a compound is one."""
    folder = tmp_path_factory.mktemp("outcomes")
    amine = np.array([ENDS[at % len(ENDS)] == "N" for at in range(len(SMILES))])
    told = pd.DataFrame({"smiles": SMILES, "cell": "MCF7", "level": 300 + 80 * amine, "amine": amine.astype(int)})
    told.to_csv(folder / "mine.csv", index=False)
    screen, _ = read_outcomes(str(folder / "mine.csv"), ("all",), panel())
    recipe = Recipe(
        name="several",
        model=ModelChoice(name="multitask", options=OPTIONS | {"balance": "uncertainty"}),
        screens=(ScreenChoice(name="small"), ScreenChoice(name="mine.csv", outcomes=("all",))),
        calibration=CalibrationChoice(folds=0),
        valid_share=0,
    )
    return train(recipe, [small_screen(), identify(screen, panel()).screen], panel(), discover())


def told(model: Pipeline, smiles: list[str], **more) -> pd.DataFrame:
    return drugexp.predict_outcomes(smiles, model=model, cells="MCF7", **more)


def test_numbers_stand_on_their_own_scale_and_probabilities_between_0_and_1(pipeline: Pipeline) -> None:
    table = told(pipeline, ["Cc1ccc(CN)cc1", "Clc1ccc(CCl)cc1"])
    (level, chance), (other_level, other_chance) = table["value"].to_numpy().reshape(2, 2)
    assert level > 340 > other_level
    assert 1 > chance > 0.5 > other_chance > 0


def test_what_is_told_names_task_kind_and_what_is_known_without_the_compound(pipeline: Pipeline) -> None:
    found = told(pipeline, [SMILES[0]])
    assert found["task"].tolist() == ["mine: numbers", "mine: yes or no"]
    assert found["kind"].tolist() == ["number", "probability"]
    np.testing.assert_allclose(found["usual"], [300 + 80 / 7, 1 / 7], rtol=1e-6)
    assert found["cell"].tolist() == ["MCF7"] * 2


def test_a_saved_model_tells_the_same_alone_and_in_a_batch(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = save_bundle(pipeline, tmp_path / "model")
    back = load_bundle(folder, discover())
    every = told(pipeline, list(SMILES[:9]))
    pd.testing.assert_frame_equal(told(back, list(SMILES[:9])), every)
    for at in (0, 5):
        alone = told(back, [SMILES[at]])
        assert alone["value"].tolist() == every["value"].tolist()[2 * at : 2 * at + 2]
    assert "outcomes" in json.loads((folder / "model.json").read_text())


def test_models_without_outcomes_are_as_they_were(tmp_path: Path) -> None:
    plain = small_pipeline()
    folder = save_bundle(plain, tmp_path / "plain")
    assert "outcomes" not in json.loads((folder / "model.json").read_text())
    with pytest.raises(UsageError, match="has learnt no outcomes, only profiles"):
        told(plain, ["CCO"])


def test_rejected_rows_are_told_and_good_ones_answered(pipeline: Pipeline) -> None:
    found = told(pipeline, ["CCO", "C1CC"])
    assert len(found) == 2
    assert found.attrs["rejects"][0]["value"] == "C1CC"
    assert CELLS[0] == "MCF7"
