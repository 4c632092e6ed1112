"""Libraries are read row by row, whatever their format, and say where each row stands."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from drugexp.errors import InputError, UsageError
from drugexp.intake.compounds_file import read_compounds
from drugexp.intake.library.reading import Columns, read_library
from drugexp.intake.library.rows import Row, blocks

SMILES = ["CCO", "c1ccccc1", "C1CC", "CC(=O)O"]


def files(folder):
    """Write one library in every format and return its files."""
    table = pd.DataFrame({"name": ["a", "b", "c", "d"], "smiles": SMILES, "mass": [1, 2, 3, 4]})
    table.to_csv(folder / "x.csv", index=False)
    table.to_csv(folder / "x.tsv", index=False, sep="\t")
    table.to_parquet(folder / "x.parquet")
    (folder / "x.smi").write_text("".join(f"{s} {n}\n" for s, n in zip(SMILES, "abcd", strict=True)))
    with gzip.open(folder / "y.csv.gz", "wt") as out:
        out.write((folder / "x.csv").read_text())
    return [folder / name for name in ("x.csv", "x.tsv", "x.parquet", "x.smi", "y.csv.gz")]


def test_every_format_gives_the_same_rows_as_reading_it_whole(tmp_path):
    for path in files(tmp_path):
        found = list(read_library([path]))
        whole = read_compounds(path)
        assert [r.smiles for r in found] == whole["smiles"].tolist() == SMILES
        assert [r.compound_id for r in found] == whole["compound_id"].tolist() == list("abcd")
        assert [r.row for r in found] == whole["row"].tolist()


def test_a_folder_is_its_files_in_order(tmp_path):
    paths = files(tmp_path)
    assert len(list(read_library([tmp_path]))) == len(SMILES) * len(paths)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no library"):
        list(read_library([tmp_path / "empty"]))


def test_a_row_of_another_width_is_a_problem_of_its_own(tmp_path):
    (tmp_path / "x.csv").write_text("smiles,id\nCCO,a\nCC,b,c\n\nCCC,\n")
    found = list(read_library([tmp_path / "x.csv"]))
    assert [(r.row, r.compound_id, r.smiles) for r in found] == [(2, "a", "CCO"), (3, "row3", ""), (5, "row5", "CCC")]
    assert "3 fields, the header 2" in found[1].problem


def test_quoted_fields_may_hold_the_delimiter(tmp_path):
    (tmp_path / "x.csv").write_text('id,smiles\n"1,2-ethanediol",OCCO\n')
    assert next(read_library([tmp_path / "x.csv"])).compound_id == "1,2-ethanediol"


@pytest.mark.parametrize(
    ("name", "text", "error", "words"),
    [
        ("x.csv", "a,b\n1,2\n", UsageError, "no column looks like SMILES"),
        ("x.csv", "smiles,smiles\nC,C\n", InputError, "stands twice"),
        ("x.smi", "\n\n", InputError, "no compound"),
        ("x.doc", "CCO\n", UsageError, "'.doc'"),
        ("x.parquet", "CCO\n", InputError, "parquet"),
    ],
)
def test_what_cannot_be_a_library_is_told(tmp_path, name, text, error, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=words):
        list(read_library([tmp_path / name]))


def test_a_column_that_is_asked_for_must_be_there(tmp_path):
    (tmp_path / "x.csv").write_text("text,id\nCCO,a\n")
    assert next(read_library([tmp_path / "x.csv"], Columns(smiles="text"))).smiles == "CCO"
    with pytest.raises(UsageError, match="smile"):
        list(read_library([tmp_path / "x.csv"], Columns(smiles="smile")))


def test_blocks_count_on_and_their_hash_is_of_names_and_structures():
    rows = [Row("f", i, f"n{i}", "C" * (i + 1)) for i in range(5)]
    parts = list(blocks(rows, 2))
    assert [(b.first, len(b)) for b in parts] == [(0, 2), (2, 2), (4, 1)]
    other = next(blocks([rows[0]._replace(source="elsewhere"), rows[1]], 2))
    assert other.digest() == parts[0].digest()
    assert next(blocks([rows[0]._replace(smiles="N"), rows[1]], 2)).digest() != parts[0].digest()
