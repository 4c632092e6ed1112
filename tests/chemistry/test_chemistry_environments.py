"""Environments add up to the fingerprints they stand for, and graphs lose what they are told to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drugexp.chemistry import graphs
from drugexp.chemistry.environments import atom_words, canonical, environment_smiles, environments
from drugexp.chemistry.fingerprints import counts
from drugexp.chemistry.parse import Compound, parse

SMILES = ("O=C(CCCCCCC(=O)Nc1ccccc1)NO", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "OB(O)c1ccc(C#N)cc1", "C", "CCO")


@pytest.mark.parametrize("smiles", SMILES)
@pytest.mark.parametrize("kind", ["morgan", "feature_morgan", "atom_pair", "torsion", "path"])
def test_environments_add_up_to_the_fingerprint(smiles: str, kind: Any) -> None:
    mol, _ = canonical(smiles)
    found = environments(mol, kind)
    again = np.bincount([e.bin for e in found], minlength=2048)
    np.testing.assert_array_equal(np.minimum(again, 255), counts([mol], kind)[0])
    for one in found:
        assert list(one.atoms) == sorted(set(one.atoms))
        assert max(one.atoms) < mol.GetNumAtoms()


def test_the_order_of_the_input_makes_no_difference() -> None:
    one, other = parse("CC(=O)Oc1ccccc1C(=O)O"), parse("OC(=O)c1ccccc1OC(C)=O")
    assert isinstance(one, Compound)
    assert isinstance(other, Compound)
    assert one.smiles == other.smiles
    mol, classes = canonical(one.smiles)
    assert len(classes) == mol.GetNumAtoms()
    ring = [i for i, word in enumerate(atom_words(mol)) if word.startswith("c")]
    assert len(ring) == 6


def test_symmetric_atoms_share_a_class() -> None:
    _, classes = canonical("Cc1ccc(C)cc1")
    assert len(set(classes)) == 3


def test_the_words_of_an_environment_are_its_atoms() -> None:
    mol, _ = canonical("NS(C)(=O)=O")
    whole = [environment_smiles(mol, e) for e in environments(mol) if len(e.atoms) == mol.GetNumAtoms()]
    assert set(whole) == {"CS(N)(=O)=O"}


def test_a_graph_without_atoms_has_padding_in_their_place() -> None:
    mol, _ = canonical("OB(O)c1ccc(C#N)cc1")
    row = graphs.graphs([mol])[0]
    present = np.ones((2, mol.GetNumAtoms()), dtype=bool)
    present[1, 0] = False
    whole, less = graphs.without_atoms(row, present)
    np.testing.assert_array_equal(whole, row)
    atoms, bonds = graphs.split(less)
    before, bonds_before = graphs.split(row)
    assert not atoms[0].any()
    np.testing.assert_array_equal(atoms[1:], before[1:])
    ends = bonds_before[:, :2].astype(int)
    lost = (bonds_before.any(axis=1)) & (ends == 0).any(axis=1) & (bonds_before[:, 2] > 0)
    assert lost.sum() >= 1
    assert not bonds[lost].any()
    np.testing.assert_array_equal(bonds[~lost], bonds_before[~lost])
