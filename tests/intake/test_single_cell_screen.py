"""Changes to matched controls, known layouts, and the outputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from single_cell_files import write_cells

from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.single_cell.layouts import Roles, choose_roles, detect
from drugexp.intake.single_cell.profiles import change_to_controls
from drugexp.intake.single_cell.pseudobulk import Pseudobulk, pseudobulk
from drugexp.intake.single_cell.screen import change_screen
from drugexp.intake.single_cell.write import check_output, write_sums
from drugexp.preprocess.depth import log2_cpm

ROLES = Roles(cell=("patient",), control_column="treatment", control="DMSO")


def _cells(*groups: tuple[str, str, int, tuple[int, ...]]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return counts and labels: of each group its patient, treatment, number of cells and the counts of a cell."""
    counts = np.concatenate([np.tile(each, (n, 1)) for _, _, n, each in groups])
    rows = [(patient, treatment) for patient, treatment, n, _ in groups for _ in range(n)]
    return counts, pd.DataFrame(rows, columns=["patient", "treatment"])


def _bulk(tmp_path: Path, *groups: tuple[str, str, int, tuple[int, ...]], min_cells: int = 2) -> Pseudobulk:
    path = write_cells(tmp_path / "cells.h5ad", *_cells(*groups))
    return pseudobulk(path, ["patient", "treatment"], min_cells=min_cells)


def test_each_group_is_compared_with_its_own_controls() -> None:
    sums = np.array([[10, 90], [20, 80], [30, 70], [1, 99], [40, 60], [50, 50]])
    n_cells = np.array([5, 5, 10, 10, 20, 30])
    match = np.array([0, 0, 0, 1, 1, 2])
    control = np.array([True, True, False, True, False, False])
    found = change_to_controls(sums, n_cells, match, control, prior=1.0)
    assert found.rows.tolist() == [2, 4]
    assert found.unmatched.tolist() == [5]
    assert found.control_cells.tolist() == [10, 10]
    per_million = np.log2(np.array([[3e5, 7e5], [4e5, 6e5]]) + 1) - np.log2(
        np.array([[1.5e5, 8.5e5], [1e4, 9.9e5]]) + 1
    )
    np.testing.assert_allclose(found.values, per_million, atol=1e-5)
    raw = np.array([10 * 10 / 20, 20 * 10 / 30])
    np.testing.assert_allclose(found.weight, raw / raw.mean())


def test_a_planted_doubling_is_found(tmp_path: Path) -> None:
    base, doubled = (5, 100, 10**5), (10, 100, 10**5 - 5)
    bulk = _bulk(
        tmp_path, ("p1", "DMSO", 4, base), ("p1", "x", 3, doubled), ("p2", "DMSO", 3, base), ("p2", "x", 2, base)
    )
    found = change_screen(bulk, ROLES, prior_cpm=1e-3, smiles={"x": "CCO"})
    screen = found.screen
    np.testing.assert_allclose(screen.values, [[1, 0, 0], [0, 0, 0]], atol=2e-3)
    assert screen.unit is Unit.LOG2FC
    assert screen.cells.ids == ("p1", "p2")
    assert screen.samples[["perturbation", "cell", "n_cells", "n_control_cells"]].to_numpy().tolist() == [
        ["x", "p1", 3, 4],
        ["x", "p2", 2, 3],
    ]
    assert screen.perturbations[["id", "smiles"]].to_numpy().tolist() == [["x", "CCO"]]
    np.testing.assert_allclose(
        screen.cells.blocks["expression"].values, np.tile(log2_cpm(np.array([base])), (2, 1)), rtol=1e-6
    )
    assert found.rejected.empty


