"""Blocks of omics: how they come, what is summed up by gene, and which cells are one."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.omics.block_file import read_block
from drugexp.intake.omics.joining import join_blocks
from drugexp.intake.omics.kinds import KINDS
from drugexp.intake.omics.mudata import read_h5mu
from drugexp.intake.omics.regions import genes_at, region_of
from drugexp.intake.omics.sources import read_cells

CELLS = ("MCF-7", "A375")


def _file(tmp_path: Path, columns: dict[str, list[float]], cells: tuple[str, ...] = CELLS) -> Path:
    pd.DataFrame({"cell": cells, **columns}).to_csv(tmp_path / "block.csv", index=False)
    return tmp_path / "block.csv"


@pytest.mark.parametrize(
    ("kind", "values", "scale", "unit", "wanted"),
    [
        ("mutation", [0, 1], "calls", Unit.LABEL, [0, 1]),
        ("mutation", [0, 3], "counts", Unit.LABEL, [0, 1]),
        ("copy_number", [-1, 1], "calls", Unit.COPY_CALL, [-1, 1]),
        ("copy_number", [-0.5, 1.5], "log2", Unit.COPY_RATIO, [-0.5, 1.5]),
        ("copy_number", [1, 4], "copies", Unit.COPY_RATIO, [-1, 1]),
        ("methylation", [0.5, 1.0], "fractions", Unit.M_VALUE, [0, np.log2(1.01 / 0.01)]),
        ("methylation", [50, 100], "percent", Unit.M_VALUE, [0, np.log2(1.01 / 0.01)]),
        ("methylation", [-3.5, 1], "m-values", Unit.M_VALUE, [-3.5, 1]),
        ("protein", [-1.5, 20], "log2", Unit.PROTEIN, None),
        ("protein", [8, 1024], "amounts", Unit.PROTEIN, None),
        ("chromatin", [7, 1], "reads", Unit.SIGNAL, None),
        ("chromatin", [0.5, 1], "log2", Unit.SIGNAL, [0.5, 1]),
    ],
)
def test_how_values_come_is_told_by_the_values(tmp_path, kind, values, scale, unit, wanted) -> None:
    found = read_block(_file(tmp_path, {"TP53": values, "MYC": values[::-1]}), kind)
    assert f": read as {scale}" in found.notes[-1]
    assert found.block.unit is unit
    if wanted is not None:
        np.testing.assert_allclose(found.block.values[:, 0], wanted, rtol=1e-6)


def test_a_cell_s_proteins_are_centred_and_its_reads_a_share_of_all(tmp_path) -> None:
    protein = read_block(_file(tmp_path, {"A": [8, 16], "B": [16, 32], "C": [1024, 2048]}), "protein").block.values
    np.testing.assert_allclose(protein, [[-1, 0, 6], [-1, 0, 6]], atol=1e-6)
    reads = read_block(_file(tmp_path, {"A": [1, 10], "B": [3, 30]}), "chromatin").block.values
    np.testing.assert_allclose(reads[0], reads[1])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_stays_missing(tmp_path, kind) -> None:
    table = {"A": [1, np.nan], "B": [0, 1], "C": [1, 0]}
    found = read_block(_file(tmp_path, table), kind).block.values
    assert np.isnan(found).tolist() == [[False] * 3, [True, False, False]]


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("mutation", [0.5, 1], "are no mutations as calls or counts"),
        ("methylation", [0, 400], "fractions (0 to 1), percent (0 to 100)"),
        ("protein", [-100, 3], "are no amounts of proteins"),
    ],
)
def test_what_is_something_else_is_refused_with_the_valid_scales(tmp_path, kind, values, words) -> None:
    with pytest.raises(InputError, match=r"block\.csv") as caught:
        read_block(_file(tmp_path, {"A": values}), kind)
    assert words in str(caught.value)


def test_expression_is_standardised_only_where_that_is_said(tmp_path) -> None:
    file = _file(tmp_path, {"TP53": [-1.0, 0.5], "MYC": [1.0, -0.5]})
    cells, _ = read_cells({"expression": file}, scales={"expression": "standardised"})
    assert cells.blocks["expression"].unit is Unit.STANDARDISED
    assert cells.blocks["expression"].features.ids == ("TP53", "MYC")
    with pytest.raises(InputError):
        read_cells({"expression": file})


def test_unknown_kinds_and_scales_name_the_nearest(tmp_path) -> None:
    file = _file(tmp_path, {"A": [0, 1]})
    with pytest.raises(UsageError, match="methylation"):
        read_block(file, "metylation")
    with pytest.raises(UsageError, match="percent"):
        read_block(file, "methylation", scale="percents")


def test_regions_that_name_a_gene_are_summed_up_by_it(tmp_path) -> None:
    columns = {"TP53_17_1000_2000": [0.5, 1.0], "TP53_17_5000_6000": [0.5, 0.0], "MYC_8_1_9": [0.5, np.nan]}
    found = read_block(_file(tmp_path, columns), "methylation")
    assert found.block.features.ids == ("MYC", "TP53")
    assert found.block.values.tolist() == [[0.0, 0.0], pytest.approx([np.nan, 0.0], nan_ok=True)]
    assert "3 regions were summed up by the gene they name: 2 genes" in found.notes


def test_regions_without_a_gene_stay_regions_or_go_to_the_genes_that_they_touch(tmp_path) -> None:
    columns = {"chr1:9000-9500": [-3.0, 1.0], "chr1:20500-21000": [2.0, -2.0], "chr2:1-5": [7.0, -7.0]}
    file = _file(tmp_path, columns)
    kept = read_block(file, "methylation")
    assert kept.block.features.namespace == "region"
    assert kept.block.features.ids == tuple(columns)
    places = pd.DataFrame(
        {
            "gene": ["FORTH", "BACK"],
            "chromosome": ["chr1", "1"],
            "start": [10_000, 15_000],
            "end": [30_000, 20_000],
            "strand": ["+", "-"],
        }
    )
    promoter = read_block(file, "methylation", places=places).block
    assert promoter.features.ids == ("FORTH", "BACK")
    np.testing.assert_allclose(promoter.values, [[-3.0, 2.0], [1.0, -2.0]])
    body = read_block(file, "methylation", places=places, part="body").block
    assert body.features.ids == ("FORTH",)
    np.testing.assert_allclose(body.values, [[2.0], [-2.0]])


def test_genes_at_regions_are_those_of_a_search_through_all_pairs() -> None:
    rng = np.random.default_rng(0)
    start = rng.integers(0, 100_000, size=60)
    places = pd.DataFrame(
        {
            "gene": [f"G{i}" for i in range(60)],
            "chromosome": rng.choice(["1", "2"], size=60),
            "start": start,
            "end": start + rng.integers(100, 30_000, size=60),
            "strand": rng.choice(["+", "-"], size=60),
        }
    )
    regions = [region_of(f"chr{c}:{s}-{s + n}") for c, s, n in rng.integers([1, 0, 1], [3, 120_000, 3000], (200, 3))]
    for part in ("promoter", "body"):
        wanted = []
        for at, region in enumerate(regions):
            for g, row in enumerate(places.itertuples()):
                if row.chromosome != region.chromosome:
                    continue
                first, way = (row.start, 1) if row.strand == "+" else (row.end, -1)
                ends = sorted((first - way * 1500, first + way * 500))
                if part == "body":
                    ends = [row.start + 500, row.end] if way == 1 else [row.start, row.end - 500]
                if ends[0] < ends[1] and ends[0] < region.end and region.start < ends[1]:
                    wanted.append((at, g))
        assert genes_at(regions, places, part) == wanted


@pytest.mark.parametrize("name", ["TP53", "chr1:200-100", "A_B", "", "chr99x:1-2", "1_2"])
def test_what_is_no_region_is_none(name) -> None:
    assert region_of(name) is None


def test_cells_are_joined_by_letters_and_digits_but_not_where_these_are_two(tmp_path) -> None:
    one = read_block(_file(tmp_path, {"A": [1, 0, 1]}, ("MCF-7", "T-T", "TT")), "mutation")
    two = read_block(_file(tmp_path, {"B": [0, 1, 1]}, ("mcf7", "TT", "A375")), "mutation")
    cells, notes = join_blocks({"mutation": one, "copy_number": two})
    assert cells.ids == ("MCF-7", "T-T", "TT", "A375")
    np.testing.assert_array_equal(cells.blocks["mutation"].values[:, 0], [1, 0, 1, np.nan])
    np.testing.assert_array_equal(cells.blocks["copy_number"].values[:, 0], [0, np.nan, 1, 1])
    assert "mutation is not known of 1 of 4 cells" in notes
    assert "1 names that differ only by signs are different cells and are matched exactly" in notes


def test_modalities_of_a_mudata_file_are_blocks(tmp_path) -> None:
    anndata = pytest.importorskip("anndata")
    path = tmp_path / "all.h5mu"
    rng = np.random.default_rng(0)
    made = {
        name: anndata.AnnData(
            rng.random((2, 3)).astype(np.float32),
            obs=pd.DataFrame(index=list(CELLS)),
            var=pd.DataFrame(index=list("ABC")),
        )
        for name in ("rna", "Meth", "spatial")
    }
    with h5py.File(path, "w") as file:
        file.create_group("mod")
        for name, data in made.items():
            anndata.io.write_elem(file, f"mod/{name}", data)
    found = read_h5mu(path)
    assert sorted(found) == ["expression", "methylation"]
    np.testing.assert_allclose(found["methylation"].values, made["Meth"].X)
    assert sorted(read_h5mu(path, names={"spatial": "chromatin"})) == ["chromatin", "expression", "methylation"]
    with pytest.raises(UsageError, match="spatial"):
        read_h5mu(path, names={"spatail": "chromatin"})
    with pytest.raises(InputError, match="two modalities are expression"):
        read_h5mu(path, names={"spatial": "expression"})


def test_a_mudata_file_without_modalities_is_a_sentence(tmp_path) -> None:
    pytest.importorskip("anndata")
    with h5py.File(tmp_path / "x.h5mu", "w") as file:
        file["X"] = np.zeros(3)
    with pytest.raises(InputError, match="no MuData"):
        read_h5mu(tmp_path / "x.h5mu")


@pytest.mark.data
def test_real_blocks_of_cell_lines_are_read_and_joined(data_dir) -> None:
    names = {"mutation": "gdsc_ccle/mutation", "copy_number": "gdsc_ccle/copy_number"}
    read = {kind: read_block(data_dir / f"{file}.parquet", kind) for kind, file in names.items()}
    cells, _ = join_blocks(read)
    assert cells.blocks["mutation"].values.shape == (964, 6163)
    assert cells.blocks["copy_number"].unit is Unit.COPY_CALL
    methylation = read_block(data_dir / "methylation/methylation.parquet", "methylation")
    assert methylation.block.features.namespace == "symbol"
    assert len(methylation.block.features) == 581
    assert np.isfinite(methylation.block.values).all()


def test_blocks_come_out_of_files_and_of_one_mudata_file(tmp_path) -> None:
    anndata = pytest.importorskip("anndata")
    file = _file(tmp_path, {"A": [1, 0]})
    with h5py.File(tmp_path / "all.h5mu", "w") as opened:
        opened.create_group("mod")
        made = anndata.AnnData(np.array([[0.5], [0.5]]), obs=pd.DataFrame(index=["a375", "PC3"]))
        made.var_names = ["B"]
        anndata.io.write_elem(opened, "mod/meth", made)
    cells, notes = read_cells({"mutation": file, "methylation": tmp_path / "all.h5mu"})
    assert cells.ids == ("MCF-7", "A375", "PC3")
    np.testing.assert_array_equal(cells.blocks["methylation"].values[:, 0], [np.nan, 0, 0])
    assert "methylation is not known of 1 of 3 cells" in notes
    assert "mutation: mutations: read as calls" in notes
    with pytest.raises(UsageError, match="there is no mutation in it, but methylation"):
        read_cells({"mutation": tmp_path / "all.h5mu"})


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ({}, "no block was named"),
        ({"mutations": "x.csv"}, "mutation"),
        ({"protein": "gdsc_ccle"}, "has no block 'protein'; it has expression, mutation, copy_number"),
    ],
)
def test_blocks_that_are_not_there_are_a_sentence(blocks, words) -> None:
    with pytest.raises(UsageError, match=words):
        read_cells(blocks)


@pytest.mark.data
def test_blocks_of_data_sets_are_joined_by_the_cells_names(data_dir) -> None:
    cells, notes = read_cells(
        {"mutation": "gdsc_ccle", "copy_number": "gdsc_ccle", "methylation": "methylation"}, data_dir=data_dir
    )
    known = {name: np.isfinite(block.values).any(axis=1) for name, block in cells.blocks.items()}
    assert known["mutation"].sum() == 964
    assert known["methylation"].sum() == 561
    assert (known["mutation"] & known["methylation"]).sum() > 500
    assert f"methylation is not known of {len(cells.ids) - 561} of {len(cells.ids)} cells" in notes
