"""Records of an SDF file come one by one, broken ones with a reason."""

from __future__ import annotations

from pathlib import Path

from rdkit import Chem

from drugexp.chemistry.parse import Rejected
from drugexp.chemistry.sdf import read_sdf


def block(smiles: str, title: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", title)
    return Chem.MolToMolBlock(mol) + "$$$$\n"


def test_records_have_titles_or_numbers_and_broken_ones_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "some.sdf"
    file.write_text(block("CCO", "ethanol") + "broken\n\n\n  x\nM  END\n$$$$\n" + block("c1ccccc1", ""))
    first, second, third = read_sdf(file)
    assert first == ("ethanol", "CCO")
    assert second[0] == "2"
    assert isinstance(second[1], Rejected)
    assert "record 2" in second[1].reason
    assert third == ("3", "c1ccccc1")


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    file = tmp_path / "empty.sdf"
    file.write_text("")
    assert list(read_sdf(file)) == []
