"""Sums of cells by group: exact, in blocks, whatever the storage; bad counts are named."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from single_cell_files import write_cells

from drugexp.errors import InputError, UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.intake.single_cell.names import gene_names
from drugexp.intake.single_cell.pseudobulk import group_cells, pseudobulk, sum_cells
from drugexp.intake.single_cell.source import open_cells
from drugexp.intake.single_cell.sums import bad_count, group_sums

RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(0.7, size=(60, 7))
OBS = pd.DataFrame({"patient": np.resize(["p1", "p2", "p3"], 60), "treatment": ["ctrl"] * 35 + ["drug"] * 25})


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 30), st.sampled_from(["csr_array", "csc_array"]))
@settings(max_examples=30, deadline=None)
def test_group_sums_are_those_of_a_loop(seed: int, groups: int, cells: int, form: str) -> None:
    rng = np.random.default_rng(seed)
    counts, group = rng.integers(0, 2**40, (cells, 4)), rng.integers(-1, groups, cells)
    expected = np.zeros((groups, 4), dtype=np.int64)
    for row, at in zip(counts, group, strict=True):
        if at >= 0:
            expected[at] += row
    found = group_sums(getattr(sparse, form)(counts), group, groups)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found.toarray(), expected)


@pytest.mark.parametrize("form", ["dense", "csr", "csc"])
@pytest.mark.parametrize("entries", [1, 17, 10**6])
@pytest.mark.parametrize("dtype", ["float32", "int64", "uint16"])
def test_sums_are_exact_for_every_storage_and_block(tmp_path: Path, form: str, entries: int, dtype: str) -> None:
    path = write_cells(tmp_path / "a.h5ad", COUNTS.astype(dtype), OBS, form=form)
    found = pseudobulk(path, ["treatment", "patient"], min_cells=1, entries=entries)
    frame = pd.DataFrame(COUNTS).groupby([OBS["treatment"], OBS["patient"]]).sum()
    assert found.sums.dtype == np.int64
    np.testing.assert_array_equal(found.sums, frame.to_numpy())
    assert list(found.groups[["treatment", "patient"]].itertuples(index=False, name=None)) == list(frame.index)
    assert found.groups["n_cells"].sum() == 60


def test_sums_beyond_what_float32_can_hold(tmp_path: Path) -> None:
    counts = np.full((3, 1), 2**24 - 1, dtype=np.float32)
    path = write_cells(tmp_path / "a.h5ad", counts, OBS.iloc[:3])
    assert pseudobulk(path, [], min_cells=1).sums.tolist() == [[3 * (2**24 - 1)]]


def test_small_groups_are_listed_as_rejected(tmp_path: Path) -> None:
    obs = OBS.assign(patient=["p1"] * 57 + ["p2"] * 3)
    path = write_cells(tmp_path / "a.h5ad", COUNTS, obs)
    found = pseudobulk(path, ["patient"], min_cells=4)
    assert found.groups["patient"].tolist() == ["p1"]
    np.testing.assert_array_equal(found.sums[0], COUNTS[:57].sum(axis=0))
    assert found.rejected.to_dict("records") == [{"patient": "p2", "n_cells": 3, "reason": "fewer than 4 cells"}]
    with pytest.raises(InputError, match="no group has 100 cells; the largest has 57"):
        pseudobulk(path, ["patient"], min_cells=100)


@pytest.mark.parametrize(
    ("value", "what"), [(-1.0, "-1 is negative"), (0.5, "0.5 is a fraction"), (np.nan, "not a number"), (np.inf, "inf")]
)
@pytest.mark.parametrize("form", ["dense", "csr", "csc"])
def test_what_is_no_count_is_named_with_its_cell_and_gene(tmp_path: Path, value: float, what: str, form: str) -> None:
    counts = COUNTS.astype(np.float32)
    counts[41, 3] = value
    path = write_cells(tmp_path / "a.h5ad", counts, OBS, form=form)
    with pytest.raises(InputError, match=what) as refused:
        pseudobulk(path, ["patient"], entries=50)
    assert "cell 'cell41', gene 'g3'" in str(refused.value)


def test_bad_counts_are_found_in_any_type() -> None:
    assert bad_count(np.array([0, 3], dtype=np.uint8)) is None
    assert bad_count(np.array([0, -3], dtype=np.int8)) == (1, "negative")
    assert bad_count(np.array([-np.inf])) == (0, "infinite")


def test_counts_are_found_in_their_layer(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "a.h5ad", COUNTS, OBS, layer="counts")
    np.testing.assert_array_equal(pseudobulk(path, []).sums[0], COUNTS.sum(axis=0))
    with pytest.raises(InputError, match=r"is a fraction; counts are expected in 'X'.*--layer"):
        pseudobulk(path, [], layer="X")
    with pytest.raises(InputError, match="unknown layer 'count'; nearest: counts"):
        pseudobulk(path, [], layer="count")


def test_groups_keep_what_is_constant_in_them() -> None:
    obs = pd.DataFrame({"a": ["x", "y", "x"], "b": ["1", "2", "1"], "c": ["1", "2", "3"], "d": [None, "k", None]})
    code, table = group_cells(obs, ["a"], ["b"], where="f")
    assert code.tolist() == [0, 1, 0]
    assert table.to_dict("list") == {"a": ["x", "y"], "b": ["1", "2"], "n_cells": [2, 1]}
    assert group_cells(obs, ["d"], where="f")[1]["d"].tolist() == ["", "k"]
    with pytest.raises(InputError, match=r"column 'c' holds '3' and '1' in one group.*--by c"):
        group_cells(obs, ["a"], ["c"], where="f")
    with pytest.raises(UsageError, match="unknown column of cells 'A'; nearest: a"):
        group_cells(obs, ["A"], where="f")


def test_genes_are_named_by_the_column_that_covers_most_landmarks() -> None:
    landmarks = list(landmark_axis().ids[:3])
    var = pd.DataFrame({"symbol": [*landmarks[:2], landmarks[0]]}, index=["ENSG01", "ENSG02", "ENSG03"])
    found = gene_names(var)
    assert found.source == "symbol"
    assert found.axis.ids == tuple(landmarks[:2])
    assert found.position.tolist() == [0, 1, 0]
    assert gene_names(var, "index").axis.ids == ("ENSG01", "ENSG02", "ENSG03")
    assert gene_names(pd.DataFrame({"symbol": ["", "b"]}, index=["g1", "g2"])).source == "index"
    with pytest.raises(InputError, match="unknown column of genes 'symbl'; nearest: symbol"):
        gene_names(var, "symbl")
    with pytest.raises(InputError, match="gene 1 has no name"):
        gene_names(pd.DataFrame({"symbol": ["", "b"]}, index=["g1", "g2"]), "symbol")


def test_genes_of_one_name_are_added_up(tmp_path: Path) -> None:
    a, b = landmark_axis().ids[:2]
    path = write_cells(
        tmp_path / "a.h5ad", COUNTS[:, :3], OBS, var=pd.DataFrame({"symbol": [a, b, a]}, index=list("xyz"))
    )
    found = pseudobulk(path, [])
    total = COUNTS.sum(axis=0)
    assert found.genes.ids == (a, b)
    assert found.sums.tolist() == [[total[0] + total[2], total[1]]]


def test_damaged_files_are_a_sentence(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "a.h5ad", COUNTS, OBS)
    with h5py.File(path, "r+") as file:
        file["X/indices"][5] = 99
    with pytest.raises(InputError, match="an index leads out of the matrix"):
        pseudobulk(path, [])
    with h5py.File(path, "r+") as file:
        del file["X"].attrs["encoding-type"]
    with pytest.raises(InputError, match="'X' is stored in a way that is not known"):
        pseudobulk(path, [])
    (tmp_path / "b.h5ad").write_bytes(b"no such thing")
    with pytest.raises(InputError, match="cannot be read as HDF5"):
        pseudobulk(tmp_path / "b.h5ad", [])
    with pytest.raises(InputError, match="no such file"):
        pseudobulk(tmp_path / "c.h5ad", [])
    with h5py.File(tmp_path / "d.h5ad", "w") as file:
        file["X"] = np.zeros(3)
    with pytest.raises(InputError, match="lacks obs or var"):
        pseudobulk(tmp_path / "d.h5ad", [])


def _many_cells(path: Path, cells: int) -> Path:
    """Write `cells` x 2,000 genes, 20 counts a cell, without holding them as anything but their indices."""
    anndata = pytest.importorskip("anndata")
    indices = np.random.default_rng(0).integers(0, 2000, cells * 20, dtype=np.int32)
    matrix = sparse.csr_matrix((np.ones(cells * 20, dtype=np.int8), indices, np.arange(cells + 1) * 20), (cells, 2000))
    obs = pd.DataFrame({"group": pd.Categorical.from_codes(np.arange(cells) % 5, list("abcde"))})
    obs.index = obs.index.astype(str)
    anndata.AnnData(matrix, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(2000)])).write_h5ad(path)
    return path


def _peak(path: Path) -> int:
    """Return the bytes in use at the worst moment of summing, beyond the table of cells."""
    with open_cells(path) as cells:
        code, _ = group_cells(cells.obs, ["group"], where="f")
        names = gene_names(cells.var)
        tracemalloc.start()
        sums = sum_cells(cells, code, 5, names, entries=100_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert sums.sum() == 20 * len(code)
    return peak


def test_memory_does_not_grow_with_the_counts(tmp_path: Path) -> None:
    few, many = (_peak(_many_cells(tmp_path / f"{cells}.h5ad", cells)) for cells in (50_000, 200_000))
    # Only where each cell begins is held for all; the counts of the 150,000 more cells would take 36 MB and more.
    assert many - few <= 150_000 * 40
    assert many < 20e6
