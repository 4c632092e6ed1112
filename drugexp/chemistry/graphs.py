"""Molecular graphs as rows of small whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from rdkit import Chem

ATOMS, BONDS = 64, 80
"""The most heavy atoms and bonds of a graph; of a larger molecule the first atoms of its canonical SMILES are kept."""
FIELDS = ("element", "neighbours", "charge", "hydrogens", "hybridisation", "aromatic", "ring")
LEVELS = 16
"""Every field of an atom lies below it."""
KINDS = 4
"""Kinds of bonds: single (and all that is rare), double, triple, aromatic."""
WIDTH = ATOMS * len(FIELDS) + BONDS * 3

_ELEMENTS = MappingProxyType({z: i for i, z in enumerate((6, 7, 8, 9, 15, 16, 17, 35, 53, 5, 14, 33, 34), start=1)})
_OTHER = len(_ELEMENTS) + 1
_KINDS = MappingProxyType(
    {Chem.BondType.SINGLE: 1, Chem.BondType.DOUBLE: 2, Chem.BondType.TRIPLE: 3, Chem.BondType.AROMATIC: 4}
)
_HYBRIDS = MappingProxyType(
    {Chem.HybridizationType.SP: 1, Chem.HybridizationType.SP2: 2, Chem.HybridizationType.SP3: 3}
)


def graphs(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the graphs of molecules, (compound, `WIDTH`) uint8; `split` gives atoms and bonds.

    Stereochemistry is left out, as in Morgan fingerprints.
    """
    out = np.zeros((len(mols), WIDTH), dtype=np.uint8)
    for row, mol in zip(out, mols, strict=True):
        atoms, bonds = split(row)
        _fill(atoms, bonds, mol)
    return out


def split(row: Any) -> tuple[Any, Any]:
    """Return atoms (`ATOMS`, field) and bonds (`BONDS`, 3) of one row; NumPy or JAX, as it comes.

    An atom whose element is 0 and a bond whose kind is 0 are padding. A bond
    is its two atoms, numbered from 0, and its kind.
    """
    end = ATOMS * len(FIELDS)
    return row[:end].reshape(ATOMS, len(FIELDS)), row[end:].reshape(BONDS, 3)


def without_atoms(row: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return a graph with some of its atoms only: the others, and their bonds, are padding.

    What is left is described as it was: neighbours and hydrogens are those of the whole molecule.

    Parameters
    ----------
    row
        (`WIDTH`,) a graph whose atoms stand in the molecule's order, which is so up to `ATOMS` atoms.
    present
        (n, atom) bool: which atoms stay. Those beyond `ATOMS` have no place in the graph.

    Returns
    -------
    numpy.ndarray
        (n, `WIDTH`), of the type of `row`.
    """
    out = np.repeat(np.asarray(row)[None], len(present), axis=0)
    shown = np.zeros((len(present), ATOMS), dtype=bool)
    shown[:, : present.shape[1]] = present[:, :ATOMS]
    for one, stays in zip(out, shown, strict=True):
        atoms, bonds = split(one)
        atoms[~stays] = 0
        ends = bonds[:, :2].astype(np.int64)
        bonds[~(stays[ends[:, 0]] & stays[ends[:, 1]])] = 0
    return out


def _fill(atoms: np.ndarray, bonds: np.ndarray, mol: Chem.Mol) -> None:
    kept = _kept(mol)
    for row, index in zip(atoms, kept, strict=False):
        row[:] = _fields(mol.GetAtomWithIdx(index))
    place = {index: i for i, index in enumerate(kept)}
    inside = (
        (place[b.GetBeginAtomIdx()], place[b.GetEndAtomIdx()], _KINDS.get(b.GetBondType(), 1))
        for b in mol.GetBonds()
        if b.GetBeginAtomIdx() in place and b.GetEndAtomIdx() in place
    )
    for row, bond in zip(bonds, inside, strict=False):
        row[:] = bond


def _kept(mol: Chem.Mol) -> list[int]:
    """Return the atoms of a graph: all, or those the canonical SMILES, which walks along bonds, writes first."""
    if mol.GetNumAtoms() <= ATOMS:
        return list(range(mol.GetNumAtoms()))
    Chem.MolToSmiles(mol)
    order = mol.GetPropsAsDict(includePrivate=True, includeComputed=True)["_smilesAtomOutputOrder"]
    return list(order)[:ATOMS]


def _fields(atom: Chem.Atom) -> tuple[int, ...]:
    ring = next((size for size in range(3, 8) if atom.IsInRingSize(size)), 8) if atom.IsInRing() else 0
    return (
        _ELEMENTS.get(atom.GetAtomicNum(), _OTHER),
        min(atom.GetDegree(), LEVELS - 1),
        min(max(atom.GetFormalCharge(), -3), 3) + 3,
        min(atom.GetTotalNumHs(), LEVELS - 1),
        _HYBRIDS.get(atom.GetHybridization(), 0),
        int(atom.GetIsAromatic()),
        ring,
    )
