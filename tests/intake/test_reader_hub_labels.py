"""The labels of the Repurposing Hub against its tables, read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit
from drugexp.errors import UsageError
from drugexp.intake.readers.hub_labels import label_table


def test_labels_are_split_and_empty_ones_dropped() -> None:
    drugs = pd.DataFrame({"pert_iname": ["a", "b"], "moa": ["X inhibitor|Y agonist", None], "target": [None, "T1||T2"]})
    found = label_table(drugs)
    assert sorted(zip(found["pert_iname"], found["label"], strict=True)) == [
        ("a", "moa:X inhibitor"),
        ("a", "moa:Y agonist"),
        ("b", "target:T1"),
        ("b", "target:T2"),
    ]


@pytest.mark.data
def test_values_are_those_of_the_tables(read, data_dir: Path) -> None:
    screen = read("hub_labels")
    assert screen.unit is Unit.LABEL
    assert screen.genes.namespace == "label"
    assert screen.provenance["may_ship_weights"]
    assert 5700 < len(screen) < 5900
    assert set(np.unique(screen.values)) == {0, 1}
    assert screen.values.sum(0).min() >= 3
    assert screen.values.sum(1).min() >= 1
    assert set(screen.samples["cell"]) == {""}
    assert screen.samples["dose_um"].isna().all()
    samples = pd.read_parquet(data_dir / "annotations" / "repurposing_samples.parquet")
    drugs = pd.read_parquet(data_dir / "annotations" / "repurposing_drugs.parquet").set_index("pert_iname")
    row = dict(zip(screen.samples["perturbation"], screen.values, strict=True))
    for name in ("erlotinib", "vorinostat", "dasatinib"):
        key = samples.loc[samples["pert_iname"] == name, "inchikey14"].iloc[0]
        names = {screen.genes.ids[i] for i in np.flatnonzero(row[key])}
        wanted = {f"target:{t}" for t in drugs.loc[name, "target"].split("|")}
        wanted |= {f"moa:{m}" for m in drugs.loc[name, "moa"].split("|")}
        assert names == wanted & set(screen.genes.ids)
        assert names


@pytest.mark.data
def test_rare_labels_can_be_left_out(read) -> None:
    few = read("hub_labels", least=30)
    assert few.values.sum(0).min() >= 30
    assert len(few.genes) < len(read("hub_labels").genes) / 5
    with pytest.raises(UsageError, match="least"):
        read("hub_labels", least=0)
