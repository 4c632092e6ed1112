"""`drugexp data pseudobulk`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import drugexp

GROUPED = ("--by", "patient", "--by", "treatment", "--control-column", "treatment", "--control", "vehicle")


@pytest.fixture
def cells_file(tmp_path: Path) -> Path:
    anndata = pytest.importorskip("anndata")
    labels = [(p, t) for p in ("p1", "p2") for t in ("vehicle", "x") for _ in range(12)] + [("p3", "x")] * 3
    obs = pd.DataFrame(labels, columns=["patient", "treatment"], index=[f"c{i}" for i in range(len(labels))])
    counts = np.random.default_rng(0).poisson(2.0, (len(obs), 6)).astype(np.float32)
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(6)])).write_h5ad("cells.h5ad")
    return Path("cells.h5ad")


def test_changes_to_controls_as_a_screen(cli, cells_file: Path) -> None:
    made = cli("data", "pseudobulk", cells_file, *GROUPED, "--smiles", "x=CCO", "-o", "out.screen")
    assert made.code == 0, made.err
    assert "grouped by patient, treatment; a cell is one patient" in made.err
    assert "1 groups were rejected; see out.rejected.csv" in made.err
    screen = drugexp.read_screen("out.screen")
    assert len(screen) == 2
    assert screen.perturbations["smiles"].tolist() == ["CCO"]
    assert pd.read_csv("out.rejected.csv").to_dict("records") == [
        {"patient": "p3", "treatment": "x", "n_cells": 3, "reason": "fewer than 10 cells"}
    ]


def test_sums_as_a_table(cli, cells_file: Path) -> None:
    made = cli("data", "pseudobulk", cells_file, "--by", "treatment", "-o", "sums.csv", "--quiet")
    assert (made.code, made.err) == (0, "")
    table = pd.read_csv("sums.csv")
    assert table["n_cells"].tolist() == [24, 27]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "out.txt"), "output 'out.txt' ends in none of .screen, .csv, .h5ad"),
        (("-o", "out.csv"), "Give --by, of: patient, treatment"),
        (("-o", "out.csv", "--by", "patiant"), "unknown column of cells 'patiant'; nearest: patient"),
        (("-o", "out.csv", *GROUPED, "--smiles", "x=CCO"), "--smiles goes with a .screen"),
        (("-o", "out.screen", *GROUPED, "--smiles", "CCO"), "--smiles 'CCO' is not NAME=VALUE"),
        (("-o", "out.screen", "--by", "treatment"), "nothing says which cells are controls"),
        (("-o", "out.csv", "--by", "treatment", "--min-cells", 0), "--min-cells 0 must be at least 1"),
    ],
)
def test_mistakes_are_one_sentence(cli, cells_file: Path, arguments: tuple[object, ...], sentence: str) -> None:
    refused = cli("data", "pseudobulk", cells_file, *arguments, "--quiet")
    assert refused.code == 2
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert sorted(p.name for p in Path().iterdir()) == ["cells.h5ad"]
