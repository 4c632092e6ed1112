"""From what a user wrote to a standardised structure, or a sentence that says why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rdkit import Chem, rdBase

from drugexp.chemistry import syntax
from drugexp.chemistry.lean import Reading, read_lean
from drugexp.chemistry.plain import is_plain, is_settled
from drugexp.chemistry.standardise import Refused, has_carbon, is_ordinary, standardise

MAX_ATOMS = 250
"""Heavy atoms; the largest compounds of the training data have fewer than half of it."""

_CHARACTERS_PER_ATOM = 20
_SUSPECT = re.compile(r"[*~>\s]")
"""RDKit reads these, but as a query, a reaction or a name."""
_HYDROGEN = re.compile(r"\[\d*H")


@dataclass(frozen=True, eq=False)
class Compound:
    """A structure that can be used.

    Attributes
    ----------
    given
        The SMILES as it came.
    mol
        The standardised RDKit molecule.
    notes
        What standardisation did, for example ``"salt removed: sodium"``.
    """

    given: str
    mol: Chem.Mol
    notes: tuple[str, ...] = ()

    @cached_property
    def smiles(self) -> str:
        """Canonical SMILES of the standardised structure, made when first asked for; not of one that was read lean."""
        return str(Chem.MolToSmiles(self.mol))


@dataclass(frozen=True)
class Rejected:
    """A SMILES that cannot be used, and why."""

    given: str
    reason: str


def parse(smiles: str, *, max_atoms: int = MAX_ATOMS, reading: Reading = "whole") -> Compound | Rejected:
    """Return the standardised compound of a SMILES, or why there is none.

    Salts, solvents and counter-ions are taken off, charges neutralised,
    isotope labels and atom maps dropped; each leaves a note. An ordinary
    neutral molecule of one fragment passes at the cost of reading it.

    Parameters
    ----------
    smiles
        One SMILES; spaces around it and a CXSMILES extension (``|...|``) are dropped.
    max_atoms
        The most heavy atoms a compound may have.
    reading
        What of a molecule is asked for; see `drugexp.chemistry.lean`. Read lean, the same SMILES are rejected; read as
        canonical, rings that are aromatic on paper only pass.

    Examples
    --------
    >>> parse("CC(=O)[O-].[Na+]").smiles
    'CC(=O)O'
    >>> parse("C1CC").reason
    'not a valid SMILES: ring bond 1 is opened and not closed'
    """
    with rdBase.BlockLogs():
        return _parsed(smiles, max_atoms, reading)


def parse_all(smiles: Sequence[str], *, reading: Reading = "whole") -> list[Compound | Rejected]:
    """Return what `parse` returns for each SMILES."""
    with rdBase.BlockLogs():
        return [_parsed(text, MAX_ATOMS, reading) for text in smiles]


def _parsed(smiles: str, max_atoms: int, reading: Reading) -> Compound | Rejected:
    text, notes = _clean(smiles)
    if not text:
        return Rejected(smiles, "the SMILES is empty")
    if len(text) > max_atoms * _CHARACTERS_PER_ATOM:
        return Rejected(smiles, f"the SMILES has {len(text):,} characters; a compound may have {max_atoms} heavy atoms")
    # An atom takes at least one character, so only a long text can hold too many.
    if len(text) > max_atoms and (size := _size(text)) > max_atoms:
        return Rejected(smiles, f"{size:,} heavy atoms; at most {max_atoms} can be used")
    plain = is_plain(text)
    settled = plain and is_settled(text)
    odd = not plain and _SUSPECT.search(text) and syntax.fault(text)
    hydrogen = not plain and _HYDROGEN.search(text) is not None
    if reading != "whole" and not (odd or hydrogen):
        mol = read_lean(text, reading, plain=plain)
        if mol is not None and (settled or (has_carbon(mol) and is_ordinary(mol, text))):
            return Compound(smiles, mol, notes)
    mol = None if odd else _read(text, hydrogen)
    if mol is None:
        return Rejected(smiles, f"not a valid SMILES: {_objection(text)}")
    if settled:
        return Compound(smiles, mol, notes)
    try:
        mol, done = standardise(mol, text)
    except Refused as refused:
        return Rejected(smiles, str(refused))
    return Compound(smiles, mol, notes + done)


def _clean(smiles: str) -> tuple[str, tuple[str, ...]]:
    text = smiles.strip()
    head, _, tail = text.partition(" ")
    if tail.startswith("|") and tail.endswith("|"):
        return head, ("text after the SMILES ignored: " + tail[:40],)
    return text, ()


def _read(text: str, hydrogen: bool) -> Chem.Mol | None:
    # Looking for hydrogens to remove takes a seventh of the reading; most SMILES write none as atoms.
    params: Any = Chem.SmilesParserParams()
    params.removeHs = hydrogen
    return Chem.MolFromSmiles(text, params)


def _size(text: str) -> int:
    mol = Chem.MolFromSmiles(text, sanitize=False)
    return 0 if mol is None else int(mol.GetNumHeavyAtoms())


def _objection(text: str) -> str:
    """Say what RDKit minds, without its log (which is shared by the whole process)."""
    fault = syntax.fault(text)
    if fault:
        return fault
    mol = Chem.MolFromSmiles(text, sanitize=False)
    if mol is None:
        return "RDKit cannot read it"
    problems = Chem.DetectChemistryProblems(mol)
    return problems[0].Message().splitlines()[0] if problems else "RDKit cannot make sense of it"
