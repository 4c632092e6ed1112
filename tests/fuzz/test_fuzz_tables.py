"""Users' tables (csv, tsv, txt, parquet; plain and packed) as tables, baselines, compounds and queries."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from damage import damaged, keep_the_law, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.errors import DrugexpError, InputError
from drugexp.intake.baseline_file import read_baseline
from drugexp.intake.compounds_file import read_compounds
from drugexp.intake.formats.door import read_expression
from drugexp.intake.genes import landmark_axis
from drugexp.intake.tables import read_table
from drugexp.predict.inputs import query_table
from drugexp.predict.queries import listed

GENES = landmark_axis().ids
FRAME = pd.DataFrame(
    {"name": ["s1", "s2", "s3"], "tissue": ["lung", "", "colon"], **{g: [5.25, 6.5, 7.125] for g in GENES[:12]}}
)
QUERIES = b"compound_id,smiles,cell,dose_um,hours\naspirin,CC(=O)Oc1ccccc1C(=O)O,MCF7,10,24\ncaffeine,CCO,A375,1,\n"
TEXTS = (FRAME.to_csv(index=False).encode(), FRAME.to_csv(index=False, sep="\t").encode(), QUERIES)


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def _queries(path: Path) -> object:
    table, source = query_table(path)
    return listed(table, str(path.parent / source), ("MCF7", "A375"), list_with="drugexp models show default")


READERS = {
    "table": read_table,
    "expression": read_expression,
    "baseline": read_baseline,
    "compounds": read_compounds,
    "queries": _queries,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@tries()
@given(content=damaged(TEXTS) | st.binary(max_size=300), ending=st.sampled_from([".csv", ".tsv", ".txt"]))
def test_text(tmp_path: Path, read: object, content: bytes, ending: str) -> None:
    keep_the_law(read, tmp_path / f"t{ending}", content)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@tries(0.5)
@given(content=damaged([_parquet(FRAME), _parquet(pd.read_csv(io.BytesIO(QUERIES)))]) | st.binary(max_size=300))
def test_parquet(tmp_path: Path, read: object, content: bytes) -> None:
    keep_the_law(read, tmp_path / "t.parquet", content)


@tries()
@given(
    content=damaged([gzip.compress(TEXTS[0], mtime=0), pa.compress(TEXTS[0], "zstd", asbytes=True), TEXTS[0]]),
    ending=st.sampled_from([".csv.gz", ".csv.zst", ".GZ", ".tsv.zst"]),
)
def test_packed(tmp_path: Path, content: bytes, ending: str) -> None:
    keep_the_law(read_table, tmp_path / f"t{ending}", content)


@tries()
@given(row=st.integers(0, 2), gene=st.integers(0, 11), wrong=st.sampled_from(["x", "1.5.2", "--", "5 5", "1e", "٣x"]))
def test_what_is_no_number_is_named_by_row_and_column(tmp_path: Path, row: int, gene: int, wrong: str) -> None:
    whole = pd.DataFrame(5.5, index=["s1", "s2", "s3"], columns=GENES[:600], dtype=object)
    whole.iloc[row, gene] = wrong
    path = tmp_path / "t.csv"
    whole.to_csv(path)
    with pytest.raises(InputError) as found:
        read_baseline(path)
    assert all(str(part) in str(found.value) for part in (path, f"'s{row + 1}'", f"'{GENES[gene]}'", wrong))


@tries()
@given(line=st.integers(1, 3), more=st.sampled_from([-1, 1, 3]))
def test_a_row_of_another_length_is_named_by_its_line(tmp_path: Path, line: int, more: int) -> None:
    lines = TEXTS[0].decode().splitlines()
    fields = lines[line].split(",")
    lines[line] = ",".join(fields[:more] if more < 0 else [*fields, *["1"] * more])
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=rf"t\.csv: row {line + 1} has {14 + more} fields, the header has 14"):
        read_table(path)


@tries()
@given(row=st.integers(0, 1), value=st.sampled_from(["ten", "1,5", "-3", "1e99", "1e400", "inf"]))
def test_a_bad_query_is_kept_apart_with_its_row_and_column(tmp_path: Path, row: int, value: str) -> None:
    table = pd.read_csv(io.BytesIO(QUERIES), dtype=object)
    table.loc[row, "dose_um"] = value
    table.to_csv(tmp_path / "q.csv", index=False)
    try:
        rejects = _queries(tmp_path / "q.csv").rejects  # type: ignore[attr-defined]
    except DrugexpError:
        raise AssertionError("one bad row stops the others") from None
    assert rejects[["row", "column", "value"]].to_numpy().tolist() == [[row + 2, "dose_um", value]]
