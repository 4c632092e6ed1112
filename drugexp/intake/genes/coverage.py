"""The report on a list of gene names: what each was read as, and what is missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from drugexp.intake.genes.places import Reading
from drugexp.intake.genes.reconcile import Reconciled
from drugexp.intake.genes.table import gene_table

COLUMNS = ("name", "read_as", "how", "note")


@dataclass(frozen=True, eq=False)
class Coverage:
    """How well the genes of a file cover an axis.

    Attributes
    ----------
    source
        What messages call the file.
    found
        What each name means.
    notes
        Where the names stood, and what was mended.
    """

    source: str
    found: Reconciled
    notes: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Name of the table that names were read through."""
        return gene_table().version

    def table(self) -> pd.DataFrame:
        """Return one row a name, then one a missing gene, with the columns `COLUMNS`."""
        twice = set(self.found.duplicated)
        rows: list[tuple[str, str, str, str]] = [
            (name, r.meant[0] if r.position >= 0 else "", r.how, self._note(r, twice))
            for name, r in zip(self.found.names, self.found.readings, strict=True)
        ]
        rows += [("", gene, "missing", "no name means this gene") for gene in self.found.missing]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def summary(self) -> dict[str, Any]:
        """Return the counts and lists of the report, fit for JSON."""
        found = self.found
        return {
            "source": self.source,
            "table": self.version,
            "namespace": found.namespace,
            "names": len(found.names),
            "genes": len(found.axis),
            "found": len(found.axis) - len(found.missing),
            "coverage": round(found.coverage, 6),
            "read": dict(sorted(Counter(r.how for r in found.readings if r.position >= 0).items())),
            "other_genes": sum(r.position < 0 and r.how not in ("ambiguous", "unknown") for r in found.readings),
            "unknown": sum(r.how == "unknown" for r in found.readings),
            "aliases": dict(found.aliases),
            "ambiguous": {name: list(genes) for name, genes in found.ambiguous},
            "duplicated": list(found.duplicated),
            "missing": list(found.missing),
            "notes": list(self.notes),
        }

    def _note(self, reading: Reading, twice: set[str]) -> str:
        meant = " or ".join(reading.meant)
        if reading.how == "unknown":
            return "no gene is called so"
        if reading.how == "ambiguous":
            return f"not read: {meant} have carried this name"
        if reading.position >= 0:
            return "more than one name of this gene: merged" if meant in twice else ""
        on_axis = meant in self.found.axis
        return f"not read: {meant} is named itself" if on_axis else f"{meant}, which is not asked for"
