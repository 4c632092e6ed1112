"""Single cells as a folder of Cell Ranger's, and the tables a user puts beside: labels of cells, names of genes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from damage import damaged, keep_the_law, sentence_of, tries
from hypothesis import given
from hypothesis import strategies as st
from scipy import io as scipy_io
from scipy import sparse

from drugexp.intake.genes.own import own_names
from drugexp.intake.single_cell.baseline import cells_from_single_cell
from drugexp.intake.single_cell.pseudobulk import pseudobulk
from drugexp.intake.single_cell.source import open_cells

GENES = ("TP53", "MYC", "EGFR")
BARCODES = [f"AAAC{i}-{1 + i % 2}" for i in range(4)]


def _market() -> bytes:
    out = io.BytesIO()
    counts = np.random.default_rng(0).poisson(3, (len(GENES), len(BARCODES)))
    scipy_io.mmwrite(out, sparse.coo_matrix(counts), field="integer")
    return out.getvalue()


FEATURES = "".join(f"ENSG{i:011d}\t{name}\tGene Expression\n" for i, name in enumerate(GENES)).encode()
FOLDER = {"matrix.mtx": _market(), "barcodes.tsv": "\n".join(BARCODES).encode(), "features.tsv": FEATURES}
MARKETS = (
    b"%%MatrixMarket matrix coordinate integer general\n3 4 99999999999\n1 1 5\n",
    b"%%MatrixMarket matrix coordinate integer general\n3 4 1\n99999999999999999999 1 5\n",
    b"%%MatrixMarket matrix coordinate complex general\n3 4 1\n1 1 5 1\n",
    b"%%MatrixMarket matrix coordinate pattern general\n3 4 1\n1 1\n",
    b"%%MatrixMarket matrix array real general\n3 4\n" + b"1\n" * 12,
    b"%%MatrixMarket matrix coordinate integer symmetric\n3 4 1\n2 1 5\n",
    b"%%MatrixMarket vector coordinate integer general\n3 1\n2 5\n",
)
OBS = (b"barcode,patient,dose\n" + b"".join(f"{b},p{i % 2},{i}\n".encode() for i, b in enumerate(BARCODES)),)
NAMES = (
    b"id,symbol,entrez,ensembl\n200814_at,PSME1,5720,ENSG00000092010\nmine,TP53,,\nb,,1956,\n",
    b"probe\tgene_symbol\nx_at\tMYC\ny_at\tEGFR\n",
)
READS: dict[str, Callable[[Path], object]] = {
    "sums": lambda path: pseudobulk(path, ["sample"], min_cells=1),
    "baseline": cells_from_single_cell,
    "each cell": lambda path: cells_from_single_cell(path, per_cell=True),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cells"
    made.mkdir()
    for name, content in FOLDER.items():
        (made / name).write_bytes(content)
    return made


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_whole_folder_is_read(folder: Path, read: Callable[[Path], object]) -> None:
    assert sentence_of(lambda: read(folder), folder) is None


@pytest.mark.parametrize("name", FOLDER)
@tries(0.4)
@given(data=st.data())
def test_a_folder_of_cells(folder: Path, name: str, data: st.DataObject) -> None:
    odd = st.sampled_from(MARKETS) if name == "matrix.mtx" else st.binary(max_size=100)
    content = data.draw(damaged([FOLDER[name]]) | odd)
    packed = data.draw(st.booleans())
    if packed:
        content = data.draw(st.just(gzip.compress(content, mtime=0)) | damaged([gzip.compress(FOLDER[name], mtime=0)]))
    (folder / f"{name}.gz").unlink(missing_ok=True)
    (folder / (f"{name}.gz" if packed else name)).write_bytes(content)
    read = data.draw(st.sampled_from(sorted(READS)))
    sentence_of(lambda: READS[read](folder), folder)


@tries(0.4)
@given(content=damaged(OBS) | st.binary(max_size=200), ending=st.sampled_from([".csv", ".tsv", ".txt"]))
def test_labels_of_cells(tmp_path: Path, folder: Path, content: bytes, ending: str) -> None:
    def read(path: Path) -> None:
        with open_cells(folder, labels=path) as cells:
            assert len(cells.obs) == len(BARCODES)

    keep_the_law(read, tmp_path / f"obs{ending}", content)


@tries(0.4)
@given(content=damaged(NAMES) | st.binary(max_size=200), ending=st.sampled_from([".csv", ".tsv", ".txt"]))
def test_names_of_genes(tmp_path: Path, content: bytes, ending: str) -> None:
    keep_the_law(own_names, tmp_path / f"genes{ending}", content)


@pytest.mark.parametrize("content", NAMES)
def test_whole_names_of_genes_are_read(tmp_path: Path, content: bytes) -> None:
    assert keep_the_law(own_names, tmp_path / "genes.csv", content) is None
