"""GCTX: files as published, lossless round trips, and no more read than asked for."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables_of_expression import assert_same, expressions, plain, reads_or_is_told

from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gctx import Gctx, gctx_writer, open_gctx, write_gctx
from drugexp.intake.formats.lazy import gather, runs

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def published(path: Path, *, text: object) -> np.ndarray:
    """Write a file as the Connectivity Map lays it out, by h5py alone; return its matrix."""
    samples, genes = 7, 5
    values = np.random.default_rng(0).normal(size=(samples, genes)).astype("<f4")
    with h5py.File(path, "w") as file:
        file.attrs["version"] = np.array([b"GCTX1.0"])
        file.create_dataset("0/DATA/0/matrix", data=values, chunks=(3, 2), compression="gzip")
        row, col = file.create_group("0/META/ROW"), file.create_group("0/META/COL")
        row.create_dataset("id", data=np.array([str(100 + i) for i in range(genes)], dtype=text))
        row.create_dataset(
            "pr_gene_symbol", data=np.array(["DDR1", "PAX8", "-666", "CCL5", "TP53"][:genes], dtype=text)
        )
        row.create_dataset("pr_is_lm", data=np.arange(genes) % 2)
        col.create_dataset("id", data=np.array([f"CPC004_A375_6H:BRD-K{i}:10" for i in range(samples)], dtype=text))
        col.create_dataset("pert_dose", data=np.array([-666.0, *range(1, samples)]))
        col.create_dataset("distil_cc_q75", data=np.linspace(0, 1, samples, dtype="f4"))
    return values


@pytest.mark.parametrize(
    "text", ["S", h5py.string_dtype(), h5py.string_dtype("ascii")], ids=["bytes", "utf-8", "ascii"]
)
def test_a_published_file_is_read(tmp_path: Path, text: object) -> None:
    values = published(tmp_path / "a.gctx", text=text)
    with open_gctx(tmp_path / "a.gctx") as file:
        assert file.shape == (7, 5)
        assert list(file.gene_ids) == ["100", "101", "102", "103", "104"]
        assert file.genes["pr_gene_symbol"].tolist() == ["DDR1", "PAX8", "", "CCL5", "TP53"]
        assert file.genes["pr_is_lm"].tolist() == [0, 1, 0, 1, 0]
        assert file.samples["pert_dose"].isna().tolist() == [True] + [False] * 6
        found = file.take(samples=["CPC004_A375_6H:BRD-K5:10", "CPC004_A375_6H:BRD-K0:10"], genes=[4, -5])
        assert found.values.dtype == np.float32
        np.testing.assert_array_equal(found.values, values[[5, 0]][:, [4, 0]])
        assert list(found.genes.index) == ["104", "100"]
        np.testing.assert_array_equal(file.take(genes=np.arange(5) > 2, samples=slice(1, 3)).values, values[1:3, 3:])
        assert file.take(samples=[]).values.shape == (0, 5)


@quick
@given(expressions())
def test_it_comes_back_as_it_went(tmp_path: Path, table: Expression) -> None:
    write_gctx(table, tmp_path / "a.gctx")
    with open_gctx(tmp_path / "a.gctx") as file:
        found = file.take()
    assert found.values.dtype == table.values.dtype
    assert_same(found, table)


def test_numbers_and_truths_keep_their_types(tmp_path: Path) -> None:
    samples = annotation_table(
        ["s1", "s2"], {"unit": ["zscore"] * 2, "dose": [1.5, np.nan], "plate": [1, 2], "control": [True, False]}
    )
    write_gctx(Expression(np.ones((2, 1)), samples, annotation_table(["g"])), tmp_path / "a.gctx")
    with open_gctx(tmp_path / "a.gctx") as file:
        pd.testing.assert_frame_equal(file.samples.drop(columns="unit"), samples.drop(columns="unit"))
        assert file.take().unit is Unit.ZSCORE


def test_blocks_are_appended_and_read_in_blocks(tmp_path: Path) -> None:
    whole = plain(samples=10)
    with gctx_writer(tmp_path / "a.gctx", whole.genes) as out:
        for start in (0, 4, 8):
            part = whole.take(slice(start, start + 4))
            out.append(part.values, part.samples)
    with open_gctx(tmp_path / "a.gctx") as file:
        assert_same(file.take(), whole)
        assert [len(b.values) for b in file.blocks(3)] == [3, 3, 3, 1]
        np.testing.assert_array_equal(np.concatenate([b.values for b in file.blocks(3)]), whole.values)


def test_few_rows_of_many_cost_few_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(tmp_path / "a.gctx", "w") as file:
        matrix = file.create_dataset("0/DATA/0/matrix", (50_000, 978), "f4", chunks=(256, 978))  # nothing is stored
        matrix[40_000] = 1.0
        file["0/META/ROW/id"] = np.arange(978).astype("S")
        file["0/META/COL/id"] = np.arange(50_000).astype("S")
    read = []
    slab = Gctx._slab

    def spy(self: Gctx, rows: slice, columns: slice) -> np.ndarray:
        read.append((rows.start, rows.stop, columns.start, columns.stop))
        return slab(self, rows, columns)

    monkeypatch.setattr(Gctx, "_slab", spy)
    with open_gctx(tmp_path / "a.gctx") as file:
        assert file.samples.shape == (50_000, 0)
        assert read == []
        found = file.take(samples=["40000", "7", "3", "40001"], genes=["5", "900", "2"])
    assert read == [(3, 8, 2, 6), (40_000, 40_002, 2, 6), (3, 8, 900, 901), (40_000, 40_002, 900, 901)]
    np.testing.assert_array_equal(found.values, [[1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])


@settings(max_examples=80, deadline=None)
@given(st.data(), st.integers(1, 6), st.integers(1, 60))
def test_gathering_is_fancy_indexing(data: st.DataObject, gap: int, longest: int) -> None:
    table = np.arange(40 * 9).reshape(40, 9).astype(np.float32)
    rows = np.array(data.draw(st.lists(st.integers(0, 39), max_size=12)), dtype=np.int64)
    columns = np.array(data.draw(st.lists(st.integers(0, 8), max_size=9)), dtype=np.int64)
    np.testing.assert_array_equal(gather(lambda r, c: table[r, c], rows, columns, table.dtype), table[rows][:, columns])
    cut = runs(np.sort(rows), gap, longest)
    assert [i for start, stop in cut for i in range(start, stop)] == list(range(len(rows)))
    assert all(np.ptp(np.sort(rows)[start:stop]) < longest for start, stop in cut)


def test_asking_for_what_is_not_there(tmp_path: Path) -> None:
    write_gctx(plain(), tmp_path / "a.gctx")
    with open_gctx(tmp_path / "a.gctx") as file:
        with pytest.raises(InputError, match=r"a\.gctx: unknown sample 's9'; valid: s0, s1, s2"):
            file.take(samples=["s1", "s9"])
        with pytest.raises(InputError, match="there is no gene at position 4; there are 4"):
            file.take(genes=[0, 4])
        with pytest.raises(InputError, match="a mask of shape"):
            file.take(genes=np.ones(3, dtype=bool))


def test_damaged_and_foreign_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gctx"
    published(path, text="S")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"a\.gctx: cannot be read as HDF5.*cut off"):
        open_gctx(path)
    path.write_bytes(b"#1.3\n")
    with pytest.raises(InputError, match="cannot be read as HDF5"):
        open_gctx(path)
    with h5py.File(path, "w") as file:
        file["X"] = np.ones(3)
    with pytest.raises(InputError, match="this HDF5 file is no GCTX: there is no /0/DATA/0/matrix"):
        open_gctx(path)
    with h5py.File(path, "w") as file:
        file["0/DATA/0/matrix"] = np.ones((2, 3))
        file["0/META/ROW/id"], file["0/META/COL/id"] = [b"a", b"b"], [b"s"] * 3
    with pytest.raises(InputError, match=r"the matrix \(2, 3\) does not fit 3 sample ids x 2 gene ids"):
        open_gctx(path)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_read_or_are_refused(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    path = tmp_path / "a.gctx"
    published(path, text="S")
    content = bytearray(path.read_bytes())
    for at, byte in flips:
        content[at % len(content)] = byte
    path.write_bytes(content)
    reads_or_is_told(lambda: read(path), "a.gctx")


def read(path: Path) -> Expression:
    with open_gctx(path) as file:
        return file.take()


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    whole = plain()
    for values, error in ((whole.values[:, :2], UsageError), (None, AttributeError)):
        with pytest.raises(error), gctx_writer(tmp_path / "a.gctx", whole.genes) as out:
            out.append(values, whole.samples)
    with pytest.raises(UsageError, match="cannot be called 'a/b'"):
        write_gctx(Expression(whole.values, whole.samples.assign(**{"a/b": 1}), whole.genes), tmp_path / "a.gctx")
    assert not list(tmp_path.iterdir())
