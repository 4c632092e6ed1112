"""Where genes stand on an axis, and what each name means there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from drugexp.contract.axis import GeneAxis, Namespace
from drugexp.intake.genes.landmarks import landmark_axis, landmark_ensembl, landmark_entrez, older_landmark_symbols
from drugexp.intake.genes.table import gene_table, key_of

How = Literal["same", "yours", "approved", "retired", "alias", "ambiguous", "unknown"]
"""How a name was read: as it stands on the axis; by the user's own table; by the approved, a retired or another name
of one gene; not at all, since two genes may be meant or no gene is called so."""


class Reading(NamedTuple):
    """What one name means: its position on the axis (-1: none), how it was read, and the genes that may be meant."""

    position: int
    how: How
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Places:
    """Where genes stand on an axis.

    Attributes
    ----------
    axis
        The axis.
    names
        Namespace -> key -> position, of what needs no table.
    older
        Older symbol in upper case -> position, where the axis itself says so.
    """

    axis: GeneAxis
    names: Mapping[Namespace, Mapping[str, int]]
    older: Mapping[str, int]

    def read(self, name: str, namespace: Namespace) -> Reading:
        """Return what a name means.

        It is the first of: the axis's own name; an older symbol that the axis states; the approved symbol of a gene; a
        retired symbol or another name of one gene alone. A name that two genes have carried is not guessed.
        """
        key = key_of(name, namespace)
        at = self.names[namespace].get(key, -1)
        if at >= 0:
            return Reading(at, "same", (self.axis.ids[at],))
        if namespace == "symbol" and key in self.older:
            return Reading(self.older[key], "retired", (self.axis.ids[self.older[key]],))
        found = self._through_table(key, namespace)
        # R writes HLA.DRA for HLA-DRA.
        return self.read(name.replace(".", "-"), namespace) if found.how == "unknown" and "." in name else found

    def _through_table(self, key: str, namespace: Namespace) -> Reading:
        table = gene_table()
        rows = table.meant(key, namespace)
        if not rows:
            return Reading(-1, "unknown")
        if len(rows) == 1:
            approved = key in table.rows[namespace]
            return self._of_gene(rows[0], "approved" if approved else "retired" if key in table.retired else "alias")
        return Reading(-1, "ambiguous", tuple(self._of_gene(row, "alias").meant[0] for row in rows))

    def _of_gene(self, row: int, how: How) -> Reading:
        at = _positions(self).get(row, -1)
        return Reading(at, how, (self.axis.ids[at] if at >= 0 else gene_table().symbols[row],))


@lru_cache(maxsize=8)
def places(axis: GeneAxis) -> Places:
    """Return where genes stand on an axis of symbols, Ensembl or Entrez ids."""
    own: dict[Namespace, Mapping[str, int]] = {"symbol": {}, "ensembl": {}, "entrez": {}}
    own[axis.namespace] = {key_of(name, axis.namespace): at for at, name in enumerate(axis.ids)}
    if axis != landmark_axis():
        return Places(axis, own, {})
    own["ensembl"] = {name: at for at, name in enumerate(landmark_ensembl())}
    own["entrez"] = {name: at for at, name in enumerate(landmark_entrez())}
    return Places(axis, own, older_landmark_symbols())


@lru_cache(maxsize=8)
def _positions(of: Places) -> dict[int, int]:
    """Return row of the table -> position on the axis."""
    table = gene_table()
    found: dict[int, int] = {}
    for namespace, names in of.names.items():
        for key, at in names.items():
            rows = table.meant(key, namespace)
            if len(rows) == 1:
                found.setdefault(rows[0], at)
    return found
