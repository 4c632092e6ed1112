"""Damages HDF5 files and reads them, many times: the program of `test_fuzz_hdf5`.

python hdf5_damages.py FOLDER
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from damage import sentence_of, tries
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from drugexp.intake.baseline_file import read_baseline
from drugexp.intake.formats import hdf5_guard
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.screens import read_screen_table
from drugexp.intake.single_cell.baseline import cells_from_single_cell
from drugexp.intake.single_cell.pseudobulk import pseudobulk

hdf5_guard.SECONDS = 1.5
GENES = ["TP53", "MYC", "EGFR", "PSME1", "ATF1"]


def whole(kind: str, path: Path) -> bytes:
    """Return a small valid file."""
    draw = np.random.default_rng(0)
    if kind == "gctx":
        values = draw.normal(size=(6, 5)).astype("f4")
        about = {"cell": ["A"] * 6, "dose": np.arange(6.0)}
        write_gctx(
            Expression(values, annotation_table([f"s{i}" for i in range(6)], about), annotation_table(GENES)), path
        )
    elif kind == "h5":
        stored = sparse.csc_matrix(draw.poisson(2, size=(5, 12)))
        with h5py.File(path, "w") as file:
            for name in ("data", "indices", "indptr"):
                file[f"matrix/{name}"] = getattr(stored, name)
            file["matrix/shape"] = np.array(stored.shape)
            file["matrix/barcodes"] = np.array([f"AAAC{i}-{i % 2}" for i in range(12)], dtype="S")
            for name, texts in {"id": GENES, "name": GENES, "feature_type": ["Gene Expression"] * 5}.items():
                file[f"matrix/features/{name}"] = np.array(texts, dtype="S")
    else:
        import anndata

        counts = sparse.csr_matrix(draw.poisson(1, size=(12, 5)).astype("f4"))
        obs = pd.DataFrame({"p": ["a", "b"] * 6}, index=[f"c{i}" for i in range(12)])
        anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=GENES)).write_h5ad(path, compression="gzip")
    return path.read_bytes()


READERS = {
    "h5": (lambda path: pseudobulk(path, ["sample"], min_cells=1), lambda path: cells_from_single_cell(path)),
    "gctx": (read_expression, read_screen_table, read_baseline),
    "h5ad": (read_expression, lambda path: pseudobulk(path, ["p"], min_cells=1), read_screen_table),
}


def try_damages(kind: str, folder: Path) -> None:
    """Damage a file of one kind and read it, many times."""
    content = whole(kind, folder / f"whole.{kind}")
    # Most of a file is room for values; faults are drawn where it is not zero.
    full = [i for i, byte in enumerate(content) if byte]
    path = folder / f"a.{kind}"

    @tries(0.25)
    @given(
        reader=st.sampled_from(READERS[kind]),
        changes=st.lists(st.tuples(st.sampled_from(full), st.integers(0, 255)), min_size=1, max_size=8),
        cut=st.none() | st.integers(0, len(content)),
    )
    def one(reader: object, changes: list[tuple[int, int]], cut: int | None) -> None:
        damaged = bytearray(content)
        for at, byte in changes:
            damaged[at] = byte
        path.write_bytes(damaged[:cut])
        sentence_of(lambda: reader(path), path)  # type: ignore[operator]

    one()


def main(folder: Path) -> None:
    """Try all kinds; say which have kept the law."""
    os.environ["DRUGEXP_CACHE"] = str(folder / "cache")
    warnings.simplefilter("ignore")
    for kind in READERS:
        try_damages(kind, folder)
        print(kind, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
