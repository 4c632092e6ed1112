"""DNA sequences of genes out of FASTA files."""

from __future__ import annotations

from pathlib import Path

from drugexp.errors import InputError
from drugexp.intake.tables import decode, read_bytes, spoken

LETTERS = frozenset("ACGTNRYSWKMBDHVU-")
"""The four letters, those of IUPAC for several of them, and gaps."""


def read_fasta(path: str | Path) -> dict[str, str]:
    """Return the sequence of each gene, in capitals and in the order of the file.

    The name is the first word after ``>``, up to a ``|``: ``>TP53|ENSG00000141510 promoter`` is TP53.

    Parameters
    ----------
    path
        FASTA, also ``.gz`` or ``.zst``.

    Raises
    ------
    InputError
        With the line, if it is no FASTA file, a name is lacking or stands twice, a sequence is empty or holds other
        letters than those of DNA.
    """
    where = spoken(path)
    found: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    name = ""
    for number, raw in enumerate(decode(read_bytes(Path(path)), where).splitlines(), start=1):
        line = raw.strip()
        if line.startswith(">"):
            name = line[1:].split("|")[0].split()[0] if line[1:].split("|")[0].split() else ""
            if not name:
                raise InputError("a '>' without a name", where=f"{where}, line {number}", hint="Write >GENE.")
            if name in found:
                raise InputError(
                    f"{name!r} stands here and in line {lines[name]}",
                    where=f"{where}, line {number}",
                    hint="Give one sequence for each gene.",
                )
            found[name], lines[name] = [], number
        elif line and not line.startswith(";"):
            if not name:
                raise InputError(
                    "this is no FASTA file: it begins with no '>'", where=f"{where}, line {number}", hint="Write >GENE."
                )
            strange = sorted(set(line.upper()) - LETTERS)
            if strange:
                raise InputError(
                    f"{strange[0]!r} in the sequence of {name} is no letter of DNA", where=f"{where}, line {number}"
                )
            found[name].append(line.upper())
    empty = [one for one, parts in found.items() if not parts]
    if empty:
        raise InputError(f"{empty[0]} has no sequence", where=f"{where}, line {lines[empty[0]]}")
    if not found:
        raise InputError("it holds no sequence", where=where)
    return {one: "".join(parts).replace("U", "T") for one, parts in found.items()}
