"""Gene sets in a file: GMT, one set a line."""

from __future__ import annotations

from pathlib import Path

from drugexp.errors import InputError
from drugexp.intake.formats.streams import read_lines
from drugexp.intake.tables import spoken


def read_gmt(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Read a GMT file: name, description and genes of a set on each line, with tabs between.

    Parameters
    ----------
    path
        The file; ``.gz`` and ``.zst`` are unpacked.

    Returns
    -------
    dict
        Name -> genes as they are written, without repeats, in the order of the file. Empty fields, which spreadsheets
        leave at the ends of lines, are no genes; in ``TP53,1.0`` what stands after the comma is a weight, dropped.

    Raises
    ------
    InputError
        If the file cannot be read, holds no set, a line has no tab or no gene, or a name comes twice.

    References
    ----------
    The format: GSEA, https://software.broadinstitute.org/cancer/software/gsea/wiki/index.php/Data_formats
    """
    path = Path(path)
    found: dict[str, tuple[str, ...]] = {}
    line_of: dict[str, int] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{spoken(path)} line {number}"
        fields = [field.strip() for field in line.split("\t")]
        name, genes = fields[0], tuple(dict.fromkeys(g.split(",")[0].strip() for g in fields[2:] if g))
        if len(fields) < 3 or not name or not genes:
            raise InputError(
                f"{line[:60]!r} is no gene set.",
                where=where,
                hint="A line of a GMT file is: name, description, gene, gene, ..., with a tab between each.",
            )
        if name in found:
            raise InputError(f"the set {name!r} stood on line {line_of[name]} already.", where=where)
        found[name], line_of[name] = genes, number
    if not found:
        raise InputError("the file holds no gene set.", where=spoken(path))
    return found
