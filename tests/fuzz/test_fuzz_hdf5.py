"""HDF5 files (GCTX, h5ad, 10x) with bytes changed; all of it in a process of its own, which may die."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).with_name("hdf5_damages.py")


def test_changed_bytes_are_read_or_refused(tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(_PROGRAM), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert set(done.stdout.split()) == {"gctx", "h5ad", "h5"}
