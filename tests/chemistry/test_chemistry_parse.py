"""Every kind of structure a user may bring is used, or refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from drugexp.chemistry import syntax
from drugexp.chemistry.parse import MAX_ATOMS, Compound, Rejected, parse, parse_all
from drugexp.chemistry.plain import is_plain, is_settled
from drugexp.chemistry.standardise import has_carbon, is_ordinary


def accepted(smiles: str) -> Compound:
    found = parse(smiles)
    assert isinstance(found, Compound), found
    return found


def refused(smiles: str) -> str:
    found = parse(smiles)
    assert isinstance(found, Rejected), found.smiles
    assert found.given == smiles
    return found.reason


@pytest.mark.parametrize("smiles", ["", " ", "\t\n"])
def test_nothing_is_refused(smiles: str) -> None:
    assert refused(smiles) == "the SMILES is empty"


@pytest.mark.parametrize(
    ("smiles", "part"),
    [
        ("C1CC", "ring bond 1 is opened and not closed"),
        ("CX", "'X' at character 2 is no part of a SMILES"),
        ("CC(C", "a '(' is not closed"),
        ("CC)C", "')' at character 3 closes nothing"),
        ("C[NH", "'[' at character 2 is not closed"),
        ("CCO ethanol", "it holds a space"),
        ("C\nC", "it holds a space"),
        ("*CC", "unspecified atom"),
        ("[*]CC", "unspecified atom"),
        ("C~C", "unspecified bond"),
        ("CC>>CO", "reaction"),
        ("c1cccc1", "kekulize"),
        ("C(C)(C)(C)(C)C", "valence"),
        ("[R1]C", "RDKit cannot read it"),
    ],
)
def test_a_broken_smiles_is_refused_with_what_breaks_it(smiles: str, part: str) -> None:
    assert part in refused(smiles)


def test_a_huge_compound_is_refused_by_its_size() -> None:
    assert refused("C" * 5000) == f"5,000 heavy atoms; at most {MAX_ATOMS} can be used"
    assert "characters" in refused("C" * 1_000_000)
    assert refused("C" * (MAX_ATOMS + 1)).startswith("251 heavy atoms")
    assert accepted("C" * MAX_ATOMS).mol.GetNumHeavyAtoms() == MAX_ATOMS


def test_a_long_text_of_few_atoms_is_used() -> None:
    smiles = "[C@@H](F)(Cl)" + "[CH2]" * 100 + "C"
    assert len(smiles) > MAX_ATOMS
    assert accepted(smiles).mol.GetNumHeavyAtoms() == 104


def test_the_log_of_rdkit_stays_silent(capfd: pytest.CaptureFixture[str]) -> None:
    parse("c1cccc1")
    parse("C(C)(C)(C)(C)C")
    parse("CC(=O)[O-].[Na+]")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_a_cxsmiles_extension_is_dropped_and_told() -> None:
    found = accepted("CC(F)Cl |&1:1|")
    assert found.smiles == "CC(F)Cl"
    assert found.notes == ("text after the SMILES ignored: |&1:1|",)


def test_explicit_hydrogens_make_no_difference() -> None:
    assert accepted("[H]OC([H])([H])C").smiles == accepted("OCC").smiles


@given(st.text(alphabet="CNOcn()[]=#123+-.@H/\\%*>~ X", max_size=25))
def test_any_text_gets_an_answer_and_a_used_one_stays_the_same(text: str) -> None:
    found = parse(text)
    if isinstance(found, Rejected):
        assert found.reason
        return
    again = parse(found.smiles)
    assert isinstance(again, Compound)
    assert again.smiles == found.smiles


@pytest.mark.parametrize("smiles", ["CCO", "N->[Pt]", "C%12CC%12", "C%(123)CC%(123)", "F/C=C\\F", "[13C@H](N)(O)F"])
def test_good_syntax_has_no_fault(smiles: str) -> None:
    assert syntax.fault(smiles) is None


def test_many_at_once_come_to_what_each_comes_to_alone():
    texts = ["CCO", "C1CC", "", "CC(=O)[O-].[Na+]", "CS(C)=O", "[H]OC", "c1ccccc1Cl"]
    for one, text in zip(parse_all(texts), texts, strict=True):
        alone = parse(text)
        assert type(one) is type(alone)
        assert (one.smiles if isinstance(one, Compound) else one) == (
            alone.smiles if isinstance(alone, Compound) else alone
        )


def test_what_the_text_alone_settles_needs_no_standardisation():
    """Of plain SMILES that are settled, RDKit's own patterns find nothing to do, and carbon in all."""
    texts = [
        "Clc1ccccc1",
        "C",
        "CB(C)O",
        "FC(F)(F)I",
        "c1cc[nH]c1",
        "C[C@H](N)C#N",
        "CP(C)(C)=O",
        "BrBr",
        "ClC",
        "ClBr",
    ]
    for text in texts:
        assert is_plain(text), text
        mol = Chem.MolFromSmiles(text)
        assert is_settled(text) == has_carbon(mol), text
        assert is_ordinary(mol, text), text
    for text in ("[Na+]", "C.C", "[2H]C", "C*", "[CH3:1]C", "[H]C", "C C", "[Fe]", "C>>C"):
        assert not is_plain(text), text
