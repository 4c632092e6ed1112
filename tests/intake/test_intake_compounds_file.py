"""Compounds from tables, SMILES files, SDF files and standard input."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from rdkit import Chem

from drugexp.errors import InputError, UsageError
from drugexp.intake.compounds_file import read_compounds, repeated_ids


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_columns_are_found_by_their_usual_names_in_any_case(tmp_path: Path) -> None:
    table = read_compounds(_write(tmp_path / "c.csv", "Name,Canonical_SMILES\naspirin,CC(=O)Oc1ccccc1C(=O)O\n,CCO\n"))
    assert table["compound_id"].tolist() == ["aspirin", "row3"]
    assert table["smiles"].tolist() == ["CC(=O)Oc1ccccc1C(=O)O", "CCO"]
    assert table["row"].tolist() == [2, 3]
    assert set(table["problem"]) == {""}


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "c.tsv", "smiles\tq\tkey\nCCO\tCC\tk1\n")
    table = read_compounds(path, smiles_column="q", id_column="key")
    assert table.loc[0, ["compound_id", "smiles"]].tolist() == ["k1", "CC"]
    with pytest.raises(UsageError, match=r"unknown column 'kez'; nearest: key.*--id-column"):
        read_compounds(path, id_column="kez")


def test_a_table_without_smiles_lists_its_columns(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"c\.csv: no column looks like SMILES; the columns are 'a', 'b'.*--smiles-column"
    ):
        read_compounds(_write(tmp_path / "c.csv", "a,b\n1,2\n"))


def test_a_smiles_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'smiles' stands twice"):
        read_compounds(_write(tmp_path / "c.csv", "smiles,smiles\nC,CC\n"))


def test_repeated_ids_stay_and_are_told(tmp_path: Path) -> None:
    table = read_compounds(_write(tmp_path / "c.csv", "id,smiles\na,C\na,CC\nb,CCC\n"))
    assert len(table) == 3
    assert repeated_ids(table) == "1 compound ids stand on more than one row (a); each row gets its own answer"
    assert repeated_ids(table.iloc[1:]) is None


def test_an_empty_smiles_keeps_its_row(tmp_path: Path) -> None:
    table = read_compounds(_write(tmp_path / "c.csv", "id,smiles\na,\nb,C\n"))
    assert table["smiles"].tolist() == ["", "C"]


@pytest.mark.parametrize("name", ["c.smi", "c.txt"])
def test_lines_of_smiles_with_and_without_names(tmp_path: Path, name: str) -> None:
    table = read_compounds(_write(tmp_path / name, "CCO ethyl alcohol\n\nCC\tethane\nC\n"))
    assert table["smiles"].tolist() == ["CCO", "CC", "C"]
    assert table["compound_id"].tolist() == ["ethyl alcohol", "ethane", "row4"]
    assert table["row"].tolist() == [1, 3, 4]


def test_a_heading_over_lines_of_smiles_is_no_compound(tmp_path: Path) -> None:
    assert read_compounds(_write(tmp_path / "c.smi", "smiles id\nCCO e\n"))["smiles"].tolist() == ["CCO"]


def test_a_text_file_with_a_header_is_a_table(tmp_path: Path) -> None:
    table = read_compounds(_write(tmp_path / "c.txt", "id;smiles\nx;CCO\n"))
    assert table.loc[0, ["compound_id", "smiles"]].tolist() == ["x", "CCO"]


@pytest.mark.parametrize(("text", "ids"), [("CCO e\nCC\n", ["e", "row2"]), ("id,smiles\nx,CCO\n", ["x"])])
def test_standard_input_is_a_table_or_lines(monkeypatch, text: str, ids: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    assert read_compounds("-")["compound_id"].tolist() == ids


def test_an_empty_standard_input_is_told(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    with pytest.raises(InputError, match="standard input: the file is empty"):
        read_compounds("-")


def test_parquet_tables(tmp_path: Path) -> None:
    pd.DataFrame({"compound": ["x"], "structure": ["CCO"]}).to_parquet(tmp_path / "c.parquet")
    table = read_compounds(tmp_path / "c.parquet")
    assert table.loc[0, ["compound_id", "smiles", "row"]].tolist() == ["x", "CCO", 1]


def test_sdf_records_that_cannot_be_read_stay_with_their_reason(tmp_path: Path) -> None:
    good = Chem.MolFromSmiles("CCO")
    good.SetProp("_Name", "ethanol")
    block = Chem.MolToMolBlock(good)
    broken = block.replace("ethanol", "broken").replace(" O ", " Qq")
    path = _write(tmp_path / "c.sdf", block + "$$$$\n" + broken + "$$$$\n" + block + "$$$$\n")
    table = read_compounds(path)
    assert table["smiles"].tolist() == ["CCO", "", "CCO"]
    assert table["row"].tolist() == [1, 2, 3]
    assert table["compound_id"].tolist()[0] == "ethanol"
    assert table["problem"].tolist()[0] == ""
    assert "record 2" in table["problem"].tolist()[1]


def test_sdf_files_may_be_packed_and_name_compounds_by_a_property(tmp_path: Path) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    text = f"{block}> <CAS>\n64-17-5\n\n$$$$\nbroken\n$$$$\n{block}$$$$\n"
    path = tmp_path / "c.sdf.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    assert read_compounds(path)["compound_id"].tolist() == ["1", "broken", "3"]
    table = read_compounds(path, id_column="CAS")
    assert table["compound_id"].tolist() == ["64-17-5", "row2", "row3"]
    assert table["problem"].ne("").tolist() == [False, True, False]
    with pytest.raises(UsageError, match=r"c\.sdf\.gz: unknown property 'cas'; nearest: CAS.*--id-column"):
        read_compounds(path, id_column="cas")


def test_a_title_that_is_no_utf_8_is_read(tmp_path: Path) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    path = tmp_path / "c.sdf"
    path.write_bytes("acide acétique".encode("latin-1") + block.encode())
    assert read_compounds(path)["compound_id"].tolist() == ["acide acétique"]


def test_files_that_are_missing_or_empty_are_told(tmp_path: Path) -> None:
    for name in ("none.sdf", "none.smi", "none.csv"):
        with pytest.raises(InputError, match="no such file"):
            read_compounds(tmp_path / name)
    with pytest.raises(InputError, match="the file is empty"):
        read_compounds(_write(tmp_path / "c.smi", ""))
    with pytest.raises(InputError, match="no structure in it"):
        read_compounds(_write(tmp_path / "c.sdf", ""))
    with pytest.raises(InputError, match="there is no SMILES in it"):
        read_compounds(_write(tmp_path / "d.smi", "smiles id\n"))
