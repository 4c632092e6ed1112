"""The small version of `benchmarks/kills.py`: a few kills at random moments, and the end of an undisturbed screen."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

from small_model import SMILES

KILLS = Path(__file__).parents[2] / "benchmarks" / "kills.py"


def test_a_screen_ends_as_if_it_had_never_been_killed(bundles, tmp_path):
    rows = "".join(f"{SMILES[i % len(SMILES)]}\n" for i in range(120))
    library = tmp_path / "library.csv.gz"
    library.write_bytes(gzip.compress(f"smiles\n{rows}".encode()))
    command = [sys.executable, str(KILLS), "--kills", "5", "--rows", "120", "--shard", "8", "--workers", "1"]
    command += ["--cell", "MCF7", "PC3", "--model", str(bundles["zscore"]), "--library", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 times `kill -9`" in done.stdout
    assert "those of the undisturbed screen" in done.stdout
