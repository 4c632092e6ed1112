"""Where a substructure stands in a compound."""

from __future__ import annotations

from functools import lru_cache

from rdkit import Chem, rdBase

from drugexp.errors import InputError


def matching_atoms(smiles: str, smarts: str) -> tuple[int, ...]:
    """Return the atoms of all matches of a substructure, ascending; empty where it does not occur.

    Parameters
    ----------
    smiles
        A compound. Its atoms are numbered from 0 as they are written.
    smarts
        The substructure.

    Raises
    ------
    InputError
        If either cannot be read.

    Examples
    --------
    >>> matching_atoms("Cc1ccc(C#N)cc1", "C#N")
    (5, 6)
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise InputError(f"not a valid SMILES: {smiles!r}")
    # A match is listed once for each place, not for each way to number it; there may be many places.
    matches = mol.GetSubstructMatches(_query(smarts), maxMatches=mol.GetNumAtoms())
    return tuple(sorted({atom for match in matches for atom in match}))


@lru_cache(maxsize=256)
def _query(smarts: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(smarts)
    if query is None:
        raise InputError(f"not a valid SMARTS: {smarts!r}")
    return query
