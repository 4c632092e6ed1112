"""What stands in the folder of a screen is taken for whole only if it is."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import time

import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import DataError, UsageError
from drugexp.intake.atomic import remove_partials
from drugexp.screening.folder import Folder
from drugexp.screening.read import profiles

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def asked(bundles, tmp_path_factory):
    """A library of four shards, with one row in each that cannot be read."""
    library = tmp_path_factory.mktemp("library") / "x.smi"
    library.write_text("".join(f"{'C1CC' if i % 8 == 3 else SMILES[i]} n{i}\n" for i in range(32)))
    return {"library": library, "model": bundles["zscore"], "cells": ["MCF7"], "shard": 8, "workers": 1}


@pytest.fixture(scope="module")
def finished(asked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "out"
    return folder, drugexp.screen(output=folder, **asked)


@pytest.fixture
def out(finished, tmp_path):
    """A finished screen of one's own; times of files are kept."""
    return shutil.copytree(finished[0], tmp_path / "out")


def made_again(asked, out, finished, **options):
    """Return which shards were made, after the same screen with the same end."""
    told = {}
    found = drugexp.screen(
        output=out, tell=lambda made: told.update({made.receipt.shard: made.resumed}), **asked | options
    )
    assert found == finished[1]
    assert (out / "rejects.csv").read_bytes() == (finished[0] / "rejects.csv").read_bytes()
    return [shard for shard, resumed in told.items() if not resumed]


RUBBISH = {
    "no JSON": "{",
    "no text": b"\xff\xfe\x00",
    "no object": "[1, 2]",
    "nothing": "",
    "too deep": "[" * 100_000,
    "another field": lambda told: {**told, "more": 1},
    "a field less": lambda told: {k: v for k, v in told.items() if k != "kept"},
    "words for a number": lambda told: {**told, "kept": "many"},
    "below nothing": lambda told: {**told, "rejected": -1},
    "true for a number": lambda told: {**told, "first": True},
    "no hash": lambda told: {**told, "digest": "not a hash"},
    "a hash of nothing": lambda told: {**told, "sha256": ""},
    "of another shard": lambda told: {**told, "shard": 2},
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH)
def test_a_receipt_with_rubbish_in_it_is_none(out, rubbish):
    path = out / "shards" / "shard-000001.json"
    if callable(rubbish):
        rubbish = json.dumps(rubbish(json.loads(path.read_text())))
    path.write_bytes(rubbish if isinstance(rubbish, bytes) else rubbish.encode())
    assert Folder(out).receipt(0) is not None
    assert Folder(out).receipt(1) is None


def test_shards_without_a_good_receipt_are_made_again(asked, out, finished):
    (out / "shards" / "shard-000001.json").write_text(json.dumps({"shard": 1}))
    (out / "shards" / "shard-000003.json").unlink()
    assert made_again(asked, out, finished) == [1, 3]


def _changed(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    times = path.stat()
    path.write_bytes(content)
    return times


def test_other_bytes_of_the_same_size_are_seen_where_they_were_written_later(asked, out, finished):
    _changed(out / "shards" / "shard-000002.parquet")
    _changed(out / "rejects" / "shard-000000.csv")
    assert made_again(asked, out, finished) == [0, 2]


def test_verify_reads_everything(asked, out, finished):
    path = out / "shards" / "shard-000002.parquet"
    times = _changed(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert made_again(asked, out, finished) == []
    assert made_again(asked, out, finished, verify=True) == [2]
    assert made_again(asked, out, finished, verify=True) == []


def test_lost_rejected_rows_are_made_again(asked, out, finished):
    (out / "rejects" / "shard-000001.csv").unlink()
    assert made_again(asked, out, finished) == [1]


def test_a_finished_screen_with_a_gap_is_not_read_as_if_it_were_shorter(asked, out, finished):
    (out / "shards" / "shard-000002.parquet").unlink()
    with pytest.raises(DataError, match=r"shard 2 of 4 is missing or was changed.*again"):
        profiles(out)
    assert made_again(asked, out, finished) == [2]
    assert len(profiles(out)[0]) == 28


def test_a_library_that_became_shorter_is_refused(asked, tmp_path, monkeypatch):
    """Its size is told of a file, not of standard input."""
    lines = asked["library"].read_bytes().splitlines(keepends=True)

    def screened(rows):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"".join(rows))))
        return drugexp.screen(output=tmp_path / "out", **asked | {"library": "-"})

    assert screened(lines).shards == 4
    with pytest.raises(DataError, match="ends after 16 rows; more of it was screened before"):
        screened(lines[:16])


def test_what_killed_processes_left_is_removed_and_nothing_else(asked, out, finished):
    left = [out / ".hits.0123456789ab.csv", out / "shards" / ".shard-000001.0123456789ab.parquet"]
    left += [out / "rejects" / ".shard-000001.0123456789ab.csv"]
    mine = [out / "notes.txt", out / "shards" / ".hidden", out / "shards" / ".kept.0123456789ab.old"]
    for path in left + mine:
        path.write_text("x")
    assert made_again(asked, out, finished) == []
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in mine)


def test_young_temporaries_may_belong_to_others(tmp_path):
    young, old = tmp_path / ".a.0123456789ab", tmp_path / ".b.0123456789ab"
    young.touch()
    old.touch()
    os.utime(old, (0, time.time() - 100))
    remove_partials(tmp_path, older_s=50)
    assert [p.name for p in tmp_path.iterdir()] == [young.name]


def test_a_file_system_without_locks_is_told(asked, tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(UsageError, match=r"cannot lock files.*No locks available.*another file system"):
        drugexp.screen(output=tmp_path / "out", **asked)


@pytest.mark.parametrize("name", [".lock", "shards", "rejects", "screen.json"])
def test_something_else_under_a_name_of_the_screen_is_told(asked, out, name):
    """As if the folder could not be written to: tests may run as root, to whom nothing is read-only."""
    path = out / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.touch() if name in ("shards", "rejects") else path.mkdir()
    with pytest.raises((UsageError, DataError), match="out"):
        drugexp.screen(output=out, **asked)


@pytest.mark.parametrize("text", ["[1]", "3", "{", "[" * 100_000])
def test_a_damaged_question_is_told(asked, out, text):
    (out / "screen.json").write_text(text)
    with pytest.raises((UsageError, DataError), match=r"screen.json cannot be read|holds another screen"):
        drugexp.screen(output=out, **asked)
