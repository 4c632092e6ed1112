"""The feature store: what goes in comes out, and trouble with its file is never the user's."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from drugexp.places import cache_folder
from drugexp.represent.cache import FeatureStore

NAME = ("counts", "1", "2025.3")
SMILES = [f"C{'C' * i}O" for i in range(1200)]
ROWS = np.random.default_rng(0).poisson(0.1, (1200, 64)).astype(np.uint8)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "features")
    assert store.get(NAME, SMILES) == {}
    store.put(NAME, SMILES, ROWS)
    found = store.get(NAME, [*SMILES, "c1ccccc1"])
    assert set(found) == set(SMILES)
    np.testing.assert_array_equal([found[s] for s in SMILES], ROWS)


@pytest.mark.parametrize("dtype", ["float32", "uint8", ">f8"])
def test_the_type_is_kept(tmp_path: Path, dtype: str) -> None:
    store = FeatureStore(tmp_path)
    rows = np.array([[1, 2.5, np.nan if "f" in dtype else 3]]).astype(dtype)
    store.put(NAME, ["C"], rows)
    found = store.get(NAME, ["C"])["C"]
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, rows[0])


def test_versions_lie_apart(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.put(NAME, ["C"], np.ones((1, 2), np.float32))
    assert store.get(("counts", "2", "2025.3"), ["C"]) == {}
    assert store.path(("a", "b-c")) != store.path(("a-b", "c"))
    assert store.path(("../../evil", "1")).parent == tmp_path


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 200, None])
def test_a_damaged_file_is_taken_away_and_written_anew(tmp_path: Path, damage: bytes | None) -> None:
    store = FeatureStore(tmp_path)
    store.put(NAME, SMILES, ROWS)
    path = store.path(NAME)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3] if damage is None else damage)
    assert len(store.get(NAME, SMILES)) < len(SMILES)
    store.put(NAME, SMILES, ROWS)
    if len(store.get(NAME, SMILES)) < len(SMILES):
        store.put(NAME, SMILES, ROWS)  # The first found the damage and took the file away.
    found = store.get(NAME, SMILES)
    np.testing.assert_array_equal([found[s] for s in SMILES], ROWS)


def test_a_damaged_row_is_not_given_out(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.put(NAME, SMILES, ROWS)
    with closing(sqlite3.connect(store.path(NAME))) as database, database:
        database.execute("UPDATE feature SET data = zeroblob(length(data)) WHERE rowid = 1")
        database.execute("UPDATE feature SET dtype = 'object' WHERE rowid = 2")
    found = store.get(NAME, SMILES)
    assert len(found) == len(SMILES) - 2
    np.testing.assert_array_equal(list(found.values()), [ROWS[SMILES.index(s)] for s in found])


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    store = FeatureStore(file / "features")
    store.put(NAME, SMILES, ROWS)
    assert store.get(NAME, SMILES) == {}


def _write(folder: Path, start: int) -> None:
    store = FeatureStore(folder)
    for at in range(start, 1200, 200):
        store.put(NAME, SMILES[at : at + 100], ROWS[at : at + 100])


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write, args=(tmp_path, start)) for start in (0, 100)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    found = FeatureStore(tmp_path).get(NAME, SMILES)
    np.testing.assert_array_equal([found[s] for s in SMILES], ROWS)


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path))
    assert FeatureStore.default().folder == tmp_path / "features"
    monkeypatch.delenv("DRUGEXP_CACHE")
    assert "drugexp" in str(cache_folder())
