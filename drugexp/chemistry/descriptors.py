"""Physical and topological descriptors of molecules as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, rdMolDescriptors

# What C++ answers in microseconds. Left out for their cost: Crippen's logP (two times the price of reading the
# molecule), the counts of rotatable bonds and of acceptors by SMARTS, and kappa2.
_FAST: MappingProxyType[str, Callable[[Chem.Mol], float]] = MappingProxyType(
    {
        "heavy_atoms": lambda mol: mol.GetNumHeavyAtoms(),
        "exact_mass": rdMolDescriptors.CalcExactMolWt,
        "formal_charge": Chem.GetFormalCharge,
        "tpsa": rdMolDescriptors.CalcTPSA,
        "labute_asa": rdMolDescriptors.CalcLabuteASA,
        "donors": rdMolDescriptors.CalcNumHBD,
        "nitrogens_and_oxygens": rdMolDescriptors.CalcNumLipinskiHBA,
        "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
        "amide_bonds": rdMolDescriptors.CalcNumAmideBonds,
        "rings": rdMolDescriptors.CalcNumRings,
        "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings,
        "heterocycles": rdMolDescriptors.CalcNumHeterocycles,
        "spiro_atoms": rdMolDescriptors.CalcNumSpiroAtoms,
        "bridgehead_atoms": rdMolDescriptors.CalcNumBridgeheadAtoms,
        "fraction_csp3": rdMolDescriptors.CalcFractionCSP3,
        "stereo_centres": rdMolDescriptors.CalcNumAtomStereoCenters,
        "chi0v": rdMolDescriptors.CalcChi0v,
        "chi1v": rdMolDescriptors.CalcChi1v,
        "kappa1": rdMolDescriptors.CalcKappa1,
        "hall_kier_alpha": rdMolDescriptors.CalcHallKierAlpha,
    }
)

FAST_NAMES: tuple[str, ...] = tuple(_FAST)
RDKIT_NAMES: tuple[str, ...] = tuple(name for name, _ in Descriptors.descList)


def fast_descriptors(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return the descriptors `FAST_NAMES`, (compound, descriptor) float32; masses in Da, areas in square Angstrom."""
    functions = tuple(_FAST.values())
    rows = [[f(mol) for f in functions] for mol in mols]
    return _clean(np.array(rows, dtype=np.float64).reshape(len(rows), len(functions)))


def rdkit_descriptors(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Return all 2D descriptors of RDKit (`RDKIT_NAMES`), (compound, descriptor) float32.

    NaN stands where RDKit finds no finite value (partial charges of metals, for example).
    """
    out = np.full((len(mols), len(RDKIT_NAMES)), np.nan)
    with rdBase.BlockLogs():
        for row, mol in zip(out, mols, strict=True):
            found = Descriptors.CalcMolDescriptors(mol, missingVal=np.nan, silent=True)
            row[:] = [found[name] for name in RDKIT_NAMES]
    return _clean(out)


def _clean(values: np.ndarray) -> np.ndarray:
    """Return float32 without infinities: beyond a float32 (the index Ipc of large molecules) is NaN too."""
    limit = float(np.finfo(np.float32).max)
    return np.where(np.abs(values) < limit, values, np.nan).astype(np.float32)
