"""A user's own table of gene names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import InputError
from drugexp.intake.baseline_file import read_baseline
from drugexp.intake.genes import landmark_axis, own_names, reconcile

AXIS = landmark_axis()
# Probes of the L1000 as the examples of the cmapPy package show them (BSD-3-Clause).
PROBES = {"200814_at": "PSME1", "218597_s_at": "CISD1", "217140_s_at": "VDAC1"}


def test_probes_are_read_through_the_table_and_only_through_it() -> None:
    found = reconcile(list(PROBES), own=own_names(PROBES))
    assert [AXIS.ids[p] for p in found.positions] == list(PROBES.values())
    assert "3 by your table of genes" in found.sentence()
    assert (reconcile(list(PROBES)).positions < 0).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(12)), st.sampled_from(["symbol", "entrez", "ensembl"]))
def test_a_table_in_any_order_and_namespace_composes_with_the_shipped_one(order: list[int], namespace: str) -> None:
    shipped = pd.read_csv(
        Path(own_names.__code__.co_filename).with_name("landmark_genes.csv"), comment="#", dtype=str
    ).iloc[:12]
    table = pd.DataFrame({"id": [f"mine-{i}" for i in range(12)], namespace: shipped[namespace]}).iloc[order]
    found = reconcile([f"MINE-{i}" for i in range(12)], own=own_names(table))
    np.testing.assert_array_equal(found.positions, np.arange(12))


def test_it_settles_what_two_genes_have_carried_and_outranks_the_shipped_table() -> None:
    assert reconcile(["B3GNT1", "ERK"]).ambiguous == (("ERK", ("EPHB2", "MAPK1")),)
    settled = reconcile(["ERK"], own=own_names({"ERK": "EPHB2"}))
    assert AXIS.ids[settled.positions[0]] == "EPHB2"
    assert AXIS.ids[reconcile(["TP53"], own=own_names({"TP53": "MYC"})).positions[0]] == "MYC"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,symbol\na,TP53\na,MYC\n", r"'a' stands for TP53 in row 2 and for MYC in row 3\. Leave out"),
        ("id,symbol\na,TP53\n,MYC\n", r"row 3 has no id"),
        ("id,symbol\na,TP53\nb,\n", r"row 3 names no gene"),
        ("id,symbol,entrez\na,MYC,4609\nb,TP53,4609\n", r"row 3 names two genes: symbol TP53 and entrez 4609, .* MYC"),
        ("name,symbol\na,TP53\n", r"the columns are name, symbol; a column id \(or probe\)"),
        ("id,title\na,TP53\n", r"one of symbol, entrez and ensembl are expected"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_by_row(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "names.csv").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        own_names(tmp_path / "names.csv")
    assert "names.csv" in str(caught.value)


def test_one_gene_twice_is_no_contradiction_and_an_unknown_gene_is_named(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text("id\tprobe\tsymbol\tensembl\na\tp1\tCOQ8A\t\nA\tp2\tADCK3\t\nb\t\tNOGENE\t\n")
    table = own_names(tmp_path / "names.tsv")
    assert set(table.names) == {"A", "P1", "P2", "B"}
    assert len(table.notes) == 1
    assert "1 rows" in table.notes[0]
    assert "name no gene of HGNC" in table.notes[0]


def test_a_baseline_of_private_names_is_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(0, 12, (2, len(AXIS)))
    ids = [f"x{i:04d}" for i in range(len(AXIS))]
    pd.DataFrame(values, index=["a", "b"], columns=ids).to_csv(tmp_path / "cells.csv")
    pd.DataFrame({"id": ids, "symbol": AXIS.ids}).to_csv(tmp_path / "names.csv", index=False)
    with pytest.raises(InputError, match="--genes"):
        read_baseline(tmp_path / "cells.csv")
    cells, notes = read_baseline(tmp_path / "cells.csv", genes=own_names(tmp_path / "names.csv"))
    np.testing.assert_allclose(cells.blocks["expression"].values, values, rtol=1e-6)
    assert any("978 by your table of genes" in n for n in notes)
