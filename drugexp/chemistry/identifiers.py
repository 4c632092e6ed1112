"""InChIKeys."""

from __future__ import annotations

from rdkit import Chem, rdBase


def inchikey(mol: Chem.Mol) -> str:
    """Return the InChIKey of a molecule; empty where InChI cannot describe it.

    >>> from drugexp.chemistry.parse import parse
    >>> inchikey(parse("CCO").mol)
    'LFQSCWFLJHTTHZ-UHFFFAOYSA-N'
    """
    with rdBase.BlockLogs():
        return str(Chem.MolToInchiKey(mol))


def inchikey14(mol: Chem.Mol) -> str:
    """Return the first block of the InChIKey: the skeleton without stereo, isotopes and protons."""
    return inchikey(mol)[:14]
