"""Cleaned copies: every damage is mended and logged, the original stays, and cleaning twice changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from damaged import GENES, damaged, healthy
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp import api
from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.write import write_expression
from drugexp.intake.quality.clean import clean
from drugexp.intake.quality.measured import of_source
from drugexp.intake.quality.report import checked
from drugexp.preprocess.scale import Kind


def _table(values: object, samples: list[str], genes: list[str]) -> Expression:
    return Expression(np.array(values, dtype=float), annotation_table(samples), annotation_table(genes))


@pytest.mark.parametrize("ending", [".csv", ".gctx", ".h5ad"])
def test_a_damaged_file_becomes_clean_in_every_format(tmp_path: Path, ending: str) -> None:
    if ending == ".h5ad":
        pytest.importorskip("anndata")
    source, output = tmp_path / "a.csv", tmp_path / f"b{ending}"
    damaged().to_csv(source)
    before = source.read_bytes()
    made = api.clean(source, output)
    assert source.read_bytes() == before
    report = api.check(output)
    assert report.to_fix == 0, [f.sentence for f in report.findings if f.severity == "fix"]
    assert (report.samples, report.genes) == (95, len(GENES) - 1)
    again = api.clean(output, tmp_path / f"c{ending}")
    assert again.changes == ()
    np.testing.assert_allclose(read_expression(tmp_path / f"c{ending}").values, made.table.values, rtol=1e-15)
    assert list(read_expression(output).samples["plate"]) == list(made.table.samples["plate"])


def test_every_change_stands_in_the_log(tmp_path: Path) -> None:
    damaged().to_csv(tmp_path / "a.csv")
    made = api.clean(tmp_path / "a.csv", tmp_path / "b.csv", impute="mean")
    log = pd.read_csv(made.log, keep_default_na=False)
    assert made.log.name == "b.csv.log.csv"
    by = {what: rows.to_dict("records") for what, rows in log.groupby("what")}
    assert set(by) == {
        *("set to missing", "gene renamed", "genes merged", "sample renamed", "sample dropped"),
        "imputed",
    }
    (marked,) = by["set to missing"]
    assert (marked["sample"], marked["gene"], marked["before"], marked["after"]) == ("w9", GENES[1], "-666", "")
    assert [(r["before"], r["after"]) for r in by["gene renamed"]] == [("2-Sep", "SEPTIN2")]
    assert [(r["gene"], r["after"]) for r in by["genes merged"]] == [(GENES[1], "1 column (mean)")]
    assert [(r["before"], r["after"]) for r in by["sample renamed"]] == [("w39", "w39.2")]
    assert [r["sample"] for r in by["sample dropped"]] == ["w50"]
    assert sum(int(r["before"].split()[0]) for r in by["imputed"]) == 190
    values = made.table.values
    assert np.isfinite(values).all()
    known = read_expression(tmp_path / "b.csv")
    np.testing.assert_allclose(known.values, values, rtol=1e-15)


def test_what_was_measured_stays(tmp_path: Path) -> None:
    healthy().to_csv(tmp_path / "a.csv")
    made = api.clean(tmp_path / "a.csv", tmp_path / "b.csv")
    assert made.changes == ()
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "b.csv"), pd.read_csv(tmp_path / "a.csv"), check_dtype=False)


NAMES = st.sampled_from(["TP53", "MYC", "2-Sep", "SEPT2", "SEPTIN2", "ATP5S", "DMAC2L", "1-Mar", "EGFR", "EGFR.2", "x"])
VALUES = st.one_of(st.floats(0.0, 15.0), st.sampled_from([-666.0, np.nan, np.inf, 0.0]))


@settings(max_examples=25, deadline=None)
@given(st.data(), st.integers(1, 5), st.integers(1, 8))
def test_cleaning_twice_changes_nothing(data: st.DataObject, samples: int, genes: int) -> None:
    table = _table(
        data.draw(st.lists(st.lists(VALUES, min_size=genes, max_size=genes), min_size=samples, max_size=samples)),
        data.draw(st.lists(st.sampled_from(["a", "a.2", "b", "1"]), min_size=samples, max_size=samples)),
        data.draw(st.lists(NAMES, min_size=genes, max_size=genes)),
    )
    try:
        once, _ = clean(table)
    except InputError:
        held = np.where(np.isfinite(table.values) & (table.values > 0), 1, 0)
        assert not held.any()  # nothing was left
        return
    again, changes = clean(once)
    assert changes == []
    np.testing.assert_array_equal(again.values, once.values)
    assert once.samples.index.is_unique
    assert once.genes.index.is_unique
    assert checked(of_source(once)).to_fix == 0


def test_a_gene_measured_only_in_dropped_samples_goes_too() -> None:
    values = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, np.nan]])
    once, changes = clean(_table(values, ["a", "b"], ["TP53", "MYC", "EGFR"]))
    assert [(c.what, c.sample, c.gene) for c in changes] == [("sample dropped", "a", ""), ("gene dropped", "", "EGFR")]
    assert list(once.genes.index) == ["TP53", "MYC"]
    assert clean(once)[1] == []


def test_counts_of_one_gene_add_up_and_become_log2_cpm() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.lognormal(2, 2, 60), (4, 60)).astype(float)
    genes = [f"g{i}" for i in range(59)] + ["g0"]
    once, changes = clean(_table(counts, list("abcd"), genes), to="log2")
    merged = counts[:, :59].copy()
    merged[:, 0] += counts[:, 59]
    np.testing.assert_allclose(once.values, np.log2(merged / merged.sum(axis=1, keepdims=True) * 1e6 + 1), rtol=1e-5)
    assert once.unit is Unit.LOG2_EXPRESSION
    assert [c.what for c in changes] == ["genes merged", "scale"]
    assert changes[1].why == "log2(counts / total counts of the sample x 1e6 + 1)"
    assert clean(once, to="log2")[1] == []


@pytest.mark.parametrize("way", ["mean", "knn", "low-rank"])
def test_missing_values_are_estimated_near_the_truth(way: str) -> None:
    truth = healthy().drop(columns=["plate", "compound"])
    rng = np.random.default_rng(0)
    gone = rng.random(truth.shape) < 0.05
    table = _table(truth.mask(gone), list(truth.index), list(truth.columns))
    once, changes = clean(table, impute=way)
    np.testing.assert_array_equal(once.values[~gone], truth.to_numpy()[~gone])
    assert np.sqrt(np.mean((once.values - truth.to_numpy())[gone] ** 2)) < 0.7  # genes differ by 3
    assert sum(int(c.before.split()[0]) for c in changes) == gone.sum()


def test_the_gene_of_another_animal_keeps_its_name() -> None:
    genes = ["Trp53", "Sept2", "Myc", "Atp5s"]
    once, changes = clean(_table(np.arange(8).reshape(2, 4), ["a", "b"], genes))
    assert list(once.genes.index) == genes
    assert changes == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"to": "cpm"}, "unknown scale to convert to 'cpm'; valid: log2"),
        ({"impute": "median"}, "unknown way to impute 'median'"),
        ({"to": "log2", "scale": "zscores"}, "unknown scale of a baseline"),
    ],
)
def test_unknown_options_are_named(tmp_path: Path, options: dict[str, str], sentence: str) -> None:
    healthy().to_csv(tmp_path / "a.csv")
    with pytest.raises(UsageError, match=sentence):
        api.clean(tmp_path / "a.csv", tmp_path / "b.csv", **options)
    assert not (tmp_path / "b.csv").exists()


def test_the_original_is_never_overwritten_and_screens_are_not_mended(tmp_path: Path) -> None:
    healthy().to_csv(tmp_path / "a.csv")
    with pytest.raises(UsageError, match="would take the place of the original"):
        api.clean(tmp_path / "a.csv", tmp_path / "a.csv")
    with pytest.raises(UsageError, match="no file of expression"):
        api.clean(tmp_path / "a.screen", tmp_path / "b.csv")
    with pytest.raises(UsageError, match=r"unknown ending '\.xlsx'"):
        api.clean(tmp_path / "a.csv", tmp_path / "b.xlsx")


def test_what_is_not_clear_or_has_no_way_is_refused() -> None:
    changes = healthy().drop(columns=["plate", "compound"])
    centred = changes - changes.mean()
    table = _table(centred, list(centred.index), list(centred.columns))
    with pytest.raises(InputError, match=r"not clear what the values are.*--scale"):
        clean(table, to="log2")
    with pytest.raises(InputError, match="how far a gene moved"):
        clean(table, to="log2", scale=Kind.ZSCORE)
    counts = _table([[5.0, np.nan, 300], [0, 7, 90]], ["a", "b"], ["x", "y", "z"])
    with pytest.raises(InputError, match="missing counts are not estimated"):
        clean(counts, impute="mean")


@pytest.mark.parametrize("ending", [".csv", ".csv.zst", ".tsv", ".parquet", ".gct", ".gctx"])
def test_what_is_written_reads_back(tmp_path: Path, ending: str) -> None:
    table = Expression(
        np.array([[1.1, np.nan], [1 / 3, 2e-9]]),
        annotation_table(["a", "b"], {"plate": ["P1", "P2"]}),
        annotation_table(["TP53", "MYC"]),
    )
    write_expression(table, tmp_path / f"a{ending}")
    back = read_expression(tmp_path / f"a{ending}")
    np.testing.assert_array_equal(back.values, table.values)
    assert list(back.samples.index) == ["a", "b"]
    assert list(back.samples["plate"]) == ["P1", "P2"]
    assert list(back.genes.index) == ["TP53", "MYC"]
