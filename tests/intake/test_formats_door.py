"""One door for all formats; the damage of spreadsheets; baselines that are the same whatever holds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake import baseline_scale
from drugexp.intake.baseline_file import baseline_from_expression, read_baseline
from drugexp.intake.formats.door import ENDINGS, open_expression, read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import Gctx, write_gctx
from drugexp.intake.formats.gene_dates import meant, mended
from drugexp.intake.formats.h5ad import from_anndata, write_h5ad
from drugexp.intake.formats.numbers import read_numbers
from drugexp.intake.formats.streams import text_writer
from drugexp.intake.genes import landmark_axis

GENES = landmark_axis().ids


def panel(genes: tuple[str, ...] = GENES, n: int = 3) -> Expression:
    values = np.random.default_rng(0).uniform(2, 14, size=(n, len(genes))).astype(np.float32).round(3)
    samples = annotation_table([f"s{i}" for i in range(n)], {"tissue": np.array(["lung"] * n, dtype=object)})
    return Expression(values, samples, annotation_table(genes))


def write_table(table: Expression, path: Path) -> None:
    frame = pd.DataFrame(table.values, columns=table.genes.index)
    frame = pd.concat([table.samples.reset_index(), frame], axis=1)
    if ".parquet" in path.suffixes:
        frame.to_parquet(path)
    else:
        with text_writer(path) as out:
            frame.to_csv(out, index=False, sep="\t" if ".tsv" in path.suffixes else ",")


WRITERS: dict[str, Callable[[Expression, Path], None]] = {
    **dict.fromkeys([".csv", ".tsv", ".tsv.gz", ".csv.zst", ".parquet"], write_table),
    **dict.fromkeys([".gct", ".gct.gz", ".gct.zst"], write_gct),
    ".gctx": write_gctx,
    ".h5ad": write_h5ad,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_the_same_table_and_the_same_cells_by_every_door(tmp_path: Path, ending: str) -> None:
    table, path = panel(), tmp_path / f"b{ending}"
    WRITERS[ending](table, path)
    found = read_expression(path)
    np.testing.assert_array_equal(found.values.astype(np.float32), table.values)
    assert list(found.samples.index) == list(table.samples.index)
    assert tuple(found.genes.index) == GENES
    assert found.samples["tissue"].tolist() == ["lung"] * 3
    part = read_expression(path, samples=["s2"], genes=[3, 1])
    np.testing.assert_array_equal(part.values.astype(np.float32), table.values[[2]][:, [3, 1]])
    cells, notes = read_baseline(path)
    assert cells.ids == ("s0", "s1", "s2")
    np.testing.assert_array_equal(cells.blocks["expression"].values, table.values)
    assert any("978 of 978 landmark genes found" in n for n in notes)


@pytest.mark.parametrize("ending", [".gct", ".gctx", ".h5ad"])
def test_genes_may_stand_in_an_annotation_and_either_way_round(tmp_path: Path, ending: str) -> None:
    table, path = panel(), tmp_path / f"b{ending}"
    genes = annotation_table([f"{i}_at" for i in range(978)], {"dose": np.arange(978), "pr_gene_symbol": GENES})
    named = Expression(table.values, table.samples, genes)
    for given in (named, named.turned()):
        WRITERS[ending](given, path)
        cells, notes = read_baseline(path)
        np.testing.assert_array_equal(cells.blocks["expression"].values, table.values)
        assert "gene names were taken from 'pr_gene_symbol'" in notes
    assert "the table had genes in its rows and was turned" in notes


def test_a_csv_of_genes_by_samples_with_two_columns_of_names(tmp_path: Path) -> None:
    table = panel()
    frame = pd.DataFrame(table.values.T, columns=list(table.samples.index))
    frame.insert(0, "gene_symbol", GENES)
    frame.insert(0, "probe", [f"{i}_at" for i in range(978)])
    frame.to_csv(tmp_path / "b.csv", index=False)
    cells, notes = read_baseline(tmp_path / "b.csv")
    np.testing.assert_array_equal(cells.blocks["expression"].values, table.values)
    assert cells.ids == ("s0", "s1", "s2")
    assert "gene names were taken from 'gene_symbol'" in notes


def test_only_landmark_genes_of_a_large_file_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = panel((*GENES[:600], *(f"OTHER{i}" for i in range(3000))))
    write_gctx(table, tmp_path / "b.gctx")
    read, slab = [], Gctx._slab

    def spy(self: Gctx, rows: slice, columns: slice) -> np.ndarray:
        read.append((rows.stop, columns.stop))
        return slab(self, rows, columns)

    monkeypatch.setattr(Gctx, "_slab", spy)
    monkeypatch.setattr(baseline_scale, "_LOOKED_AT", 1)
    cells, notes = read_baseline(tmp_path / "b.gctx")
    np.testing.assert_array_equal(cells.blocks["expression"].values[:, :600], table.values[:, :600])
    assert {rows for rows, columns in read if columns > 600} == {1}, "of those that tell the scale alone"
    assert "3000 names are no landmark gene" in " ".join(notes)


def test_a_layer_of_h5ad_may_be_named_and_anndata_given(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    table = panel()
    write_h5ad(
        Expression(table.values * 0 + 1, table.samples, table.genes), tmp_path / "b.h5ad", layers={"log": table.values}
    )
    cells, notes = read_baseline(tmp_path / "b.h5ad", layer="log")
    np.testing.assert_array_equal(cells.blocks["expression"].values, table.values)
    assert "log was taken; the file also holds X" in notes
    data = anndata.AnnData(
        table.values, var=pd.DataFrame({"gene_name": GENES}, index=[f"x{i}" for i in range(978)]), obs=table.samples
    )
    np.testing.assert_array_equal(
        baseline_from_expression(from_anndata(data))[0].blocks["expression"].values, table.values
    )


def test_a_file_that_says_it_holds_changes_is_no_baseline(tmp_path: Path) -> None:
    table = panel()
    write_gctx(
        Expression(table.values, table.samples.assign(unit="zscore"), table.genes, unit=Unit.ZSCORE),
        tmp_path / "b.gctx",
    )
    with pytest.raises(InputError, match="the file says it holds: z-score of the change"):
        read_baseline(tmp_path / "b.gctx")


def test_an_unknown_ending_and_a_packed_hdf5_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the ending '\.xlsx' is not known; valid: \.csv, .*\.h5ad"):
        read_baseline(tmp_path / "b.xlsx")
    with pytest.raises(InputError, match="Unpack it"), open_expression(tmp_path / "b.gctx.gz"):
        pass
    assert {"." + e.split(".")[1] for e in WRITERS} <= set(ENDINGS)


@pytest.mark.parametrize(
    ("written", "genes"),
    [
        ("2-Sep", ("SEPTIN2",)),
        ("Sep-02", ("SEPTIN2",)),
        ("2-Sep-02", ("SEPTIN2",)),
        ("2-Sep-2024", ("SEPTIN2",)),
        ("02. Sep", ("SEPTIN2",)),
        ("2002-09-02", ("SEPTIN2",)),
        ("2002-09-02 00:00:00", ("SEPTIN2",)),
        ("15-Sep", ("SELENOF",)),
        ("1-Mar", ("MARCHF1", "MTARC1")),
        ("5-Mrz", ("MARCHF5",)),
        ("1-Dez", ("DELEC1", "BHLHE40")),
        ("SEPT2", ()),
        ("MARCH1", ()),
        ("HLA-A", ()),
        ("NKX2-5", ()),
        ("31-Sep", ()),
        ("2002-13-02", ()),
    ],
)
def test_dates_that_were_genes(written: str, genes: tuple[str, ...]) -> None:
    assert meant(written) == genes


def test_no_landmark_gene_is_taken_for_a_date() -> None:
    assert mended(GENES) == (GENES, ())
    assert mended(["2-Sep", "3-Sep", "TP53"])[0] == ("2-Sep", "3-Sep", "TP53")  # days of samples, it seems


def test_gene_dates_in_a_baseline_are_named(tmp_path: Path) -> None:
    table = panel((*GENES, "2-Sep", "1-Mar"))
    write_table(table, tmp_path / "b.csv")
    _, notes = read_baseline(tmp_path / "b.csv")
    assert "2 gene names are dates that a spreadsheet made: 2-Sep was SEPTIN2, 1-Mar was MARCHF1 or MTARC1" in notes


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["5,25", "7", "", "-1,5e2"], [5.25, 7.0, np.nan, -150.0]),
        (["0,123", "12,345"], [0.123, 12.345]),
        (["5.25", "7"], [5.25, 7.0]),
    ],
)
def test_numbers_are_read_rightly_where_one_reading_stands(cells: list[str], wanted: list[float]) -> None:
    values, notes = read_numbers(pd.DataFrame({"g": cells}), "x.csv")
    np.testing.assert_array_equal(values.ravel(), wanted)
    assert bool(notes) == any("," in c for c in cells)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["7", "1,234"], "sample '1', gene 'g': '1,234' may be a decimal comma or a thousands separator"),
        (["5.25", "5,3"], "sample '1', gene 'g': '5,3' is not a number"),
        (["1", "1,234.5"], "'1,234.5' has a thousands separator"),
        (["1", "1.234.567,8"], "'1.234.567,8' has a thousands separator"),
        (["1", "1 234"], "'1 234' has a thousands separator"),
        (["5,3", "high"], "sample '0', gene 'g': '5,3' is not a number .*; 1 more like it"),
        (["1", "1_000"], "'1_000' is not a number"),
    ],
)
def test_numbers_that_could_be_two_things_are_refused(cells: list[str], sentence: str) -> None:
    with pytest.raises(InputError, match=f"x.csv: .*{sentence}"):
        read_numbers(pd.DataFrame({"g": cells}), "x.csv")


def test_a_table_saved_by_a_german_spreadsheet(tmp_path: Path) -> None:
    """Semicolons, decimal commas, a byte order mark and Windows line ends at once."""
    table = panel()
    frame = pd.DataFrame(table.values, index=table.samples.index, columns=list(GENES))
    text = frame.to_csv(sep=";", decimal=",", lineterminator="\r\n")
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    cells, notes = read_baseline(tmp_path / "b.csv")
    np.testing.assert_array_equal(cells.blocks["expression"].values, table.values)
    assert any("decimal comma" in n for n in notes)
