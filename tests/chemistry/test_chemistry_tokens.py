"""Tokens of SMILES by hand, and the laws of spellings."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from drugexp.chemistry.tokens import (
    LAST_ATOM,
    LENGTH,
    OTHER_ATOM,
    OTHER_MARK,
    SPELLINGS,
    TOKENS,
    VOCABULARY,
    encode,
    smiles_tokens,
    spellings,
    tokenise,
)

DRUGS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "CC(C)/C=C\\C(=O)N1CCN(c2nc3ccccc3[nH]2)CC1",
    "[O-][N+](=O)c1ccc(Cl)cc1",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ClC1CC1Br", ["Cl", "C", "1", "C", "C", "1", "Br"]),
        ("C[C@@H](N)C(=O)O", ["C", "[C@@H]", "(", "N", ")", "C", "(", "=", "O", ")", "O"]),
        ("c1cc[nH]c1", ["c", "1", "c", "c", "[nH]", "c", "1"]),
        ("C%10CC%10", ["C", "%10", "C", "C", "%10"]),
    ],
)
def test_tokens_by_hand(text, tokens):
    assert tokenise(text) == tokens
    row = encode(text)
    assert row[: len(tokens)].tolist() == [TOKENS[t] for t in tokens]
    assert not row[len(tokens) :].any()


def test_what_is_not_listed_is_another_atom_or_mark():
    assert encode("C[U]%(100)")[:3].tolist() == [TOKENS["C"], OTHER_ATOM, OTHER_MARK]


def test_numbers_of_tokens_are_a_byte_and_atoms_stand_first():
    assert sorted(TOKENS.values()) == list(range(3, VOCABULARY))
    assert VOCABULARY <= 256
    atoms = {text for text, number in TOKENS.items() if number <= LAST_ATOM}
    assert atoms == {text for text in TOKENS if text.strip("[")[0].isalpha()}


def test_a_long_smiles_is_cut_at_its_end():
    row = encode("N" + "C" * 200)
    assert (row > 0).all()
    assert row[0] == TOKENS["N"]
    assert len(row) == LENGTH


@pytest.mark.parametrize("smiles", DRUGS)
def test_every_spelling_is_the_molecule(smiles):
    mol = Chem.MolFromSmiles(smiles)
    found = spellings(mol)
    assert found[0] == Chem.MolToSmiles(mol)
    assert len(found) == SPELLINGS
    assert len(set(found)) > SPELLINGS // 2
    assert {Chem.CanonSmiles(one) for one in found} == {found[0]}


@pytest.mark.parametrize("smiles", DRUGS)
def test_spellings_follow_from_the_molecule_and_the_seed_alone(smiles):
    rng = np.random.default_rng(0)
    mol = Chem.MolFromSmiles(smiles)
    wanted = spellings(mol)
    for _ in range(5):
        shuffled = Chem.RenumberAtoms(mol, rng.permutation(mol.GetNumAtoms()).tolist())
        assert spellings(shuffled) == wanted
        other = Chem.MolToSmiles(shuffled, canonical=False)
        assert spellings(Chem.MolFromSmiles(other)) == wanted
    assert spellings(mol, seed=1) != wanted
    assert spellings(mol, seed=1)[0] == wanted[0]


def test_rows_hold_the_spellings_one_after_the_other():
    mols = [Chem.MolFromSmiles(s) for s in DRUGS]
    rows = smiles_tokens(mols).reshape(len(mols), SPELLINGS, LENGTH)
    for row, mol in zip(rows, mols, strict=True):
        np.testing.assert_array_equal(row, [encode(text) for text in spellings(mol)])
