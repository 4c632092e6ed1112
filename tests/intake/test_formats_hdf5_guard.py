"""What the HDF5 library dies of, hangs on or is told to make room for, ends a child process and not this one."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest

from drugexp.errors import InputError
from drugexp.intake.formats import hdf5_guard
from drugexp.intake.formats.hdf5 import open_hdf5


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out["a/b"] = np.arange(10.0)
        out["a"].attrs["about"] = "text"
        out["a/names"] = np.array(["x", "yz"], dtype=h5py.string_dtype())
        out["again"] = h5py.SoftLink("/a")
        out["nowhere"] = h5py.ExternalLink("other.h5", "/a")
    return path


def test_a_whole_file_is_gone_through_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_hdf5(file) as found:
        assert found["a/b"][3] == 3.0
    monkeypatch.setattr(hdf5_guard._walker, "ask", lambda _: "asked again")
    open_hdf5(file).close()
    os.utime(file, ns=(1, 1))
    with pytest.raises(InputError, match=r"a\.h5: this HDF5 file is damaged: asked again\. Copy or download it again"):
        open_hdf5(file)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="signals as on POSIX")
def test_a_child_that_hangs_or_dies_is_told_and_replaced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walker = hdf5_guard._Walker()
    assert walker.ask(file) is None
    os.kill(walker._running().pid, signal.SIGSTOP)
    monkeypatch.setattr(hdf5_guard, "SECONDS", 0.3)
    monkeypatch.setattr(hdf5_guard, "PATIENCE", 1.0)
    assert walker.ask(file) == "the HDF5 library does not come to an end on it in 0 s"
    monkeypatch.undo()
    assert walker.ask(file) is None
    child = walker._running()
    child.send_signal(signal.SIGSEGV)
    child.wait()
    assert walker.ask(file) == "the HDF5 library fails on it"
    assert walker.ask(file) is None
    walker.close()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system bounds time as on POSIX")
def test_the_time_of_a_processor_is_bounded_not_that_of_the_clock(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker = hdf5_guard._Walker()
    large = tmp_path / "large.h5"
    with h5py.File(large, "w") as out:
        out.create_dataset("a", data=np.random.default_rng(0).random((1000, 1000)), compression="gzip")
    monkeypatch.setattr(hdf5_guard, "SECONDS", 1e-3)
    monkeypatch.setattr(hdf5_guard, "_BYTES_A_SECOND", 1e12)
    assert walker.ask(large) == "the HDF5 library does not come to an end on it in 0 s"
    monkeypatch.undo()
    assert walker.ask(large) is None
    pause = threading.Timer(0.5, os.kill, (walker._running().pid, signal.SIGCONT))
    monkeypatch.setattr(hdf5_guard, "SECONDS", 0.2)
    monkeypatch.setattr(hdf5_guard, "PATIENCE", 100.0)
    os.kill(walker._running().pid, signal.SIGSTOP)
    pause.start()
    assert walker.ask(file) is None
    walker.close()


def test_without_children_files_are_read_as_they_are(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_guard, "command", lambda _: [str(file.parent / "no such program")])
    assert hdf5_guard._Walker().ask(file) is None


@pytest.mark.parametrize(
    "options",
    [
        {"shape": (10**9, 10**3), "dtype": "f4", "chunks": (10, 1000)},
        {"shape": (10**10,), "dtype": "S8", "chunks": (100,)},
        {"shape": (10**9,), "dtype": h5py.string_dtype(), "chunks": (100,)},
        {"shape": (1,), "maxshape": (None,), "dtype": "f8", "chunks": (10**8,)},
    ],
    ids=["matrix", "names", "texts", "chunk"],
)
def test_what_is_declared_beyond_the_size_of_the_file_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out.create_dataset("big", **options)
    with pytest.raises(InputError, match=r"a\.h5: this HDF5 file is damaged: /big declares [\d,]+ bytes, too many for"):
        open_hdf5(path)


def test_a_large_file_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out["big"] = np.zeros((5_000, 1_000))
    open_hdf5(path).close()
