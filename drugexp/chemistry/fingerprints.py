"""Fingerprints of molecules as arrays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain
from typing import Any, Literal

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

Kind = Literal["morgan", "feature_morgan", "atom_pair", "torsion", "path"]

_HEAD, _VERSION = 4, (1, 4)
"""Of the bytes of a sparse vector: numbers before the occupied bins, and what the first two are."""


@cache
def generator(kind: Kind, radius: int, size: int) -> Any:
    """Return RDKit's generator of one kind of fingerprint; see `counts`."""
    make = rdFingerprintGenerator
    if kind == "morgan":
        return make.GetMorganGenerator(radius=radius, fpSize=size)
    if kind == "feature_morgan":
        return make.GetMorganGenerator(
            radius=radius, fpSize=size, atomInvariantsGenerator=make.GetMorganFeatureAtomInvGen()
        )
    if kind == "atom_pair":
        return make.GetAtomPairGenerator(fpSize=size)
    if kind == "torsion":
        return make.GetTopologicalTorsionGenerator(fpSize=size)
    return make.GetRDKitFPGenerator(fpSize=size)


def counts(mols: Sequence[Chem.Mol], kind: Kind = "morgan", *, radius: int = 2, size: int = 2048) -> np.ndarray:
    """Return how often each hashed substructure occurs, (compound, bin) uint8, clipped at 255.

    Parameters
    ----------
    mols
        Molecules.
    kind
        ``morgan`` (ECFP; Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742),
        ``feature_morgan`` (FCFP), ``atom_pair``, ``torsion`` or ``path``.
    radius
        Bonds from the centre, for the two Morgan kinds.
    size
        Number of bins.
    """
    made = generator(kind, radius, size)
    found = [made.GetCountFingerprint(mol) for mol in mols]
    out = np.zeros((len(found), size), dtype=np.uint8)
    row, column, value = _occupied(found)
    out[row, column] = np.minimum(value, 255)
    return out


def _occupied(found: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, bin and count of all that is not zero, from RDKit's own bytes: all rows at once.

    The bytes of a row are unsigned 32-bit numbers: version, bytes of a number, bins, how many are occupied, and of
    each its bin and its count. Another version is asked by its names instead.
    """
    parts = [one.ToBinary() for one in found]
    numbers = np.frombuffer(b"".join(parts), dtype="<u4")
    lengths = np.array([len(part) // 4 for part in parts], dtype=np.int64)
    heads = (np.cumsum(lengths) - lengths)[:, None] + np.arange(_HEAD)
    told = numbers[heads]
    if len(parts) and (told[0, :2] != _VERSION).any():
        named = [one.GetNonzeroElements() for one in found]
        pairs = np.array([pair for each in named for pair in each.items()], dtype=np.int64).reshape(-1, 2)
        return np.repeat(np.arange(len(named)), [len(each) for each in named]), pairs[:, 0], pairs[:, 1]
    occupied = np.ones(len(numbers), dtype=bool)
    occupied[heads] = False
    pairs = numbers[occupied].reshape(-1, 2)
    return np.repeat(np.arange(len(parts)), told[:, 3]), pairs[:, 0], pairs[:, 1]


def bits(mols: Sequence[Chem.Mol], kind: Kind = "morgan", *, radius: int = 2, size: int = 2048) -> np.ndarray:
    """Return which hashed substructures occur, (compound, bit) uint8 of 0 and 1; see `counts`."""
    made = generator(kind, radius, size)
    return _scatter([made.GetFingerprint(mol).GetOnBits() for mol in mols], 1, size)


def maccs(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the 167 MACCS keys (the first is never set), (compound, key) uint8 of 0 and 1."""
    return _scatter([rdMolDescriptors.GetMACCSKeysFingerprint(mol).GetOnBits() for mol in mols], 1, 167)


def _scatter(columns: Sequence[Collection[int]], values: np.ndarray | int, size: int) -> np.ndarray:
    """Return (row, size) uint8 with values at the columns named for each row."""
    out = np.zeros((len(columns), size), dtype=np.uint8)
    rows = np.repeat(np.arange(len(columns)), [len(named) for named in columns])
    out[rows, np.fromiter(chain.from_iterable(columns), dtype=np.int64, count=len(rows))] = values
    return out


def pack(values: np.ndarray) -> np.ndarray:
    """Return (compound, bit) 0 and 1 packed eight to a byte, (compound, byte) uint8."""
    return np.packbits(values, axis=1)


def unpack(packed: np.ndarray, size: int) -> np.ndarray:
    """Return the first `size` bits of (compound, byte) uint8 as (compound, bit) uint8 of 0 and 1."""
    return np.unpackbits(packed, axis=1, count=size)