def test_a_group_without_its_control_is_listed(tmp_path: Path) -> None:
    one = (3, 4)
    groups = (("p1", "DMSO", 3, one), ("p1", "x", 3, one), ("p2", "DMSO", 1, one), ("p2", "x", 3, one))
    found = change_screen(_bulk(tmp_path, *groups), ROLES)
    assert found.screen.samples["cell"].tolist() == ["p1"]
    assert found.rejected.to_dict("records") == [
        {"patient": "p2", "treatment": "DMSO", "n_cells": 1, "reason": "fewer than 2 cells"},
        {"patient": "p2", "treatment": "x", "n_cells": 3, "reason": "no control group with the same patient"},
    ]
    with pytest.raises(InputError, match=r"no control group with the same patient as any treated group \(p2\)"):
        change_screen(_bulk(tmp_path, groups[0], groups[3]), ROLES)


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (replace(ROLES, control="vehicle"), "no group is a control: column 'treatment' holds DMSO, x"),
        (replace(ROLES, control=""), "nothing says which cells are controls"),
        (replace(ROLES, control_column="treatmen"), "unknown label of the groups 'treatmen'; nearest: treatment"),
        (replace(ROLES, dose="treatment"), "column 'treatment' holds 'x', which is no number"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(tmp_path: Path, roles: Roles, sentence: str) -> None:
    bulk = _bulk(tmp_path, ("p1", "DMSO", 3, (3, 4)), ("p1", "x", 3, (3, 4)))
    with pytest.raises((InputError, UsageError), match=sentence):
        change_screen(bulk, roles)
    with pytest.raises(UsageError, match="unknown compound 'y'"):
        change_screen(bulk, ROLES, smiles={"y": "C"})


def sci_plex() -> pd.DataFrame:
    """Return labels with the columns of sci-Plex 3, doses in nM."""
    frame = pd.DataFrame(
        [
            (line, name, dose, rep, 24, name == "Vehicle")
            for line in ("A549", "K562")
            for rep in ("rep1", "rep2")
            for name, dose in (("Vehicle", 0), ("Dacinostat", 10), ("Dacinostat", 10_000))
            for _ in range(4)
        ],
        columns=["cell_type", "product_name", "dose", "replicate", "time_point", "vehicle"],
    )
    return frame.assign(culture_plate="plate1", target="HDAC")


def op3() -> pd.DataFrame:
    """Return labels with the columns of OP3, where `control` marks a positive control too."""
    compounds = (
        ("Dimethyl Sulfoxide", "CS(C)=O", 14.0, True),
        ("Belinostat", "ONC(=O)C", 1.0, True),
        ("X", "CCO", 1.0, False),
    )
    return pd.DataFrame(
        [
            (name, smiles, dose, control, kind, donor, "plate0", 24)
            for donor in ("donor_0", "donor_1")
            for kind in ("NK cells", "B cells")
            for name, smiles, dose, control in compounds
            for _ in range(4)
        ],
        columns=["sm_name", "SMILES", "dose_uM", "control", "cell_type", "donor_id", "plate_name", "timepoint_hr"],
    )


def _read(path: Path, obs: pd.DataFrame) -> tuple[Pseudobulk, Roles]:
    counts = np.random.default_rng(1).poisson(3.0, size=(len(obs), 5))
    chosen = choose_roles(obs.columns)
    return pseudobulk(write_cells(path, counts, obs), chosen.by, carry=chosen.carry, min_cells=4), chosen.roles


def test_sci_plex_is_known_by_its_columns(tmp_path: Path) -> None:
    bulk, roles = _read(tmp_path / "a.h5ad", sci_plex())
    screen = change_screen(bulk, roles).screen
    assert len(screen) == 8
    assert set(screen.samples["dose_um"]) == {0.01, 10.0}
    assert set(screen.samples["hours"]) == {24.0}
    assert screen.cells.ids == ("A549", "K562")
    assert set(screen.samples["batch"]) == {"rep1", "rep2"}
    assert set(screen.samples["n_control_cells"]) == {4}
    assert screen.perturbations["id"].tolist() == ["Dacinostat"]
    assert (
        "grouped by cell_type, replicate, product_name, dose, time_point" in choose_roles(sci_plex().columns).notes[0]
    )


def test_op3_is_known_and_its_positive_controls_are_treatments(tmp_path: Path) -> None:
    bulk, roles = _read(tmp_path / "a.h5ad", op3())
    screen = change_screen(bulk, roles).screen
    assert dict(zip(screen.perturbations["id"], screen.perturbations["smiles"], strict=True)) == {
        "Belinostat": "ONC(=O)C",
        "X": "CCO",
    }
    assert screen.cells.ids == ("donor_0/B cells", "donor_0/NK cells", "donor_1/B cells", "donor_1/NK cells")
    assert len(screen) == 8
    assert set(screen.samples["dose_um"]) == {1.0}


def test_what_is_told_comes_before_a_layout() -> None:
    chosen = choose_roles(sci_plex().columns, ["cell_type", "product_name", "culture_plate"], batch=["culture_plate"])
    assert chosen.roles.cell == ("cell_type",)
    assert chosen.roles.batch == ("culture_plate",)
    assert chosen.carry == ("vehicle", "dose", "time_point")
    assert detect(["patient", "treatment"]) is None
    with pytest.raises(UsageError, match=r"those of no study that is known.*Give --by, of: patient, treatment"):
        choose_roles(["patient", "treatment"])
    with pytest.raises(UsageError, match="'plate' is none of the columns given by --by"):
        choose_roles(["patient", "plate"], ["patient"], batch=["plate"])
    with pytest.raises(UsageError, match="unknown unit of dose 'um'; nearest: uM"):
        choose_roles(["patient"], ["patient"], dose_unit="um")


def test_sums_are_written_and_read_back(tmp_path: Path) -> None:
    bulk = _bulk(tmp_path, ("p1", "DMSO", 3, (3, 2**40)), ("p1", "x", 3, (3, 4)))
    write_sums(bulk, tmp_path / "o.h5ad")
    back = anndata.read_h5ad(tmp_path / "o.h5ad")
    np.testing.assert_array_equal(back.X, bulk.sums)
    assert back.X.dtype == np.int64
    assert back.obs["n_cells"].tolist() == [3, 3]
    write_sums(bulk, tmp_path / "o.csv")
    table = pd.read_csv(tmp_path / "o.csv")
    assert table["g1"].tolist() == [3 * 2**40, 12]
    assert table["treatment"].tolist() == ["DMSO", "x"]
    with pytest.raises(UsageError, match="ends in none of"):
        check_output("out.txt")
    with pytest.raises(UsageError, match="'g1' is both a label and a gene"):
        write_sums(replace(bulk, groups=bulk.groups.assign(g1="a")), tmp_path / "p.csv")
