"""Structures in SDF files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise

from rdkit import Chem, rdBase

from drugexp.chemistry.parse import Rejected

_END = "$$$$"
_LONGEST = 1_000_000
"""Lines of one record; a molecule of 250 heavy atoms has a thousand."""


@dataclass(frozen=True)
class Record:
    """One record of an SDF file.

    Attributes
    ----------
    title
        Its first line; its number from 1 where that is blank.
    structure
        The SMILES, or why it cannot be read.
    properties
        The data items below the structure: name -> first line of the value.
    """

    title: str
    structure: str | Rejected
    properties: Mapping[str, str] = field(default_factory=dict)


def read_sdf(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records of an SDF file (molfiles V2000 or V3000), one at a time.

    Parameters
    ----------
    lines
        The lines of the file, without their ends.
    """
    lines = iter(lines)
    number = 0
    while record := list(islice(_record(lines), _LONGEST)):
        if not any(line.strip() for line in record):
            return  # blank lines after the last record
        number += 1
        if len(record) == _LONGEST:
            yield Record(str(number), Rejected("", f"record {number} of the SDF file has no end"))
            for _ in _record(lines):
                pass
            continue
        yield Record(record[0].strip() or str(number), _structure(record, number), _properties(record))


def _record(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines up to the mark of the end, and the mark."""
    for line in lines:
        yield line
        if line.startswith(_END):
            return


def _structure(record: list[str], number: int) -> str | Rejected:
    with rdBase.BlockLogs():
        mol = Chem.MolFromMolBlock("\n".join(record))
        if mol is not None:
            return str(Chem.MolToSmiles(mol))
    return Rejected("", f"record {number} of the SDF file cannot be read by RDKit")


def _properties(record: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, value in pairwise(record):
        # "> <NAME>", with numbers or other words around the name as it may come.
        if line.startswith(">") and "<" in line and ">" in line[line.index("<") :]:
            name = line[line.index("<") + 1 : line.rindex(">")].strip()
            found.setdefault(name, value.strip())
    return found
