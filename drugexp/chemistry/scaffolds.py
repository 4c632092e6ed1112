"""Bemis-Murcko scaffolds."""

from __future__ import annotations

from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds import MurckoScaffold


def scaffold(mol: Chem.Mol) -> str:
    """Return the Bemis-Murcko scaffold as canonical SMILES without stereo; empty for acyclic molecules.

    Bemis and Murcko, J. Med. Chem. 1996, 39, 2887.

    >>> from drugexp.chemistry.parse import parse
    >>> scaffold(parse("CC(=O)Oc1ccccc1C(=O)O").mol)
    'c1ccccc1'
    """
    with rdBase.BlockLogs():
        return str(Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(mol), isomericSmiles=False))
