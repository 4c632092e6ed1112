"""`drugexp tune`: a recipe that trains, by one process or two; errors as sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drugexp.learn.recipe import read_recipe

pytest.importorskip("optuna")

Cli = Callable[..., Any]

CONFIG = """
name = "tuned"
cells = "../sim.screen"

[model]
name = "tanimoto-kernel-ridge"
options = { shrink_rows = 3.0, least_rows = 3 }

[[screens]]
name = "../sim.screen"
prepare = ["impute_mean"]

[calibration]
folds = 0

[tune]
trials = 3
folds = 2
"""


@pytest.fixture
def made(cli: Cli, tmp_path: Path) -> Cli:
    """Return the command line in a folder with a small screen and a config beside it."""
    assert cli("data", "simulate", "-o", "sim.screen", "--compounds", 30, "--cells", 2, "--genes", 30).code == 0
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "tune.toml").write_text(CONFIG)
    return cli


def test_the_best_settings_are_a_recipe_that_trains(made: Cli, tmp_path: Path) -> None:
    done = made("tune", "plans/tune.toml", "-o", "out/of/tune")
    assert done.code == 0, done.err
    assert "3 variants of tanimoto-kernel-ridge were tried" in done.out
    folder = tmp_path / "out" / "of" / "tune"
    recipe, table = read_recipe(folder / "best.toml"), pd.read_csv(folder / "trials.csv")
    best = table.loc[table["score"].idxmax()]
    assert recipe.model.options == {"shrink_rows": 3.0, "least_rows": 3, "penalty": best["penalty"]}
    assert recipe.screens[0].prepare[0].name == "impute_mean"
    assert f"penalty = {best['penalty']}" in (folder / "summary.md").read_text()
    assert made("train", "out/of/tune/best.toml", "-o", "model", "--quiet").code == 0
    kept = json.loads((tmp_path / "model" / "model.json").read_text())
    assert kept["model"]["options"]["penalty"] == best["penalty"]
    assert sorted(p.name for p in folder.iterdir()) == ["best.toml", "study.sqlite", "summary.md", "trials.csv"]
    again = made("tune", "plans/tune.toml", "-o", "out/of/tune", "--quiet")
    assert again.out == done.out
    other = CONFIG.replace("folds = 2", "folds = 3")
    (tmp_path / "plans" / "tune.toml").write_text(other)
    refused = made("tune", "plans/tune.toml", "-o", "out/of/tune")
    assert refused.code == 2
    assert "a study of other settings: folds" in refused.err


def test_two_processes_try_as_many_as_were_asked_for(made: Cli, tmp_path: Path) -> None:
    done = made("tune", "plans/tune.toml", "-o", "shared", "--jobs", 2)
    assert done.code == 0, done.err
    table = pd.read_csv(tmp_path / "shared" / "trials.csv")
    assert len(table) == 3
    assert table["penalty"].nunique() == 3, "no two processes draw the same"
    assert (table["state"] != "failed").all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tanimoto-kernel-ridge", "tanimoto-kernel-rigde", "nearest: tanimoto-kernel-ridge"),
        ("trials = 3", "trials = 1", "tune.trials = 1"),
        ("trials = 3", "trails = 3", "nearest: tune.trials"),
        ("../sim.screen", "absent.screen", "no screen folder"),
    ],
)
def test_errors_are_sentences(made: Cli, tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "plans" / "tune.toml").write_text(CONFIG.replace(old, new))
    done = made("tune", "plans/tune.toml", "-o", "out")
    assert done.code in (2, 3)
    assert words in done.err


def test_no_processes_are_refused(made: Cli) -> None:
    done = made("tune", "plans/tune.toml", "-o", "out", "--jobs", 0)
    assert done.code == 2
