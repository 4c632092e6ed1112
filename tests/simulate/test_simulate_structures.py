"""Compounds are real, distinct, and bear what the mechanism says they bear."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from rdkit import Chem

from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Compound, parse
from drugexp.chemistry.scaffolds import scaffold
from drugexp.chemistry.substructures import matching_atoms
from drugexp.errors import InputError, UsageError
from drugexp.simulate import SimulationOptions, simulate
from drugexp.simulate.keyed import shuffled
from drugexp.simulate.structures import ACTIVE, INERT, LEFT_RINGS, LINKERS, RIGHT_RINGS, SPACERS, structures


def canonical(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    assert mol is not None, smiles
    return Chem.MolToSmiles(mol)


def test_ten_thousand_compounds_are_ten_thousand_structures() -> None:
    made = structures(np.arange(10_000), compounds=10_000, pathways=12, seed=5)
    assert len(set(made.smiles)) == 10_000
    assert len({canonical(s) for s in made.smiles[:3000]}) == 3000


def test_no_two_substituents_and_no_two_scaffolds_read_alike() -> None:
    ends = [spacer + piece for spacer in SPACERS for piece in (*INERT, *(a.smiles for a in ACTIVE))]
    assert len({canonical(f"c1ccccc1{end}") for end in ends}) == len(ends)
    cores = [
        left.format("F", right.format(link, "F")) for left, link, right in product(LEFT_RINGS, LINKERS, RIGHT_RINGS)
    ]
    assert len({scaffold(Chem.MolFromSmiles(core)) for core in cores}) == len(cores)


def test_all_are_usable_as_they_are_and_their_keys_tell_them_apart() -> None:
    found = [parse(s) for s in structures(np.arange(500), compounds=500, pathways=12, seed=1).smiles]
    assert not any(c.notes for c in found if isinstance(c, Compound))
    assert len({inchikey14(c.mol) for c in found if isinstance(c, Compound)}) == 500


def test_a_substructure_matches_exactly_where_it_acts() -> None:
    made = structures(np.arange(300), compounds=300, pathways=12, seed=2)
    for smiles, present in zip(made.smiles, made.present, strict=True):
        assert [bool(matching_atoms(smiles, a.smarts)) for a in ACTIVE] == present.tolist(), smiles


def test_no_ring_or_linker_acts() -> None:
    pairs = {(left, link, RIGHT_RINGS[0]) for left, link in product(LEFT_RINGS, LINKERS)}
    pairs |= {(LEFT_RINGS[0], link, right) for link, right in product(LINKERS, RIGHT_RINGS)}
    for left, link, right in pairs:
        bare = left.format("F", right.format(link, "Cl"))
        assert not any(matching_atoms(bare, a.smarts) for a in ACTIVE)


def test_atoms_of_a_pathway_are_those_of_its_substituent() -> None:
    known = simulate(SimulationOptions(compounds=10)).mechanism
    assert known.atoms("N#Cc1ccc(C#N)cc1", "nitrile") == (0, 1, 6, 7)
    assert known.atoms("c1ccccc1", "nitrile") == ()
    assert known.atoms("Cc1ccc(S(N)(=O)=O)cc1", "sulfonamide") == (5, 6, 7, 8)
    with pytest.raises(UsageError, match="unknown pathway 'nitril'; nearest: nitrile"):
        known.atoms("CC#N", "nitril")
    with pytest.raises(InputError, match="not a valid SMILES"):
        known.atoms("C1CC", "nitrile")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 1000, 65_537])
def test_shuffling_is_an_order(size: int) -> None:
    places = shuffled(np.arange(size), size, 7, "order")
    np.testing.assert_array_equal(np.sort(places), np.arange(size))
    if size >= 1000:
        assert abs(np.corrcoef(places, np.arange(size))[0, 1]) < 0.1
        some = np.array([size - 1, 4])
        np.testing.assert_array_equal(shuffled(some, size, 7, "order"), places[some])
