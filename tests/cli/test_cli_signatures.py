"""`drugexp data signatures`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import drugexp


@pytest.fixture
def wells_file(tmp_path: Path) -> Path:
    """Two plates of four compounds and three controls; the second compound has a structure."""
    rng = np.random.default_rng(0)
    change = rng.normal(0, 1, (5, 40))
    rows = []
    for plate in ("p1", "p2"):
        for compound in (0, 0, 0, 1, 2, 3, 4):
            values = 8 + (plate == "p2") + (change[compound] if compound else 0) + rng.normal(0, 0.2, 40)
            label = {
                "drug": f"drug {compound}" if compound else "DMSO",
                "plate": plate,
                "dose": "" if not compound else 1,
            }
            rows.append(label | {"smiles": "CCO" if compound == 2 else ""} | {f"G{i}": v for i, v in enumerate(values)})
    pd.DataFrame(rows).rename_axis("well").to_csv(tmp_path / "wells.csv")
    return Path("wells.csv")


@pytest.mark.parametrize("ending", [".screen", ".h5ad", ".gct", ".gctx"])
def test_a_file_of_wells_becomes_signatures_and_a_report(cli, wells_file: Path, ending: str) -> None:
    if ending == ".h5ad":
        pytest.importorskip("anndata")
    made = cli("data", "signatures", wells_file, "-o", f"out{ending}", "--report", "report.csv")
    assert made.code == 0, made.err
    assert "compound: drug; cell: none; dose: dose (uM)" in made.err
    assert "wells: 4 signatures of 8 wells on 40 genes" in made.out
    line = next(row for row in made.out.splitlines() if "minus the plate's controls" in row)
    assert "between plates" in line
    screen = drugexp.read_screen(f"out{ending}")
    assert (len(screen), screen.unit.value) == (4, "log2fc")
    assert set(screen.samples["n_replicates"].astype(int)) == {2}
    assert ("the provenance is left out" in made.err) == (ending in (".gct", ".gctx"))
    report = pd.read_csv("report.csv")
    assert report["normalise"].tolist() == ["control-difference", "plate-centre"]
    assert (report["replicates_r"] > 0.8).all()
    assert (report["chance_r"].abs() < 0.5).all()
    assert not Path("out.rejected.csv").exists()


def test_rejected_wells_are_listed_and_quiet_says_the_report_only(cli, wells_file: Path) -> None:
    made = cli("data", "signatures", wells_file, "-o", "out.screen", "--need-smiles", "--quiet")
    assert (made.code, made.err) == (0, "")
    assert "1 signatures of 2 wells" in made.out
    rejected = pd.read_csv("out.rejected.csv")
    assert rejected["reason"].tolist() == ["no SMILES"] * 6
    assert set(rejected["perturbation"]) == {"drug 1", "drug 3", "drug 4"}


def test_signatures_in_python(wells_file: Path, tmp_path: Path) -> None:
    found = drugexp.signatures(tmp_path / wells_file, output=tmp_path / "out.screen", normalise="plate-z", clip=5.0)
    again = drugexp.read_screen(str(tmp_path / "out.screen"))
    np.testing.assert_array_equal(again.values, found.screen.values)
    assert again.unit.value == "zscore"
    assert again.provenance["signatures"]["clip"] == 5.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "out.txt"), "output 'out.txt' ends in none of .screen, .h5ad, .gct, .gctx"),
        (("-o", "out.screen", "--report", "r.html"), "the report 'r.html' does not end in .csv"),
        (("-o", "out.screen", "--plate-column", "plat"), "unknown column 'plat'; nearest: plate"),
        (("-o", "out.screen", "--control", "water"), "no well is a control: column 'drug' holds DMSO"),
        (("-o", "out.screen", "--unit", "zscore"), "unknown unit of wells 'zscore'; valid: counts, log2_expression"),
        (("-o", "out.screen", "--normalise", "plate"), "option normalise = 'plate'"),
        (("-o", "out.screen", "--control-half", 2), "option control_half = 2"),
        (("-o", "out.screen", "--dose-unit", "ug"), "unknown unit of dose 'ug'"),
        (("-o", "nowhere/out.screen"), "the folder 'nowhere' does not exist"),
    ],
)
def test_mistakes_are_one_sentence(cli, wells_file: Path, arguments: tuple[object, ...], sentence: str) -> None:
    refused = cli("data", "signatures", wells_file, *arguments, "--quiet")
    assert refused.code == 2, refused.err
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert sorted(p.name for p in Path().iterdir()) == ["wells.csv"]


def test_a_file_that_is_none_is_one_sentence(cli, tmp_path: Path) -> None:
    refused = cli("data", "signatures", "nothing.csv", "-o", "out.screen")
    assert (refused.code, refused.err) == (3, "drugexp: nothing.csv: there is no such file.\n")


@pytest.mark.data
def test_one_command_makes_signatures_of_a_real_set(cli, data_dir: Path) -> None:
    made = cli("data", "signatures", "l1000_ht115", "-o", "ht115.screen", "--data-dir", data_dir)
    assert made.code == 0, made.err
    row = next(line for line in made.out.splitlines() if "minus the plate's controls" in line)
    assert "0.18 (0.16 to 0.20)" in row
    assert len(drugexp.read_screen("ht115.screen")) == 355
