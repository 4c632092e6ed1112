"""`drugexp response`: scores beside baselines, rankings with intervals, and mistakes told in sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import Cli

from drugexp.simulate.responses import ResponseOptions, simulate_responses


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("responses")
    made = simulate_responses(ResponseOptions(cells=40, compounds=20, genes=16, interaction=1.2, noise=0.4))
    made.table.to_csv(folder / "responses.csv", index=False)
    made.expression.to_csv(folder / "expression.csv")
    made.mutation.to_csv(folder / "mutation.csv")
    made.mutation.iloc[:1].rename(index={"CELL001": "P1"}).to_csv(folder / "patient.csv")
    return folder


def _blocks(files: Path) -> list[str]:
    return [f"--block=expression={files / 'expression.csv'}", f"--block=mutation={files / 'mutation.csv'}"]


def test_scores_stand_beside_baselines_and_controls(files: Path, cli: Cli) -> None:
    done = cli("response", "evaluate", files / "responses.csv", *_blocks(files), "--folds", 3, "-o", "scores.csv")
    assert done.code == 0, done.err
    for words in (
        "ln_ic50, cell lines held out in 3 folds",
        "ln_ic50, compounds held out in 3 folds",
        "global mean",
        "mean effects",
        "tissue x compound mean",
        "ridge: structure + expression + mutation",
        "cells shuffled",
        "below the best naive baseline",
        "With features of cells dealt to others",
    ):
        assert words in done.out
    table = pd.read_csv("scores.csv")
    assert list(table) == ["split", "model", "measure", "value", "low", "high"]
    assert set(table["split"]) == {"cell", "compound"}
    means = table[(table["model"] == "fitted effects") & (table["measure"] == "within_cell")]
    assert (means["value"] == 0).all()


def test_json_and_markdown(files: Path, cli: Cli) -> None:
    arguments = ("--split", "pair", "--no-controls", "--folds", 2, "--model", "ridge", "--quiet", "--json")
    done = cli("response", "evaluate", files / "responses.csv", *_blocks(files), *arguments, "-o", "scores.md")
    told = json.loads(done.out)
    assert done.err == ""
    assert told["measure"] == "ln_ic50"
    scores = told["splits"][0]["scores"]
    assert len(scores["ridge: structure + expression"]["rmse"]) == 3
    assert not any("shuffled" in label for label in scores)
    assert Path("scores.md").read_text().startswith("## Pairs of cell and compound held out: ln_ic50")


def test_a_patient_with_mutations_only_is_told_so(files: Path, cli: Cli) -> None:
    done = cli(
        "response", "rank", files / "responses.csv", *_blocks(files),
        "--patient", f"mutation={files / 'patient.csv'}", "--cell", "CELL002", "--folds", 3, "-o", "ranked.csv",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "P1: ln_ic50 with 90% intervals, 20 compounds" in done.out
    assert "It has no expression: predicted from mutation alone; intervals are" in done.out
    assert "Intervals held" in done.out
    table = pd.read_csv("ranked.csv")
    assert table.groupby("cell").size().to_dict() == {"CELL002": 20, "P1": 20}
    own = table[table["cell"] == "CELL002"]
    assert own["predicted"].is_monotonic_increasing
    assert own["measured"].notna().any()
    assert table.loc[table["cell"] == "P1", "measured"].isna().all()
    width = table.assign(width=table["upper"] - table["lower"]).groupby("cell")["width"].mean()
    assert width["P1"] > width["CELL002"]


def test_a_ranking_as_json_by_what_is_special_to_the_cell(files: Path, cli: Cli) -> None:
    done = cli(
        "response", "rank", files / "responses.csv", *_blocks(files), "--use", "expression", "--cell", "cell-003",
        "--by", "relative", "--higher", "--folds", 2, "--json", "--quiet",
    )  # fmt: skip
    told = json.loads(done.out)
    relative = [row["relative"] for row in told["compounds"]]
    assert relative == sorted(relative, reverse=True)
    assert told["cells"]["CELL003"]["blocks"] == ["expression"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("evaluate", "gdsc_cle"), 2, "unknown data set 'gdsc_cle'; nearest: gdsc_ccle"),
        (("evaluate", "lincs_consensus"), 2, "holds no drug responses|has no file"),
        (("evaluate", "nope.csv"), 3, "there is no such file"),
        (("evaluate", "R", "--split", "cel"), 2, "unknown split 'cel'; nearest: cell"),
        (("evaluate", "R", "--model", "rigde"), 2, "unknown response model 'rigde'; nearest: ridge"),
        (("evaluate", "R", "--value", "x"), 2, r"unknown column 'x'.*--value"),
        (("evaluate", "R", "--use", "proteins"), 2, r"unknown block of the cells 'proteins'.*--block"),
        (("evaluate", "R", "-o", "x.html"), 2, "nothing writes .html files"),
        (("rank", "R"), 2, "name a cell line with --cell"),
        (("rank", "R", "--cell", "CELL1"), 2, "unknown cell line 'CELL1'; nearest"),
        (("rank", "R", "--cell", "CELL001"), 3, "has none of the blocks"),
        (("rank", "R", "--cell", "CELL001", "--coverage", "2"), 2, "not between 0 and 1"),
        (("rank", "R", "--cell", "CELL001", "--by", "luck"), 2, "unknown order 'luck'"),
        (("rank", "R", "--patient", "expression=x.csv"), 2, "unknown block of the cells 'expression'"),
    ],
)
def test_mistakes_are_sentences(
    files: Path, cli: Cli, arguments: tuple[str, ...], code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    if "lincs_consensus" in arguments:
        monkeypatch.setenv("DRUGEXP_DATA", str(files))
        code = 3
    done = cli("response", *[files / "responses.csv" if a == "R" else a for a in arguments])
    assert done.code == code
    assert re.search(words, done.err)
    assert done.err.startswith("drugexp: ") or "drugexp: " in done.err
