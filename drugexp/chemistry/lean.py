"""Reading no more of a molecule than circular fingerprints look at: atoms, bonds, charges, rings and aromaticity.

Left out are stereo, hybridisation and conjugation, which is a quarter of
RDKit's work. A library that RDKit wrote itself is aromatic where RDKit says
so, and needs no look at that either.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Literal

from rdkit import Chem

Reading = Literal["whole", "lean", "canonical"]
"""``whole``: all that RDKit sees. ``lean``: the same atoms, bonds, charges, rings and aromaticity, and the same
refusals. ``canonical``: the same as ``lean`` for SMILES as RDKit writes them; others may be taken for what they are
not."""

_STEPS = (
    Chem.SanitizeFlags.SANITIZE_CLEANUP,
    Chem.SanitizeFlags.SANITIZE_CLEANUP_ORGANOMETALLICS,
    Chem.SanitizeFlags.SANITIZE_PROPERTIES,
    Chem.SanitizeFlags.SANITIZE_SYMMRINGS,
    Chem.SanitizeFlags.SANITIZE_KEKULIZE,
    Chem.SanitizeFlags.SANITIZE_FINDRADICALS,
    Chem.SanitizeFlags.SANITIZE_SETAROMATICITY,
    Chem.SanitizeFlags.SANITIZE_ADJUSTHS,
)
_MASK = reduce(or_, (int(step) for step in _STEPS))


def _as_written() -> Any:
    params: Any = Chem.SmilesParserParams()
    params.removeHs = params.sanitize = False
    return params


_PARAMS = _as_written()


def read_lean(text: str, reading: Reading, *, plain: bool) -> Chem.Mol | None:
    """Return the molecule of a SMILES without hydrogens as atoms; None where RDKit minds something.

    Parameters
    ----------
    text
        One SMILES.
    reading
        ``lean`` or ``canonical``.
    plain
        Whether it is (`drugexp.chemistry.plain.is_plain`); others are read lean in any case.
    """
    mol = Chem.MolFromSmiles(text, _PARAMS)
    if mol is None:
        return None
    try:
        if reading == "canonical" and plain:
            mol.UpdatePropertyCache(strict=True)
            Chem.FastFindRings(mol)
        else:
            Chem.SanitizeMol(mol, sanitizeOps=_MASK)
    except Chem.MolSanitizeException:
        return None
    return mol
