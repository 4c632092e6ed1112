"""Roles of a table of wells: usual names, what the user says, amounts with units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from drugexp.errors import InputError, UsageError
from drugexp.intake.wells.columns import choose_columns, doses_um, hours, other_controls

CMAP = pd.DataFrame(
    {
        "pert_id": ["DMSO", "UnTrt", "BRD-1", "BRD-1"],
        "pert_iname": ["DMSO", "UnTrt", "aspirin", "aspirin"],
        "pert_type": ["ctl_vehicle", "ctl_untrt", "trt_cp", "trt_cp"],
        "cell_id": "A375",
        "pert_idose": ["-666", "-666", "10 µM", "500 nM"],
        "pert_time": ["24", "24", "24", "6"],
        "det_plate": "P1",
        "rna_plate": "P0",
        "rna_well": ["A01", "A02", "A03", "A04"],
    }
)


def test_columns_of_the_connectivity_map_are_known() -> None:
    found = choose_columns(CMAP, {}, "wells.gctx")
    assert (found.identifier, found.roles.compound, found.well) == ("pert_id", "pert_iname", "rna_well")
    assert (found.roles.batch, found.roles.cell, found.roles.dose) == (("det_plate",), ("cell_id",), "pert_idose")
    assert (found.roles.control_column, found.roles.control) == ("pert_type", "ctl_vehicle")
    assert other_controls(CMAP, found.roles).tolist() == [False, True, False, False]
    np.testing.assert_allclose(doses_um(CMAP, found, ""), [np.nan, np.nan, 10.0, 0.5])
    np.testing.assert_array_equal(hours(CMAP, found, ""), [24, 24, 24, 6])


def test_vehicle_is_the_control_whatever_comes_first() -> None:
    found = choose_columns(CMAP.iloc[::-1], {}, "")
    assert found.roles.control == "ctl_vehicle"
    assert choose_columns(CMAP, {"control": "CTL_UNTRT"}, "").roles.control == "CTL_UNTRT"


def test_columns_of_drugexp_are_known() -> None:
    own = pd.DataFrame(
        {
            "compound": ["", "x"],
            "cell": "A",
            "dose_um": ["", "1e-1"],
            "plate": "p",
            "well": "A1",
            "is_control": [True, False],
        }
    )
    found = choose_columns(own, {}, "")
    assert (found.identifier, found.roles.control) == ("compound", "True")
    np.testing.assert_allclose(doses_um(own, found, ""), [np.nan, 0.1])
    assert np.isnan(hours(own, found, "")).all()


def test_a_column_of_units_goes_before_the_unit_of_all() -> None:
    table = CMAP.assign(pert_dose=["-666.0", "-666", "3", "4"], pert_dose_unit=["-666", "-666", "mM", "nm"])
    found = choose_columns(table.drop(columns="pert_idose"), {}, "")
    np.testing.assert_allclose(doses_um(table, found, ""), [np.nan, np.nan, 3000, 0.004])
    told = choose_columns(table.drop(columns="pert_idose"), {"dose_unit": "nM"}, "")
    np.testing.assert_allclose(doses_um(table, told, "")[2:], [0.003, 0.004])


def test_what_the_user_says_goes_first() -> None:
    told = {"compound": "pert_iname", "plate": "rna_plate", "control_column": "pert_id", "control": "dmso"}
    found = choose_columns(CMAP, told, "")
    assert (found.identifier, found.roles.batch, found.roles.control_column) == (
        "pert_iname",
        ("rna_plate",),
        "pert_id",
    )
    assert "compound: pert_iname" in found.sentence()
    assert "controls: pert_id = dmso" in found.sentence()


@pytest.mark.parametrize(
    ("table", "told", "kind", "sentence"),
    [
        (CMAP, {"plate": "rna_plat"}, UsageError, "unknown column 'rna_plat'; nearest: rna_plate"),
        (CMAP, {"control": "water"}, UsageError, "no well is a control: column 'pert_type' holds .* and not 'water'"),
        (CMAP[["det_plate", "cell_id"]], {}, InputError, "no column tells which wells are controls"),
        (CMAP[["pert_type", "cell_id"]], {}, InputError, "no column names the compounds.* --compound-column"),
        (CMAP, {"control_column": "rna_well"}, UsageError, "no well is a control: column 'rna_well' holds A01"),
    ],
)
def test_mistakes_are_named(table: pd.DataFrame, told: dict[str, str], kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        choose_columns(table, told, "wells.csv")


@pytest.mark.parametrize(
    ("dose", "sentence"),
    [
        ("ten", r"well 3, column 'pert_idose': 'ten' is no amount in nm, um, mm"),
        ("3 ng/ml", r"well 3, column 'pert_idose': '3 ng/ml' is no amount"),
        ("1.2.3 uM", r"'1.2.3 uM' is no amount"),
    ],
)
def test_a_dose_that_is_none_is_named_with_its_well(dose: str, sentence: str) -> None:
    table = CMAP.assign(pert_idose=["-666", "-666", "10 uM", dose])
    with pytest.raises(InputError, match=sentence):
        doses_um(table, choose_columns(table, {}, ""), "wells.csv")
