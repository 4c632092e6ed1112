"""Users' tables: what is understood, and the sentence for what is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import InputError
from drugexp.intake.tables import parse_table, read_table


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    lines = [["id", "smiles", "note"], ["1E5", "CCO", "a"], ["007", "CC", ""]]
    path = _write(tmp_path / "t.txt", "\n".join(delimiter.join(fields) for fields in lines))
    table = read_table(path)
    assert table.columns.tolist() == lines[0]
    assert table.to_numpy().tolist() == lines[1:]
    assert table.index.tolist() == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    path = _write(tmp_path / "t.csv", "name,smiles\nacide acétique,CC(=O)O\n".encode(encoding))
    assert read_table(path)["name"].tolist() == ["acide acétique"]


def test_quotes_blank_lines_and_packed_files(tmp_path: Path) -> None:
    text = 'name,smiles\r\n\r\n"a, ""b""",CCO\r\n\r\nc,CC\r\n'
    path = _write(tmp_path / "t.csv.gz", gzip.compress(text.encode(), mtime=0))
    table = read_table(path)
    assert table["name"].tolist() == ['a, "b"', "c"]
    assert table.index.tolist() == [3, 5]


def test_parquet_cells_become_text(tmp_path: Path) -> None:
    pd.DataFrame({"id": [1, 2], "smiles": ["CCO", None]}).to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.to_numpy().tolist() == [["1", "CCO"], ["2", ""]]
    assert table.index.tolist() == [1, 2]


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=6).map(str.strip)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CELL.filter(bool), CELL), min_size=1, max_size=6))
def test_a_written_table_is_read_as_it_was(rows: list[tuple[str, str]]) -> None:
    text = pd.DataFrame(rows, columns=["a", "b"]).to_csv(index=False)
    assert [tuple(r) for r in parse_table(text, "t").to_numpy()] == rows


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", r"t\.csv: the file is empty"),
        ("t.csv", b" \n\n", r"t\.csv: the file is empty"),
        ("t.csv", b"a,b\n", "a header but no rows"),
        ("t.csv", b"a,b\n1,2\n1,2,3\n", "row 3 has 3 fields, the header has 2"),
        ("t.csv", b"a,b\n1\n", "row 2 has 1 fields, the header has 2"),
        ("t.csv", b",,\n1,2,3\n", "the first row holds no column names"),
        ("t.csv", b"s1,5.3,2.1\n1,2,3\n", "holds the number '5.3' where column names are expected"),
        ("t.csv", b'a,b\n"1,2\n', "row 2 cannot be read"),
        ("t.csv", b"a,a\n1,2\n", "the column 'a' stands twice"),
        ("t.csv", b"PK\x03\x04rest", "a workbook or an archive"),
        ("t.csv", b"a\0b", "not a text file"),
        ("t.csv.gz", b"not packed", "cannot be read"),
        ("t.csv.zst", b"not packed", "cannot be read"),
        ("t.parquet", b"not parquet", "cannot be read as parquet"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_row(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        read_table(_write(tmp_path / name, content))


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="this is a folder"):
        read_table(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.parquet")
