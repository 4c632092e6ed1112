"""SMILES as rows of tokens: the canonical spelling of a molecule, and random other ones."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from rdkit import Chem

from drugexp.chemistry.syntax import TOKEN

LENGTH = 128
"""Tokens of one spelling; a longer one (one drug in a hundred) is cut at its end."""
SPELLINGS = 8
"""Spellings of one molecule: the canonical one first, then random ones."""

PADDING, OTHER_ATOM, OTHER_MARK = 0, 1, 2
"""Numbers of no token, of an atom that is not listed, and of a bond or ring number that is not listed."""

# A token's number is its place here, from 3 on: another order would need a new version of the featuriser.
_ATOMS = (
    *("C", "c", "O", "o", "N", "n", "S", "s", "P", "p", "F", "Cl", "Br", "I", "B", "b"),
    *("[C@H]", "[C@@H]", "[C@]", "[C@@]", "[nH]", "[N+]", "[O-]", "[n+]", "[N-]", "[NH+]", "[NH2+]", "[NH3+]"),
    *(
        "[N@+]",
        "[N@@+]",
        "[NH-]",
        "[n-]",
        "[S@]",
        "[S@@]",
        "[S@+]",
        "[S@@+]",
        "[S+]",
        "[S-]",
        "[s+]",
        "[o+]",
        "[C-]",
        "[CH-]",
        "[c-]",
    ),
    *("[C]", "[CH]", "[CH2]", "[Si]", "[SiH]", "[Se]", "[se]", "[As]", "[P@]", "[P@@]", "[PH]", "[P+]", "[B-]"),
    *("[P@+]", "[P@@+]", "[I+]", "[Pt]", "[Au]", "[Hg]", "[Fe]", "[Sn]"),
)
_MARKS = (*"()=#-/\\.:$", *"123456789", "%10", "%11", "%12", "0")
TOKENS: MappingProxyType[str, int] = MappingProxyType({text: i for i, text in enumerate((*_ATOMS, *_MARKS), start=3)})
"""The vocabulary: text -> number."""
VOCABULARY = 3 + len(TOKENS)
LAST_ATOM = 2 + len(_ATOMS)
"""Tokens numbered 3 to this are atoms, those above it bonds, branches and ring numbers."""


def tokenise(smiles: str) -> list[str]:
    """Return the tokens: bracket atoms, two-letter atoms and ring numbers are one each.

    >>> tokenise("C[C@H](Cl)C%10")
    ['C', '[C@H]', '(', 'Cl', ')', 'C', '%10']
    """
    return TOKEN.findall(smiles)


def encode(smiles: str) -> np.ndarray:
    """Return the numbers of the tokens of one SMILES, (`LENGTH`,) uint8."""
    out = np.zeros(LENGTH, dtype=np.uint8)
    found = [TOKENS.get(text, OTHER_ATOM if text[0] == "[" else OTHER_MARK) for text in tokenise(smiles)[:LENGTH]]
    out[: len(found)] = found
    return out


def spellings(mol: Chem.Mol, count: int = SPELLINGS, *, seed: int = 0) -> list[str]:
    """Return `count` SMILES of a molecule: the canonical one, then random ones (Bjerrum 2017, arXiv:1703.07076).

    They follow from the canonical SMILES and the seed alone, not from the order of the atoms of `mol`. Small
    molecules have few spellings, which then repeat.
    """
    canonical = Chem.MolToSmiles(mol)
    again = Chem.MolFromSmiles(canonical)
    if again is None:
        return [canonical] * count
    drawn = zlib.crc32(f"{seed} {canonical}".encode()) % (2**31 - 1) + 1
    return [canonical, *Chem.MolToRandomSmilesVect(again, count - 1, randomSeed=drawn)]


def smiles_tokens(mols: Sequence[Chem.Mol], *, seed: int = 0) -> np.ndarray:
    """Return the tokens of the spellings of each molecule, (compound, `SPELLINGS` x `LENGTH`) uint8."""
    out = np.zeros((len(mols), SPELLINGS, LENGTH), dtype=np.uint8)
    for rows, mol in zip(out, mols, strict=True):
        for row, smiles in zip(rows, spellings(mol, seed=seed), strict=True):
            row[:] = encode(smiles)
    return out.reshape(len(mols), SPELLINGS * LENGTH)
