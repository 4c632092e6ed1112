"""Viability of cell lines against the tables, read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit
from drugexp.errors import DataError, UsageError
from drugexp.intake.manifest import load_manifests
from drugexp.intake.readers import drug_response


def made(folder: Path, response: pd.DataFrame, drugs: pd.DataFrame, name: str = "gdsc2"):
    response.to_parquet(folder / f"{name}_response.parquet")
    drugs.to_csv(folder / "drugs.csv", index=False)
    files = {path: folder / path for path in (f"{name}_response.parquet", "drugs.csv")}
    return lambda **options: drug_response.read(files, MANIFEST, **options)


MANIFEST = load_manifests()["gdsc_viability"]
DRUGS = pd.DataFrame(
    {"drug": ["aspirin", "ethanol"], "smiles_std": ["CC(=O)Oc1ccccc1C(=O)O", "CCO"], "inchikey14": "K"}
)


def test_repeats_are_averaged_and_weigh_as_many(tmp_path) -> None:
    table = pd.DataFrame({"cell": ["A", "A", "B"], "drug": ["aspirin", "aspirin", "ethanol"], "auc": [0.9, 0.5, 1.0]})
    screen = made(tmp_path, table, DRUGS)()
    np.testing.assert_allclose(screen.values[:, 0], [0.7, 1.0])
    assert screen.samples["weight"].tolist() == [2.0, 1.0]
    assert (screen.samples["hours"] == 72).all()
    assert screen.samples["dose_um"].isna().all()
    assert screen.unit is Unit.VIABILITY


def test_an_activity_area_is_read_as_what_is_left(tmp_path) -> None:
    table = pd.DataFrame({"cell": ["A", "B"], "drug": ["aspirin", "ethanol"], "act_area": [0.0, 6.0]})
    screen = made(tmp_path, table, DRUGS, "ccle")(response="ccle")
    np.testing.assert_allclose(screen.values[:, 0], [1.0, 0.25])


def test_drugs_without_a_structure_are_left_out_and_counted(tmp_path) -> None:
    table = pd.DataFrame({"cell": ["A", "A"], "drug": ["aspirin", "no one"], "auc": [0.9, 0.5]})
    screen = made(tmp_path, table, DRUGS)()
    assert screen.samples["perturbation"].tolist() == ["aspirin"]
    assert screen.provenance["rows_without_structure"] == 1


def test_what_is_missing_is_said(tmp_path) -> None:
    table = pd.DataFrame({"cell": ["A", "A"], "drug": ["aspirin", "aspirin"], "auc": [0.9, np.nan]})
    with pytest.raises(DataError, match="row 2 lacks"):
        made(tmp_path, table, DRUGS)()
    with pytest.raises(DataError, match="no drug of the table"):
        made(tmp_path, table.iloc[:1].assign(drug="x"), DRUGS)()
    with pytest.raises(UsageError, match="response"):
        made(tmp_path, table, DRUGS)(response="gdsc3")


@pytest.mark.data
@pytest.mark.parametrize(("response", "column"), [("gdsc1", "auc"), ("gdsc2", "auc"), ("ccle", "act_area")])
def test_values_are_those_of_the_tables(read, data_dir: Path, response: str, column: str) -> None:
    screen = read("gdsc_viability", response=response)
    table = pd.read_parquet(data_dir / "gdsc_ccle" / f"{response}_response.parquet")
    drugs = pd.read_csv(data_dir / "gdsc_ccle" / "drugs.csv", dtype=str)["drug"]
    table = table[table["drug"].astype(str).isin(drugs)]
    assert screen.samples["weight"].sum() == len(table)
    assert screen.values.min() >= 0
    assert screen.values.max() <= 1
    for at in np.random.default_rng(0).integers(0, len(screen), 5):
        sample = screen.samples.iloc[at]
        pair = (table["drug"].astype(str) == sample["perturbation"]) & (table["cell"].astype(str) == sample["cell"])
        value = table.loc[pair, column].mean()
        np.testing.assert_allclose(screen.values[at, 0], 1 - value / 8 if response == "ccle" else value, rtol=1e-5)
