"""The consensus against its tables, read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import Unit
from drugexp.errors import UsageError

pytestmark = pytest.mark.data


def test_values_folds_and_structures_are_those_of_the_tables(read, data_dir: Path) -> None:
    screen = read("lincs_consensus")
    z = pd.read_parquet(data_dir / "lincs_consensus" / "profiles_z.parquet").set_index("compound_id")
    c = pd.read_csv(data_dir / "lincs_consensus" / "compounds.csv").set_index("compound_id")
    assert screen.unit is Unit.ZSCORE
    assert len(screen) == 1170
    assert screen.genes.ids == tuple(z.columns)
    ids = screen.samples["perturbation"]
    np.testing.assert_array_equal(screen.values, z.loc[ids].to_numpy())
    np.testing.assert_array_equal(screen.samples["fold"], c.loc[ids, "fold"])
    np.testing.assert_array_equal(screen.perturbations["smiles"], c.loc[ids, "smiles_std"])
    assert screen.samples["dose_um"].isna().all()
    assert set(screen.samples["cell"]) == {""}
    assert screen.provenance["may_ship_weights"]


def test_a_group_never_spans_two_folds_and_holds_equal_profiles(read) -> None:
    screen = read("lincs_consensus")
    group = screen.perturbations.set_index("id").loc[screen.samples["perturbation"], "group"].to_numpy()
    assert screen.samples.groupby(group)["fold"].nunique().max() == 1
    first: dict[bytes, str] = {}
    for row, name in zip(screen.values, group, strict=True):
        assert first.setdefault(row.tobytes(), name) == name
    assert len(screen) - len(first) == 1170 - 1092


def test_open_structures_hold_no_structure_of_the_source(read, data_dir: Path) -> None:
    screen = read("lincs_consensus", structures="open")
    assert len(screen) == 1167
    assert (screen.perturbations["smiles"] != "").all()
    hub = pd.read_parquet(data_dir / "annotations" / "repurposing_samples.parquet")
    brd = pd.read_parquet(data_dir / "annotations" / "broad_id_to_smiles.parquet")
    assert set(screen.perturbations["smiles"]) <= set(hub["smiles"]) | set(brd["smiles"])
    for row in screen.perturbations.iloc[::40].itertuples():
        compound = parse(row.smiles)
        assert isinstance(compound, Compound)
        assert inchikey14(compound.mol) == row.inchikey14


def test_known_targets_come_from_the_repurposing_hub(read) -> None:
    table = read("lincs_consensus").perturbations
    assert (table["targets"] != "").mean() > 0.75
    aspirin = table.loc[table["inchikey14"] == "BSYNRYMUTXBXSQ", "targets"].iloc[0]
    assert {"PTGS1", "PTGS2"} <= set(aspirin.split("|"))


def test_an_unknown_option_is_refused(read) -> None:
    with pytest.raises(UsageError, match="unknown option 'structres'; nearest: structures"):
        read("lincs_consensus", structres="open")
