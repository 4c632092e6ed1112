"""Which atoms set which bins of a fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from drugexp.chemistry.fingerprints import Kind, generator


@dataclass(frozen=True)
class Environment:
    """One place of a molecule that adds 1 to one bin.

    Attributes
    ----------
    bin
        Of the fingerprint; other environments may be folded into the same.
    atoms
        All atoms it reads, ascending; of a circular environment those within the radius.
    bonds
        Between them, as far as the fingerprint reads them.
    """

    bin: int
    atoms: tuple[int, ...]
    bonds: tuple[int, ...]


def environments(mol: Chem.Mol, kind: Kind = "morgan", *, radius: int = 2, size: int = 2048) -> list[Environment]:
    """Return what sets each bin of `drugexp.chemistry.fingerprints.counts`, in the order of bins and atoms.

    A bin of count 3 has three environments. They come from RDKit's own account of the bins
    (``AdditionalOutput``), so that nothing is hashed a second time.

    Parameters
    ----------
    mol
        A molecule.
    kind, radius, size
        As of `counts`.
    """
    told: Any = rdFingerprintGenerator.AdditionalOutput()
    by_path = kind in ("torsion", "path")
    (told.AllocateBitPaths if by_path else told.AllocateBitInfoMap)()
    generator(kind, radius, size).GetCountFingerprint(mol, additionalOutput=told)
    listed = told.GetBitPaths() if by_path else told.GetBitInfoMap()
    found = [
        Environment(int(bin_), *place)
        for bin_, places in listed.items()
        for one in places
        for place in _places(mol, kind, tuple(map(int, one)))
    ]
    return sorted(found, key=lambda e: (e.bin, e.atoms, e.bonds))


def _places(mol: Chem.Mol, kind: Kind, one: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield atoms and bonds of what RDKit lists under a bin."""
    if kind in ("morgan", "feature_morgan"):
        centre, radius = one
        bonds = tuple(Chem.FindAtomEnvironmentOfRadiusN(mol, radius, centre, enforceSize=False)) if radius else ()
        yield _of_bonds(mol, bonds) or (centre,), bonds
    elif kind == "path":
        yield _of_bonds(mol, one), one
    elif kind == "torsion":
        pairs = pairwise(one)
        bonds = tuple(b.GetIdx() for pair in pairs if (b := mol.GetBondBetweenAtoms(*pair)) is not None)
        yield tuple(sorted(set(one))), bonds
    else:
        yield tuple(sorted(set(one))), ()


def _of_bonds(mol: Chem.Mol, bonds: tuple[int, ...]) -> tuple[int, ...]:
    ends = (mol.GetBondWithIdx(b) for b in bonds)
    return tuple(sorted({i for bond in ends for i in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())}))


def environment_smiles(mol: Chem.Mol, environment: Environment) -> str:
    """Return an environment as SMILES; its atoms are written with their hydrogens left out, pairs with a dot.

    >>> from rdkit import Chem
    >>> mol = Chem.MolFromSmiles("NS(=O)(=O)C")
    >>> sorted(environment_smiles(mol, e) for e in environments(mol) if len(e.atoms) == 5)
    ['CS(N)(=O)=O']
    """
    bonds = list(environment.bonds)
    return str(Chem.MolFragmentToSmiles(mol, atomsToUse=list(environment.atoms), bondsToUse=bonds))


def atom_words(mol: Chem.Mol) -> list[str]:
    """Return what to call each atom: its element, number (from 1) and neighbours, such as ``S2 (N O O C)``."""
    found = []
    for atom in mol.GetAtoms():
        beside = " ".join(sorted((n.GetSymbol() for n in atom.GetNeighbors()), key=lambda s: (s == "C", s)))
        name = atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol()
        found.append(f"{name}{atom.GetIdx() + 1} ({beside})" if beside else f"{name}{atom.GetIdx() + 1}")
    return found


def canonical(smiles: str) -> tuple[Any, list[int]]:
    """Return the molecule of a standard SMILES with atoms in canonical order, and the symmetry class of each.

    Atoms of one class cannot be told apart by their graph. However the atoms of the input were ordered, the
    molecule is the same.

    Parameters
    ----------
    smiles
        As `drugexp.chemistry.parse.Compound.smiles` gives it.
    """
    mol = Chem.MolFromSmiles(smiles)
    return mol, [int(rank) for rank in Chem.CanonicalRankAtoms(mol, breakTies=False)]
