"""The versioned table of human genes: what a name may mean today."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from drugexp.contract.axis import Namespace

_SEPARATOR = "|"


@dataclass(frozen=True, eq=False)
class GeneTable:
    """Approved symbols, ids, retired symbols and other names of human genes.

    Attributes
    ----------
    version
        Source and date, such as ``HGNC 2024-07-23``.
    symbols
        (gene,) approved symbols.
    rows
        Namespace -> key, see `key_of` -> row of the gene.
    retired
        Retired symbol in upper case -> rows of the genes that carried it.
    aliases
        Other name in upper case, never approved -> rows of the genes that it is used for.
    """

    version: str
    symbols: tuple[str, ...]
    rows: Mapping[Namespace, Mapping[str, int]]
    retired: Mapping[str, tuple[int, ...]]
    aliases: Mapping[str, tuple[int, ...]]

    def meant(self, name: str, namespace: Namespace) -> tuple[int, ...]:
        """Return the rows of the genes that a name may mean: the one whose approved name it is, or all that carried it.

        >>> table = gene_table()
        >>> [table.symbols[row] for row in table.meant("erk", "symbol")]
        ['EPHB2', 'MAPK1']
        """
        key = key_of(name, namespace)
        row = self.rows[namespace].get(key, -1) if namespace in self.rows else -1
        if row >= 0:
            return (row,)
        if namespace != "symbol":
            return ()
        return tuple(dict.fromkeys((*self.retired.get(key, ()), *self.aliases.get(key, ()))))


def key_of(name: str, namespace: Namespace) -> str:
    """Return a name without what does not matter: case, the version of an Ensembl id, zeros before a number.

    >>> key_of("ENSG00000113552.17", "ensembl"), key_of("tp53", "symbol"), key_of("007157", "entrez")
    ('ENSG00000113552', 'TP53', '7157')
    """
    if namespace == "ensembl":
        return name.upper().partition(".")[0]
    return name.lstrip("0") if namespace == "entrez" else name.upper()


@cache
def gene_table() -> GeneTable:
    """Return the table that ships with drugexp, read once."""
    with gzip.open(Path(__file__).with_name("human_genes.csv.gz"), "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    notes = [line for line in lines if line.startswith("#")]
    version = next(note for note in notes if note.startswith("# Version: ")).removeprefix("# Version: ")
    # No field holds a comma or a quote; the script that makes the table sees to it.
    genes = [line.split(",") for line in lines[len(notes) + 1 :]]
    symbols, entrez, ensembl, retired, aliases = zip(*genes, strict=True)
    return GeneTable(
        version=version.partition(" (")[0],
        symbols=symbols,
        rows={
            "symbol": {name.upper(): row for row, name in enumerate(symbols)},
            "entrez": {name: row for row, name in enumerate(entrez) if name},
            "ensembl": {name: row for row, name in enumerate(ensembl) if name},
        },
        retired=_by_name(retired),
        aliases=_by_name(aliases),
    )


def _by_name(column: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row, names in enumerate(column):
        for name in filter(None, names.upper().split(_SEPARATOR)):
            found[name] = (*found.get(name, ()), row)
    return found
