"""Records of an SDF file come one by one, broken ones with a reason."""

from __future__ import annotations

import pytest
from rdkit import Chem

from drugexp.chemistry.parse import Rejected
from drugexp.chemistry.sdf import read_sdf


def block(smiles: str, title: str, data: str = "", *, v3000: bool = False) -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", title)
    return f"{Chem.MolToMolBlock(mol, forceV3000=v3000)}{data}$$$$\n"


def test_records_have_titles_or_numbers_and_broken_ones_a_reason() -> None:
    text = block("CCO", "ethanol") + "broken\n\n\n  x\nM  END\n$$$$\n" + block("c1ccccc1", "")
    first, second, third = read_sdf(text.splitlines())
    assert (first.title, first.structure) == ("ethanol", "CCO")
    assert second.title == "broken"
    assert isinstance(second.structure, Rejected)
    assert "record 2" in second.structure.reason
    assert (third.title, third.structure) == ("3", "c1ccccc1")


@pytest.mark.parametrize("lines", [[], ["", " "], [""]])
def test_an_empty_file_has_no_records(lines: list[str]) -> None:
    assert list(read_sdf(lines)) == []


def test_an_empty_record_is_a_broken_one_and_blank_lines_at_the_end_are_none() -> None:
    text = "$$$$\n" + block("CCO", "a") + "\n\n"
    found = list(read_sdf(text.splitlines()))
    assert [isinstance(r.structure, Rejected) for r in found] == [True, False]


@pytest.mark.parametrize("v3000", [False, True])
def test_both_versions_of_the_molfile_and_its_stereo_bonds_are_read(v3000: bool) -> None:
    smiles = ("C[C@H](N)C(=O)O", "F/C=C/F", "[Na+].[O-]C=O")
    text = "".join(block(s, s, v3000=v3000) for s in smiles)
    found = [r.structure for r in read_sdf(text.splitlines())]
    assert found == [Chem.CanonSmiles(s) for s in smiles]


def test_the_last_record_may_lack_its_mark() -> None:
    (found,) = read_sdf(block("CCO", "a").removesuffix("$$$$\n").splitlines())
    assert found.structure == "CCO"


def test_data_items_are_kept_by_their_names() -> None:
    data = "> <CAS>\n64-17-5\n\n>  25  <note of mine> (7)\ntwo\nlines\n\n> <empty>\n\n"
    (found,) = read_sdf(block("CCO", "a", data).splitlines())
    assert found.properties == {"CAS": "64-17-5", "note of mine": "two", "empty": ""}
