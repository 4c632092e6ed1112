"""Gene names onto the landmark axis."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.contract import GeneAxis
from drugexp.intake import genes as home
from drugexp.intake.genes import landmark_axis, reconcile
from drugexp.intake.genes.table import gene_table

AXIS = landmark_axis()


def _shipped() -> pd.DataFrame:
    return pd.read_csv(Path(home.__file__).with_name("landmark_genes.csv"), comment="#", dtype=str)


def test_the_axis_is_reconciled_with_itself_in_any_namespace_and_order() -> None:
    table = _shipped()
    for namespace in ("symbol", "ensembl", "entrez"):
        found = reconcile(table[namespace].tolist()[::-1])
        assert found.namespace == namespace
        np.testing.assert_array_equal(found.positions, np.arange(978)[::-1])
        assert found.coverage == 1.0
        assert not found.unknown


def test_case_versions_and_older_symbols_are_understood() -> None:
    assert reconcile(["tP53"]).positions[0] == AXIS.ids.index("TP53")
    assert reconcile(["ENSG00000113552.17"]).positions[0] == AXIS.ids.index("GNPDA1")
    found = reconcile(["HLA.DMA", "ADCK3"])
    assert [AXIS.ids[p] for p in found.positions] == ["HLA-DMA", "COQ8A"]
    assert found.aliases == (("HLA.DMA", "HLA-DMA"), ("ADCK3", "COQ8A"))


def test_the_report_counts_what_was_found_and_lists_the_rest_shortly() -> None:
    names = [*AXIS.ids[:600], "ADCK3", "COQ8A", *(f"NOPE{i}" for i in range(9))]
    found = reconcile(names)
    sentence = found.sentence()
    covered = len(set(AXIS.ids[:600]) | {"COQ8A"})
    assert f"{covered} of 978 landmark genes found" in sentence
    assert "1 by another name (ADCK3 = COQ8A)" in sentence
    assert "COQ8A" in found.duplicated
    assert "averaged (COQ8A)" in sentence
    assert "9 names are no landmark gene (NOPE0, NOPE1, NOPE2, NOPE3, NOPE4 and 4 more)" in sentence
    assert f"{978 - covered} missing" in sentence


def test_approved_and_retired_symbols_of_the_table_are_read() -> None:
    # HGNC renamed AARS (to AARS1) and HN1L (to JPT2) at different times; the landmark table has AARS and JPT2.
    found = reconcile(["AARS1", "JPT2", "SKIC2", "hla.drA", "CTSL1"])
    assert [AXIS.ids[p] for p in found.positions] == ["AARS", "JPT2", "SKIV2L", "HLA-DRA", "CTSL"]
    assert [r.how for r in found.readings] == ["approved", "same", "approved", "retired", "retired"]


def test_a_name_that_two_genes_have_carried_is_not_guessed() -> None:
    found = reconcile(["ERK", "QARS", "TP53"])
    assert found.ambiguous == (("ERK", ("EPHB2", "MAPK1")), ("QARS", ("EPRS", "QARS1")))
    assert found.positions[:2].tolist() == [-1, -1]
    assert (
        "2 not read, since two genes carried the name (ERK = EPHB2 or MAPK1, QARS = EPRS or QARS1)" in found.sentence()
    )
    # The older L1000 files gave the Entrez id of B3GNT1, which HGNC's table has as a name of two genes.
    assert reconcile(["B3GNT1"]).aliases == (("B3GNT1", "B4GAT1"),)


def test_a_list_that_names_one_of_the_two_genes_settles_it() -> None:
    assert reconcile(["EPRS", "QARS"]).readings[1] == (-1, "retired", ("QARS1",))
    # SEPT6 was SEPTIN6, of which SEPT2 is another name; so SEPT2 is SEPTIN2 here.
    axis = GeneAxis(("SEPTIN2", "TP53"))
    assert reconcile(["SEPT2"], axis).ambiguous == (("SEPT2", ("SEPTIN2", "SEPTIN6")),)
    assert reconcile(["SEPT2", "SEPT6"], axis).positions.tolist() == [0, -1]
    assert reconcile(["ERK", "EPHB2", "MAPK1"]).positions[0] == -1


def test_another_name_is_not_read_beside_the_gene_itself() -> None:
    assert [AXIS.ids[p] for p in reconcile(["p53"]).positions] == ["TP53"]
    assert reconcile(["p53", "TP53"]).positions.tolist() == [-1, AXIS.ids.index("TP53")]
    # A retired symbol was the gene's symbol once: that is the gene twice.
    assert reconcile(["ADCK3", "COQ8A"]).duplicated == ("COQ8A",)


def test_no_symbol_of_another_gene_is_read_as_a_landmark() -> None:
    found = reconcile(gene_table().symbols)
    assert found.coverage == 1.0
    assert not found.duplicated
    assert not found.ambiguous


_SOME = st.sampled_from(
    ["TP53", "tp53", "AARS1", "AARS", "ADCK3", "COQ8A", "p53", "ERK", "QARS", "EPRS", "nope", "MYC"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_SOME, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_order_and_case_do_not_matter_and_reading_again_changes_nothing(names: list[str], random: Random) -> None:
    found = reconcile(names)
    order = list(range(len(names)))
    random.shuffle(order)
    np.testing.assert_array_equal(reconcile([names[i] for i in order]).positions, found.positions[order])
    np.testing.assert_array_equal(reconcile([n.swapcase() for n in names]).positions, found.positions)
    read = [AXIS.ids[p] for p in found.positions if p >= 0]
    np.testing.assert_array_equal(reconcile(read).positions, found.positions[found.positions >= 0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 977), min_size=1, max_size=8), st.integers(1, 40))
def test_versions_and_leading_zeros_do_not_matter(genes: list[int], version: int) -> None:
    table = _shipped().iloc[genes]
    np.testing.assert_array_equal(reconcile([f"{e}.{version}" for e in table["ensembl"]]).positions, genes)
    np.testing.assert_array_equal(reconcile([e.zfill(9) for e in table["entrez"]]).positions, genes)


def test_another_axis_is_read_by_the_same_table() -> None:
    axis = GeneAxis(("AARS1", "SEPTIN2", "TP53"))
    assert reconcile(["AARS", "septin2", "p53"], axis).positions.tolist() == [0, 1, 2]
    assert reconcile(["ENSG00000141510.3"], axis).positions.tolist() == [2]
    assert reconcile(["7157"], axis).sentence().startswith("1 of 3 genes found (33%, by entrez)")
    by_id = GeneAxis(("ENSG00000141510", "ENSG00000090861"), "ensembl")
    assert reconcile(["TP53", "AARS"], by_id).positions.tolist() == [0, 1]


def test_the_table_says_its_version_and_its_licence() -> None:
    assert gene_table().version.startswith("HGNC 20")
    with gzip.open(Path(home.__file__).with_name("human_genes.csv.gz"), "rt") as file:
        head = [next(file) for _ in range(3)]
    assert "CC0" in head[2]
    assert "sha256" in head[1]


def test_values_of_one_gene_are_merged_as_asked() -> None:
    found = reconcile(["COQ8A", "ADCK3", "TP53"])
    values = np.array([[3.0, 4.0, 1.0], [np.nan, 6.0, np.nan]])
    at = [AXIS.ids.index("COQ8A"), AXIS.ids.index("TP53")]
    for merge, expected in {"mean": 3.5, "sum": 7.0, "max": 4.0}.items():
        merged = found.collapse(values, merge)[:, at]
        np.testing.assert_array_equal(merged, [[expected, 1.0], [6.0, np.nan]])
    assert "summed (COQ8A)" in found.sentence("sum")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([*AXIS.ids[:6], "nope", "ADCK3"]), min_size=1, max_size=12), st.integers(0, 2**31))
def test_collapsing_is_the_mean_of_what_is_held(names: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, len(names)))
    values[rng.random(values.shape) < 0.3] = np.nan
    found = reconcile(names)
    collapsed = found.collapse(values)
    for p, gene in enumerate(AXIS.ids[:6]):
        for row in range(3):
            held = [v for v, n in zip(values[row], names, strict=True) if n == gene and np.isfinite(v)]
            expected = np.mean(held) if held else np.nan
            np.testing.assert_allclose(collapsed[row, p], expected)
    assert np.isnan(np.delete(collapsed, [*range(6), AXIS.ids.index("COQ8A")], axis=1)).all()


@pytest.mark.data
def test_the_shipped_table_is_that_of_the_data_folder(data_dir: Path) -> None:
    ours = _shipped()
    theirs = pd.read_csv(data_dir / "genes" / "landmark_genes.csv", dtype=str)
    assert ours[["symbol", "entrez", "ensembl"]].to_numpy().tolist() == theirs.iloc[:, :3].to_numpy().tolist()
    aliases = pd.read_csv(data_dir / "genes" / "symbol_aliases.csv")
    found = reconcile(aliases["old_symbol"].tolist())
    assert [AXIS.ids[p] for p in found.positions] == aliases["symbol"].tolist()
