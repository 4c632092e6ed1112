"""What goes wrong around a screen ends in a sentence and a code, and the same command then gives the same hash."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import InputError, UsageError
from drugexp.screening.remembering import Memory

pytestmark = pytest.mark.usefixtures("compiled_once")
ROWS = 48


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "x.smi"
    path.write_text("".join(f"{SMILES[i % len(SMILES)]} n{i}\n" for i in range(ROWS)))
    return path


@pytest.fixture(scope="module")
def asked(bundles):
    return {"model": bundles["zscore"], "cells": ["MCF7"], "shard": 16, "workers": 1}


@pytest.fixture(scope="module")
def wanted(asked, library, tmp_path_factory):
    return drugexp.screen(library, tmp_path_factory.mktemp("whole") / "out", **asked).digest


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def command(library, out, bundles):
    program = [sys.executable, "-m", "drugexp", "screen", str(library), "-o", str(out)]
    return [*program, "--model", str(bundles["zscore"]), "--cell", "MCF7", "--shard", "16", "--workers", "1"]


def said(done):
    """Return the one sentence of a command that failed."""
    words = done.stderr if isinstance(done.stderr, str) else done.stderr.decode()
    assert "Traceback" not in words
    assert "unexpected" not in words
    (sentence,) = [line for line in words.splitlines() if line.startswith("drugexp:")]
    return sentence


def test_a_full_disk_is_told_and_the_screen_goes_on(library, out, bundles, wanted):
    """A limit on the size of files stands for the disk: none can grow over 20 kB, and a shard has 30."""
    line = [*command(library, out, bundles), "--json"]
    small = ["bash", "-c", 'trap "" XFSZ; ulimit -f 20; "$@"', "-", *line]
    done = subprocess.run(small, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 2
    assert "shard-000000.parquet: cannot be written" in said(done)
    assert "Make room, and give the same command again" in said(done)
    assert [p.name for p in (out / "shards").iterdir()] == []
    done = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    events = [json.loads(event) for event in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["shard"] * (len(events) - 1) + ["done"]
    assert events[-1]["digest"] == wanted


def test_the_reader_of_events_may_leave(library, out, bundles, wanted):
    line = [*command(library, out, bundles), "--json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:  # noqa: S603
        assert run.stdout is not None
        run.stdout.close()
        words = run.stderr.read().decode()
    assert run.returncode == 0, words
    assert "Traceback" not in words
    assert "Exception ignored" not in words
    assert json.loads((out / "summary.json").read_text())["digest"] == wanted


@pytest.mark.parametrize("closed", ["1", "2"])
def test_closed_outputs_do_no_harm(library, out, bundles, wanted, closed):
    shell = ["bash", "-c", f'"$@" {closed}>&-', "-", *command(library, out, bundles), "--json"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((out / "summary.json").read_text())["digest"] == wanted


def test_a_full_output_is_told(library, out, bundles, asked, wanted):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(  # noqa: S603
            [*command(library, out, bundles), "--json"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert "standard output cannot be written to: No space left on device" in said(done)
    assert drugexp.screen(library, out, **asked).digest == wanted


def test_ctrl_c_leaves_with_130_while_processes_start_and_work(library, out, bundles, asked, wanted, tmp_path):
    """A terminal sends it to all processes of the screen."""
    for number, seconds in enumerate((0.0, 0.6)):
        folder = out if number == 0 else tmp_path / "other"
        with subprocess.Popen(  # noqa: S603
            command(library, folder, bundles), stderr=subprocess.PIPE, start_new_session=True
        ) as run:
            until = time.monotonic() + 60
            while not (folder / "screen.json").is_file() and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(seconds)
            os.killpg(run.pid, signal.SIGINT)
            words = run.stderr.read().decode()
        if run.returncode == 0 and seconds:
            continue  # it was quicker
        # Python may end by the signal itself, which a shell shows as 130 too.
        assert run.returncode in (130, -signal.SIGINT), words
        assert "Traceback" not in words
        assert "drugexp: interrupted" in words
    assert drugexp.screen(library, out, **asked).digest == wanted


def test_ctrl_c_before_any_command_is_a_sentence_too(monkeypatch, capsys):
    from drugexp.cli import app

    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "app", interrupted)
    with pytest.raises(SystemExit) as left:
        app.main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "drugexp: interrupted\n"


def test_a_library_of_which_a_file_vanishes_midway(library, out, asked, wanted, tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    lines = library.read_text().splitlines(keepends=True)
    for number in range(3):
        (folder / f"{number}.smi").write_text("".join(lines[16 * number : 16 * number + 16]))
    kept = (folder / "2.smi").read_text()

    def vanish(_):
        (folder / "2.smi").unlink(missing_ok=True)

    (folder / "1.smi").write_text("".join(lines[16:32] * 40))
    with pytest.raises(InputError, match=r"2.smi: .*no such file"):
        drugexp.screen(folder, out, tell=vanish, **asked)
    (folder / "2.smi").write_text(kept)
    again = drugexp.screen(folder, out, **asked)
    assert again.digest == drugexp.screen(folder, tmp_path / "other", **asked).digest


def packed(content, ending):
    if ending == ".gz":
        return gzip.compress(content)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_library_that_was_cut(library, out, asked, wanted, ending, tmp_path):
    """It ends with a sentence, never as if the library were shorter; nothing of the cut is kept."""
    rng = np.random.default_rng(0)
    names = "".join(map(chr, rng.integers(97, 123, 40 * ROWS)))
    text = "".join(f"{SMILES[i % len(SMILES)]} {names[40 * i : 40 * i + 40]}\n" for i in range(ROWS))
    whole = packed(text.encode(), ending)
    path = tmp_path / f"x.smi{ending}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(InputError, match=r"x.smi.*cannot be read"):
        drugexp.screen(path, out, **asked)
    assert not (out / "summary.json").exists()
    path.write_bytes(whole)
    plain = tmp_path / "x.smi"
    plain.write_text(text)
    fresh = tmp_path / "fresh"
    assert drugexp.screen(path, fresh, **asked).digest == drugexp.screen(plain, tmp_path / "plain", **asked).digest


def test_a_parquet_library_that_was_cut(out, asked, tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"smiles": list(SMILES)}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot be read as parquet"):
        drugexp.screen(path, out, **asked)


def test_an_output_that_is_taken_away_midway(library, out, asked, wanted):
    """A file in place of the folder stands for one that cannot be written to: tests may run as root."""

    def take(made):
        if made.receipt.shard == 1:
            (out / "shards").rename(out / "away")
            (out / "shards").touch()

    with pytest.raises(UsageError, match=r"shard-000002.parquet: the folder .* does not exist"):
        drugexp.screen(library, out, tell=take, **asked)
    (out / "shards").unlink()
    (out / "away").rename(out / "shards")
    assert drugexp.screen(library, out, **asked).digest == wanted


def test_a_disk_that_fails_is_told(library, out, asked, wanted, monkeypatch):
    def fails(*_):
        raise OSError(5, "Input/output error", "shard-000000.parquet")

    with monkeypatch.context() as patched:
        patched.setattr("drugexp.screening.shards.file_hash", fails)
        with pytest.raises(UsageError, match=r"stopped: Input/output error.*same command again"):
            drugexp.screen(library, out, **asked)
    assert drugexp.screen(library, out, **asked).digest == wanted


def test_a_full_cache_costs_only_time(tmp_path, monkeypatch):
    def full(*_, **__):
        raise UsageError("cannot be written: No space left on device")

    memory = Memory(tmp_path / "cache")
    monkeypatch.setattr("drugexp.screening.remembering.atomic_path", full)
    memory.put("0" * 40, b"a description")
    assert memory.get("0" * 40) is None


def test_rows_of_which_processes_die_are_told(monkeypatch):
    from drugexp.contract.model import Needs
    from drugexp.errors import DrugexpError
    from drugexp.screening import pool

    monkeypatch.setattr(pool, "_answer", lambda _: None)
    monkeypatch.setattr(pool.DescriberPool, "_replaced", lambda _, worker: worker)
    work = iter([("a piece", ["CCO", "CCN"], ["", ""])])
    with (
        pool.DescriberPool(Needs(compound=("morgan",)), {}, 1, memory=False) as processes,
        pytest.raises(DrugexpError, match="5 processes in a row died of the same 2 rows"),
    ):
        list(processes.described(work))
