"""GCT files, plain and packed, with faults anywhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from damage import damaged, keep_the_law, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.contract import GeneAxis
from drugexp.errors import InputError
from drugexp.intake.baseline_file import read_baseline
from drugexp.intake.formats.gct import read_gct
from drugexp.intake.formats.screens import read_screen_table, write_screen_table
from drugexp.simulate import SimulationOptions, simulate

GCT_12 = b"#1.2\n2\t3\nName\tDescription\tA\tB\tC\n1007_s_at\tDDR1\t1\t2.5\t-3e2\n1053_at\tRFC2\t4\t\t6\n"
GCT_13 = (
    b"#1.3\n2\t3\t2\t1\nid\tpr_gene_symbol\tpr_gene_id\tw1\tw2\tw3\npert_iname\tna\tna\tDMSO\t-666\tvorinostat\n"
    b"200814_at\tPSME1\t5720\t8.1\t8.2\t8.3\n222103_at\tATF1\t-666\t9.1\t-666\tNaN\n"
)
WHOLE = (GCT_12, GCT_13, GCT_13.replace(b"\n", b"\r\n"), GCT_13.decode().encode("utf-16"))


@tries(2)
@given(content=damaged(WHOLE) | st.binary(max_size=300))
def test_plain(tmp_path: Path, content: bytes) -> None:
    keep_the_law(read_gct, tmp_path / "a.gct", content)


@tries()
@given(
    content=damaged([gzip.compress(GCT_13, mtime=0), pa.compress(GCT_13, "zstd", asbytes=True), GCT_13]),
    ending=st.sampled_from([".gct.gz", ".gct.zst"]),
)
def test_packed(tmp_path: Path, content: bytes, ending: str) -> None:
    keep_the_law(read_gct, tmp_path / f"a{ending}", content)


@tries(0.5)
@given(content=damaged(WHOLE))
def test_as_a_baseline(tmp_path: Path, content: bytes) -> None:
    keep_the_law(read_baseline, tmp_path / "a.gct", content)


@tries()
@given(data=st.data())
def test_as_a_screen(tmp_path: Path, screen: bytes, data: st.DataObject) -> None:
    keep_the_law(read_screen_table, tmp_path / "a.gct", data.draw(damaged([screen])))


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("screen") / "a.gct"
    write_screen_table(simulate(SimulationOptions(compounds=3, cells=2), genes=GeneAxis(("TP53", "MYC"))).screen, path)
    return path.read_bytes()


@pytest.mark.parametrize(
    "head",
    [
        b"#1.3\n999999999\t999999999\t0\t0\n",
        b"#1.3\n1\t1\t999999999\t999999999\n",
        b"#1.2\n999999999999999999999\t2\n",
        b"#1.2\n" + b"9" * 6000 + b"\t2\n",
    ],
)
def test_absurd_counts_cost_nothing(tmp_path: Path, head: bytes) -> None:
    assert keep_the_law(read_gct, tmp_path / "a.gct", head + GCT_13.split(b"\n", 2)[2])


def test_names_by_the_hundred_thousand_are_compared_in_good_time(tmp_path: Path) -> None:
    names = [b"n%d" % i for i in range(100_000)]
    content = b"#1.3\n1\t1\t100000\t0\n" + b"\t".join([b"id", *names, b"s"]) + b"\n"
    sentence = keep_the_law(read_gct, tmp_path / "a.gct", content)
    assert sentence is not None
    assert "within the 1 genes" in sentence


@tries()
@given(row=st.integers(0, 4), column=st.integers(0, 3), wrong=st.sampled_from(["x", "1,5", "1_0", "--", "0x1", "1e"]))
def test_what_is_no_number_is_named_by_line_and_column(tmp_path: Path, row: int, column: int, wrong: str) -> None:
    cells = np.full((5, 4), "1.5", dtype=object)
    cells[row, column] = wrong
    lines = ["\t".join([f"g{i}", *line]) for i, line in enumerate(cells.tolist())]
    path = tmp_path / "a.gct"
    path.write_text("\n".join(["#1.3", "5\t4\t0\t0", "id\ta\tb\tc\td", *lines]))
    with pytest.raises(InputError) as found:
        read_gct(path)
    place = f"line {row + 4}, column {column + 2} (sample {'abcd'[column]!r})"
    assert all(part in str(found.value) for part in (str(path), place, repr(wrong)))
