"""h5ad: dense, sparse, layers and raw, read by blocks; lossless round trips."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from tables_of_expression import assert_same, expressions, plain, reads_or_is_told

from drugexp.contract.units import Unit
from drugexp.errors import InputError, PluginError, UsageError
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.h5ad import H5ad, from_anndata, open_h5ad, write_h5ad

anndata = pytest.importorskip("anndata")
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path: Path, layer: str | None = None) -> Expression:
    with open_h5ad(path, layer=layer) as file:
        return file.take()


def counts(rows: int = 40, columns: int = 12) -> sparse.csr_matrix:
    rng = np.random.default_rng(0)
    return sparse.csr_matrix(rng.poisson(0.4, size=(rows, columns)).astype(np.float32))


def cells(x: object) -> object:
    n, g = x.shape
    obs = pd.DataFrame({"patient": np.resize(["p1", "p2"], n)}, index=[f"c{i}" for i in range(n)])
    return anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(g)]))


@quick
@given(expressions())
def test_it_comes_back_as_it_went(tmp_path: Path, table: Expression) -> None:
    write_h5ad(table, tmp_path / "a.h5ad")
    found = read(tmp_path / "a.h5ad")
    assert found.values.dtype == table.values.dtype
    assert_same(found, table)


@pytest.mark.parametrize("kind", ["dense", "csr_matrix", "csc_matrix"])
def test_dense_and_sparse_give_the_same_parts(tmp_path: Path, kind: str) -> None:
    x = counts()
    stored = x.toarray() if kind == "dense" else getattr(sparse, kind)(x)
    cells(stored).write_h5ad(tmp_path / "a.h5ad")
    with open_h5ad(tmp_path / "a.h5ad") as file:
        assert file.shape == (40, 12)
        assert file.samples["patient"].iloc[:3].tolist() == ["p1", "p2", "p1"]
        found = file.take(samples=["c30", "c2"], genes=[11, 0, 5])
        np.testing.assert_array_equal(found.values, x.toarray()[[30, 2]][:, [11, 0, 5]])
        blocks = [b.values for b in file.blocks(16)]
        assert [len(b) for b in blocks] == [16, 16, 8]
        np.testing.assert_array_equal(np.concatenate(blocks), x.toarray())


def test_only_the_rows_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells(counts(2000)).write_h5ad(tmp_path / "a.h5ad")
    read, slab = [], H5ad._slab

    def spy(self: H5ad, rows: slice, columns: slice) -> np.ndarray:
        read.append((rows.start, rows.stop))
        return slab(self, rows, columns)

    monkeypatch.setattr(H5ad, "_slab", spy)
    with open_h5ad(tmp_path / "a.h5ad") as file:
        file.take(samples=[1500, 3, 4])
    assert read == [(3, 5), (1500, 1501)]


def test_what_is_taken_is_said(tmp_path: Path) -> None:
    data = cells(counts())
    data.raw = data
    data.layers["lognorm"] = counts().log1p()
    data.write_h5ad(tmp_path / "a.h5ad")
    assert read(tmp_path / "a.h5ad").notes == ("X was taken; the file also holds lognorm, raw",)
    found = read(tmp_path / "a.h5ad", "lognorm")
    np.testing.assert_array_equal(found.values, counts().log1p().toarray())
    np.testing.assert_array_equal(read(tmp_path / "a.h5ad", "raw").values, counts().toarray())
    with pytest.raises(UsageError, match="unknown layer 'lognrm'; nearest: lognorm"):
        read(tmp_path / "a.h5ad", "lognrm")


def test_without_x_the_only_layer_is_taken(tmp_path: Path) -> None:
    data = anndata.AnnData(obs=pd.DataFrame(index=["a", "b"]), var=pd.DataFrame(index=["g"]))
    data.layers["signal"] = np.array([[1.0], [2.0]])
    data.write_h5ad(tmp_path / "a.h5ad")
    found = read(tmp_path / "a.h5ad")
    assert found.notes == ("signal was taken",)
    assert found.values.ravel().tolist() == [1.0, 2.0]


def test_the_unit_comes_back_and_annotations_keep_their_types(tmp_path: Path) -> None:
    table = plain()
    samples = table.samples.assign(dose=[1.5, np.nan, 2], n=[1, 2, 3], control=[True, False, True])
    samples["mixed"] = np.array([1, "a", None], dtype=object)
    write_h5ad(Expression(table.values, samples, table.genes, unit=Unit.LOG2FC), tmp_path / "a.h5ad")
    found = read(tmp_path / "a.h5ad")
    assert found.unit is Unit.LOG2FC
    same = ["cell", "dose", "n", "control"]
    pd.testing.assert_frame_equal(found.samples[same], samples[same], check_index_type=False)
    assert found.samples["mixed"].iloc[:2].tolist() == ["1", "a"]


def test_an_object_in_memory(tmp_path: Path) -> None:
    found = from_anndata(cells(counts()))
    np.testing.assert_array_equal(found.values, counts().toarray())
    assert list(found.genes.index)[:2] == ["g0", "g1"]


def test_foreign_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.h5ad"
    with h5py.File(path, "w") as file:
        file["0/DATA/0/matrix"] = np.ones((2, 3))
    with pytest.raises(InputError, match=r"a\.h5ad: this HDF5 file is no h5ad: there is no obs"):
        open_h5ad(path)
    write_h5ad(plain(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cannot be read as HDF5.*cut off"):
        open_h5ad(path)


@settings(quick, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_read_or_are_refused(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    path = tmp_path / "a.h5ad"
    write_h5ad(plain(), path)
    content = bytearray(path.read_bytes())
    for at, byte in flips:
        content[at % len(content)] = byte
    path.write_bytes(content)
    reads_or_is_told(lambda: read(path), "a.h5ad")


def test_without_anndata_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(PluginError, match=r"pip install 'drugexp\[anndata\]'"):
        open_h5ad(tmp_path / "a.h5ad")
