"""How many rows a library has, told from its beginning."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from drugexp.intake.library.estimating import SAMPLE, estimated_rows


@pytest.fixture(scope="module")
def lines():
    rng = random.Random(0)  # noqa: S311 - a library is made up
    return "".join(f"{'C' * rng.randint(5, 60)}{'N' * rng.randint(0, 9)} n{i}\n" for i in range(60_000))


@pytest.mark.parametrize("ending", [".smi", ".smi.gz", ".smi.zst", ".csv"])
def test_it_is_about_right_for_long_files(lines, ending, tmp_path):
    path = tmp_path / f"x{ending}"
    content = lines.encode()
    assert len(content) > 2 * SAMPLE
    if ending.endswith("gz"):
        path.write_bytes(gzip.compress(content))
    elif ending.endswith("zst"):
        path.write_bytes(pa.compress(content, "zstd", asbytes=True))
    else:
        path.write_bytes(content)
    assert estimated_rows([path]) == pytest.approx(60_000, rel=0.15)


def test_short_files_and_parquet_are_counted(tmp_path):
    (tmp_path / "a.smi").write_text("C a\nCC b\n")
    (tmp_path / "b.sdf").write_text("\n\n\n$$$$\n\n\n\n$$$$\n$$$$\n")
    pd.DataFrame({"smiles": ["C"] * 7}).to_parquet(tmp_path / "c.parquet")
    assert estimated_rows(sorted(tmp_path.iterdir())) == 12


def test_what_cannot_be_told_is_not(tmp_path):
    (tmp_path / "a.smi").write_text("C a\n")
    assert estimated_rows([tmp_path / "a.smi", Path("-")]) is None
    assert estimated_rows([tmp_path / "missing.smi"]) is None
    (tmp_path / "b.smi.gz").write_bytes(b"\x1f\x8bno")
    assert estimated_rows([tmp_path / "b.smi.gz"]) is None
