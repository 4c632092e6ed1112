"""Cell Ranger's files (version 3, version 2, folders): the same cells, whichever way they are written."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import io, sparse

from drugexp.errors import InputError, UsageError
from drugexp.intake.single_cell.baseline import cells_from_single_cell, holds_single_cells
from drugexp.intake.single_cell.pseudobulk import pseudobulk
from drugexp.intake.single_cell.source import open_cells

CELLS, GENES = 30, ("TP53", "MYC", "EGFR", "ATF1")
IDS = tuple(f"ENSG{i:011d}" for i in (141510, 136997, 146648, 123268))
BARCODES = [f"AAAC{i:04d}-{1 + i % 2}" for i in range(CELLS)]
# The antibody stands in the middle, so that places after it move.
FEATURES = [*zip(IDS[:2], GENES[:2], strict=True), ("CD3", "CD3_TotalSeqB"), *zip(IDS[2:], GENES[2:], strict=True)]
TYPES = ["Gene Expression", "Gene Expression", "Antibody Capture", "Gene Expression", "Gene Expression"]
COUNTS = np.random.default_rng(0).poisson(3, size=(CELLS, len(FEATURES)))
OF_GENES = np.delete(COUNTS, 2, axis=1)


def _matrix(group: h5py.Group, counts: np.ndarray) -> None:
    stored = sparse.csc_matrix(counts.T)  # features x barcodes, by barcode
    group["data"], group["indices"] = stored.data.astype("i4"), stored.indices.astype("i8")
    group["indptr"], group["shape"] = stored.indptr.astype("i8"), np.array(stored.shape, dtype="i4")
    group["barcodes"] = np.array(BARCODES, dtype="S")


def version_3(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        _matrix(file.create_group("matrix"), COUNTS)
        about = file.create_group("matrix/features")
        about["id"] = np.array([f[0] for f in FEATURES], dtype="S")
        about["name"] = np.array([f[1] for f in FEATURES], dtype="S")
        about["feature_type"] = np.array(TYPES, dtype="S")
        about["genome"] = np.array(["GRCh38"] * len(FEATURES), dtype="S")
    return path


def version_2(path: Path, *genomes: str) -> Path:
    with h5py.File(path, "w") as file:
        for genome in genomes or ("hg19",):
            group = file.create_group(genome)
            _matrix(group, OF_GENES)
            group["genes"], group["gene_names"] = np.array(IDS, dtype="S"), np.array(GENES, dtype="S")
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    io.mmwrite(path / "plain.mtx", sparse.coo_matrix(COUNTS.T), field="integer")
    (path / "matrix.mtx.gz").write_bytes(gzip.compress((path / "plain.mtx").read_bytes()))
    (path / "plain.mtx").unlink()
    rows = "".join(f"{i}\t{name}\t{kind}\n" for (i, name), kind in zip(FEATURES, TYPES, strict=True))
    (path / "features.tsv.gz").write_bytes(gzip.compress(rows.encode(), mtime=0))
    (path / "barcodes.tsv").write_text("\n".join(BARCODES) + "\n")
    return path


MADE = {"version 3": version_3, "version 2": version_2, "folder": folder}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_sums_by_sample_are_exact_and_of_genes_alone(tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "cells.h5")
    for entries in (7, 10**6):
        bulk = pseudobulk(path, ["sample"], entries=entries)
        assert bulk.genes.ids == GENES
        assert bulk.groups["sample"].tolist() == ["1", "2"]
        np.testing.assert_array_equal(bulk.sums, [OF_GENES[0::2].sum(axis=0), OF_GENES[1::2].sum(axis=0)])
    assert any("1 features that are no genes" in note for note in bulk.notes) == (make is not version_2)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_cells_are_baselines(tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "cells.h5")
    assert holds_single_cells(path)
    cells, _ = cells_from_single_cell(path, per_cell=True)
    assert cells.ids == tuple(BARCODES)
    block = cells.blocks["expression"]
    at = block.features.positions(GENES)
    with np.errstate(invalid="ignore"):
        wanted = np.log2(OF_GENES / OF_GENES.sum(axis=1, keepdims=True) * 1e6 + 1)
    np.testing.assert_allclose(block.values[:, at[at >= 0]], wanted[:, at >= 0], rtol=1e-5)


def test_labels_come_out_of_a_table(tmp_path: Path) -> None:
    path, labels = version_3(tmp_path / "cells.h5"), tmp_path / "obs.csv"
    named = BARCODES[:20]
    labels.write_text("barcode,patient\n" + "".join(f"{b},p{i % 2}\n" for i, b in enumerate(reversed(named))))
    bulk = pseudobulk(path, ["patient"], labels=labels)
    assert bulk.groups["patient"].tolist() == ["", "p0", "p1"]
    np.testing.assert_array_equal(bulk.sums[0], OF_GENES[20:].sum(axis=0))
    np.testing.assert_array_equal(bulk.sums[1], OF_GENES[1:20:2].sum(axis=0))
    assert any("20 of 30 cells are labelled by" in note for note in bulk.notes)


@pytest.mark.parametrize(
    ("table", "kind", "sentence"),
    [
        ("cell,p\nx,1\n", InputError, r"obs\.csv: it names none of the cells: 'x' there, 'AAAC0000-1' in"),
        (
            f"cell,p\n{BARCODES[0]},1\n{BARCODES[0]},2\n",
            InputError,
            r"obs\.csv: row 3: the cell 'AAAC0000-1' stands twice",
        ),
        (
            f"cell,sample\n{BARCODES[0]},1\n",
            UsageError,
            r"obs\.csv: the column 'sample' stands in the file of cells too",
        ),
    ],
)
def test_labels_that_do_not_fit_are_told(tmp_path: Path, table: str, kind: type[Exception], sentence: str) -> None:
    (tmp_path / "obs.csv").write_text(table)
    with pytest.raises(kind, match=sentence):
        pseudobulk(version_3(tmp_path / "a.h5"), ["p"], labels=tmp_path / "obs.csv")


def test_a_damaged_table_of_contents_is_told(tmp_path: Path) -> None:
    path = version_3(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes().replace(b"TREE", b"TREF"))
    with pytest.raises(InputError, match=r"a\.h5: this HDF5 file is damaged"), open_cells(path):
        pass


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"a\.h5: it holds the counts of several genomes: hg19, mm10"),
        open_cells(version_2(tmp_path / "a.h5", "hg19", "mm10")),
    ):
        pass
    with pytest.raises(UsageError, match="has one matrix"), open_cells(version_3(tmp_path / "b.h5"), "raw"):
        pass
    with h5py.File(tmp_path / "b.h5", "r+") as file:
        file["matrix/shape"][0] = 7
    with (
        pytest.raises(InputError, match=r"its shape is \(.*7.*, for 5 features and 30 cells"),
        open_cells(tmp_path / "b.h5"),
    ):
        pass
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"] = 1
    with (
        pytest.raises(InputError, match=r"c\.h5: this is neither an h5ad file .* nor one of Cell Ranger"),
        open_cells(tmp_path / "c.h5"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("barcodes.tsv", b"a\nb\n", r"matrix\.mtx\.gz: it announces 5 features x 30 cells; the tables have 5 and 2"),
        ("matrix.mtx.gz", b"no gzip", r"matrix\.mtx\.gz: .*cannot be read"),
        (
            "matrix.mtx.gz",
            gzip.compress(b"%%MatrixMarket matrix coordinate integer general\n5 30 9999999999\n1 1 1\n", mtime=0),
            "too many",
        ),
        (
            "matrix.mtx.gz",
            gzip.compress(b"%%MatrixMarket matrix coordinate integer general\n5 30 2\n1 1 1\n", mtime=0),
            "cannot be read",
        ),
        ("features.tsv.gz", None, r"there is no features\.tsv or genes\.tsv\(\.gz\) in this folder"),
    ],
)
def test_damage_to_a_folder_is_told(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    path = folder(tmp_path / "f")
    (path / name).unlink()
    if content is not None:
        (path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence), open_cells(path):
        pass
