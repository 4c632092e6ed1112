"""Where the names of genes stand: in the ids of an axis, or in a column of its annotations."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.intake.formats.gene_dates import mended
from drugexp.intake.genes import OwnNames, Reconciled, reconcile

GENE_COLUMNS = frozenset(
    (
        *("symbol", "symbols", "genesymbol", "prgenesymbol", "hgncsymbol", "gene", "genename", "genenames"),
        *("geneid", "geneids", "prgeneid", "entrez", "entrezid", "entrezgene", "entrezgeneid"),
        *("ensembl", "ensemblid", "ensemblgene", "ensemblgeneid", "featurename", "description"),
    )
)
"""Names of columns that may hold genes, in lower case without what is no letter."""


@dataclass(frozen=True, eq=False)
class GeneNames:
    """How one axis of a table names genes.

    Attributes
    ----------
    found
        How the names map onto the landmark genes.
    notes
        Where they stand if not in the ids, and which were dates.
    """

    found: Reconciled
    notes: tuple[str, ...] = ()


def holds_genes(column: object) -> bool:
    """Return whether a column is called as columns of gene names are.

    >>> holds_genes("pr_gene_symbol"), holds_genes("Ensembl ID"), holds_genes("dose")
    (True, True, False)
    """
    return "".join(c for c in str(column).lower() if c.isalpha()) in GENE_COLUMNS


def gene_names(table: pd.DataFrame, own: OwnNames | None = None, axis: GeneAxis | None = None) -> GeneNames:
    """Return the names that cover most genes of an axis: the index of a table, or one of its columns.

    Parameters
    ----------
    table
        One row a gene: ids in the index, annotations in the columns.
    own
        What the user's own names stand for.
    axis
        The genes that are wanted; default: the landmark genes.
    """
    best = _reconciled(table.index, own, axis)
    for column in filter(holds_genes, table.columns):
        other = _reconciled(table[column], own, axis)
        if other.found.coverage > best.found.coverage:
            best = GeneNames(other.found, (f"gene names were taken from {str(column)!r}", *other.notes))
    return best


def _reconciled(values: pd.Index | pd.Series, own: OwnNames | None, axis: GeneAxis | None) -> GeneNames:
    names, notes = mended([_name(v) for v in values.tolist()])
    return GeneNames(reconcile(names, axis, own), notes)


def _name(value: object) -> str:
    """Return a name as text; a number that lost its column to missing values is whole again."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return "" if value is None else str(value)
