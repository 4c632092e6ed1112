"""Matching atoms: every match, in the numbering of the SMILES."""

from __future__ import annotations

import pytest

from drugexp.chemistry.substructures import matching_atoms
from drugexp.errors import InputError


@pytest.mark.parametrize(
    ("smiles", "smarts", "atoms"),
    [
        ("CCO", "[OH]", (2,)),
        ("OCCO", "[OH]", (0, 3)),
        ("c1ccccc1", "c1ccccc1", (0, 1, 2, 3, 4, 5)),
        ("CCO", "N", ()),
        ("C" * 60, "CC", tuple(range(60))),
    ],
)
def test_atoms_are_numbered_as_written(smiles: str, smarts: str, atoms: tuple[int, ...]) -> None:
    assert matching_atoms(smiles, smarts) == atoms


@pytest.mark.parametrize(
    ("smiles", "smarts", "what"), [("C1CC", "C", "SMILES: 'C1CC'"), ("CC", "[C", "SMARTS: '\\[C'")]
)
def test_what_cannot_be_read_is_named(smiles: str, smarts: str, what: str) -> None:
    with pytest.raises(InputError, match=f"not a valid {what}"):
        matching_atoms(smiles, smarts)
