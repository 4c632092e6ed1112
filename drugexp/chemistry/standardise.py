"""Guarded standardisation: act only where a molecule is charged, in fragments or unusual.

The outcome agrees with RDKit's Cleanup, FragmentParent and Uncharger, which
take ten times as long as reading the molecule and change one in twenty.
"""

from __future__ import annotations

import re
from functools import cache

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from drugexp.chemistry import salts

_LABELLED = re.compile(r"\[\d|:\d+\]")
_COUNTER_IONS = frozenset((3, 11, 12, 13, 19, 20, 30, 37, 38, 55, 56))
_NO_METALS = frozenset((0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 34, 35, 36, 53, 54, 85, 86))
_NOT_ORDINARY = "&".join(f"!#{z}" for z in (1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53))
_COMPARABLE = 0.5
"""Share of the heavy atoms of the largest part above which another part is a second compound."""


class Refused(Exception):  # noqa: N818 - the outcome of a check, never seen by a user
    """The molecule cannot be standardised; the message says why."""


@cache
def _noticed() -> Chem.Mol:
    """Return what is quick to see: charge, sulphur with three neighbours, no element of ordinary organic compounds."""
    return Chem.MolFromSmarts(f"[!+0,{_NOT_ORDINARY},#16X3]")


@cache
def _unusual() -> Chem.Mol:
    """Return what of that Cleanup or Uncharger may change: no nitro group, N-oxide of a ring or settled sulfoxide."""
    settled = ("[N+](=O)[O-]", "[O-][N+]=O", "[n+][O-]", "[O-][n+]", "[S+X3]([#6])([#6])[O-]", "[O-][S+X3]([#6])[#6]")
    charged = "!+0;" + ";".join(f"!$({pattern})" for pattern in settled)
    return Chem.MolFromSmarts(f"[$([{charged}]),$([{_NOT_ORDINARY}]),$([#16X3+0]=[OX1])]")


@cache
def _carbon() -> Chem.Mol:
    return Chem.MolFromSmarts("[#6]")


def standardise(mol: Chem.Mol, smiles: str) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the standardised molecule and notes on what was done.

    Parameters
    ----------
    mol
        A sanitised molecule.
    smiles
        The SMILES it was read from: labels and the dots between fragments are seen in it at no cost.

    Raises
    ------
    Refused
        If it is a mixture, holds no carbon, or only ions.
    """
    notes: tuple[str, ...] = ()
    if is_ordinary(mol, smiles):
        if not has_carbon(mol):
            raise Refused("it holds no carbon; only organic compounds and metal complexes can be used")
        return mol, notes
    if _LABELLED.search(smiles):
        mol, notes = _without_labels(mol)
    if any(a.GetAtomicNum() == 0 for a in mol.GetAtoms()):
        raise Refused("it holds an unspecified atom")
    metals = sorted({a.GetSymbol() for a in mol.GetAtoms() if _is_metal(a)})
    if metals:
        # Cleanup would break the bonds to the metal and leave a ligand that is another compound.
        return mol, (*notes, f"holds a metal ({', '.join(metals)})")
    mol, done = _parent(rdMolStandardize.Cleanup(mol))
    return _reread(mol), notes + done


def is_ordinary(mol: Chem.Mol, smiles: str) -> bool:
    """Say whether there is nothing to standardise: no label, one fragment, no unusual charge or element."""
    if "." in smiles or _LABELLED.search(smiles):
        return False
    return not (mol.HasSubstructMatch(_noticed()) and mol.HasSubstructMatch(_unusual()))


def _is_metal(atom: Chem.Atom) -> bool:
    z = atom.GetAtomicNum()
    return z not in _NO_METALS and z not in _COUNTER_IONS


def has_carbon(mol: Chem.Mol) -> bool:
    """Say whether a molecule holds carbon."""
    return bool(mol.HasSubstructMatch(_carbon()))


def _without_labels(mol: Chem.Mol) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Drop isotopes and atom maps: they change fingerprints and not what a compound does to a cell."""
    mol = Chem.Mol(mol)
    isotopes = [a for a in mol.GetAtoms() if a.GetIsotope()]
    for atom in isotopes:
        atom.SetIsotope(0)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    return _reread(mol), ("isotope labels removed",) if isotopes else ()


def _reread(mol: Chem.Mol) -> Chem.Mol:
    """Read the canonical SMILES again, so that its features equal those of the standardised SMILES."""
    again = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    if again is None:
        raise Refused("its standardised form cannot be read by RDKit")
    return again


def _parent(mol: Chem.Mol) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the neutral compound among the fragments, and notes on the rest."""
    uncharger = rdMolStandardize.Uncharger()
    parts: dict[str, tuple[Chem.Mol, Chem.Mol]] = {}
    for fragment in Chem.GetMolFrags(mol, asMols=True):
        neutral = uncharger.uncharge(fragment)
        parts.setdefault(Chem.MolToSmiles(neutral, isomericSmiles=False), (fragment, neutral))
    inorganic = {flat for flat, (part, _) in parts.items() if flat in salts.inorganic() or not has_carbon(part)}
    organic = [flat for flat in parts if flat not in inorganic]
    if not organic:
        if len(parts) > 1:
            raise Refused("it holds only ions or inorganic parts, no organic compound")
        raise Refused("it holds no carbon; only organic compounds and metal complexes can be used")
    drugs = [flat for flat in organic if flat not in salts.organic()]
    ranked = sorted(drugs or organic, key=lambda flat: (-parts[flat][1].GetNumHeavyAtoms(), flat))
    main = ranked[0]
    if drugs:
        _refuse_mixture([parts[flat][1] for flat in ranked])
    fragment, neutral = parts[main]
    names = [_name(flat) for flat in parts if flat != main]
    notes = [f"salt removed: {', '.join(names)}"] if names else []
    if _charges(fragment) != _charges(neutral):
        notes.append("charge neutralised")
    return neutral, tuple(notes)


def _refuse_mixture(ranked: list[Chem.Mol]) -> None:
    least = _COMPARABLE * ranked[0].GetNumHeavyAtoms()
    mixed = [mol for mol in ranked if mol.GetNumHeavyAtoms() > least]
    if len(mixed) > 1:
        names = " and ".join(_short(Chem.MolToSmiles(mol)) for mol in mixed)
        raise Refused(f"it is a mixture of {len(mixed)} compounds, {names}; give each on its own")


def _name(flat: str) -> str:
    return salts.inorganic().get(flat) or salts.organic().get(flat) or _short(flat)


def _short(smiles: str) -> str:
    return smiles if len(smiles) <= 60 else smiles[:57] + "..."


def _charges(mol: Chem.Mol) -> int:
    return sum(abs(a.GetFormalCharge()) for a in mol.GetAtoms())
