"""Small files that unpack or declare themselves to be huge, read in a process whose memory is bounded."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MEMORY = 300
"""MB that reading may take, beside what the imports do."""

_CHILD = """
import json, resource, sys
from pathlib import Path
from drugexp.errors import DrugexpError
from drugexp.intake.compounds_file import read_compounds
from drugexp.intake.formats.door import read_expression
from drugexp.intake.tables import read_table
readers = {"table": read_table, "expression": read_expression, "compounds": read_compounds}
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))  # whatever goes wrong, the machine stays well
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for line in sys.stdin:
    reader, path = json.loads(line)
    try:
        readers[reader](path)
        print("read")
    except DrugexpError as error:
        print(str(error).replace(chr(10), " "))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _gzip(path: Path, piece: bytes, times: int) -> None:
    with gzip.open(path, "wb", 9) as file:
        for _ in range(times):
            file.write(piece)


def _zstd(path: Path, piece: bytes, times: int) -> None:
    with pa.output_stream(str(path), compression="zstd") as file:
        for _ in range(times):
            file.write(piece)


def _parquet(path: Path) -> None:
    """One number 20 million times, in a hundred kilobytes."""
    column = pa.array(np.zeros(200_000))
    pq.write_table(pa.table({f"c{i}": column for i in range(100)}), path, compression="zstd")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as on Linux")
def test_bombs_are_told_before_they_fill_the_memory(tmp_path: Path) -> None:
    piece, times = b"1.0,\t" * 200_000, 90
    _gzip(tmp_path / "b.csv.gz", piece, times)
    _zstd(tmp_path / "b.gct.zst", piece, times)
    for copy, of in (
        *((f"b.{kind}.gz", "b.csv.gz") for kind in ("smi", "gct")),
        *((f"b.{kind}.zst", "b.gct.zst") for kind in ("csv", "sdf")),
    ):
        (tmp_path / copy).write_bytes((tmp_path / of).read_bytes())
    _parquet(tmp_path / "b.parquet")
    of = {"csv": "table", "gct": "expression", "smi": "compounds", "sdf": "compounds", "parquet": "table"}
    jobs = [(of[path.name.split(".")[1]], path.name) for path in sorted(tmp_path.iterdir())]
    lines = "".join(json.dumps((reader, str(tmp_path / name))) + "\n" for reader, name in jobs)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _CHILD],
        input=lines,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *sentences, memory = done.stdout.splitlines()
    assert int(memory) < MEMORY
    for (_, name), sentence in zip(jobs, sentences, strict=True):
        assert name in sentence
        assert "unpack to more than 250 times" in sentence or "too many for" in sentence, sentence
