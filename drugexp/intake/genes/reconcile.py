"""How a user's gene names map onto an axis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drugexp.contract.axis import GeneAxis, Namespace
from drugexp.intake.genes.landmarks import landmark_axis
from drugexp.intake.genes.own import OwnNames
from drugexp.intake.genes.places import Places, Reading, places
from drugexp.intake.genes.words import shortly
from drugexp.preprocess.merge import Merge, merge_columns

_MERGED = {"mean": "averaged", "sum": "summed", "max": "of which the largest is kept"}
_ENSEMBL = re.compile(r"ENSG\d{6,}(\.\d+)?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Reconciled:
    """How a list of gene names maps onto an axis.

    Attributes
    ----------
    names
        The names that came.
    namespace
        What they were taken for, by majority.
    readings
        (name,) what each means.
    axis
        The genes that are wanted.
    """

    names: tuple[str, ...]
    namespace: Namespace
    readings: tuple[Reading, ...]
    axis: GeneAxis

    @cached_property
    def positions(self) -> np.ndarray:
        """(name,) int64 position on the axis, -1 where there is none."""
        return np.array([r.position for r in self.readings], dtype=np.int64)

    @property
    def aliases(self) -> tuple[tuple[str, str], ...]:
        """Names that are not those of the axis nor in the user's table, and what they were read as."""
        return tuple(
            (n, self.axis.ids[r.position])
            for n, r in self._pairs()
            if r.position >= 0 and r.how not in ("same", "yours")
        )

    @property
    def ambiguous(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Names that two genes or more have carried, one of them of the axis, and these genes; they are not read."""
        on = set(self.axis.ids)
        return tuple((n, r.meant) for n, r in self._pairs() if r.how == "ambiguous" and on.intersection(r.meant))

    @cached_property
    def _times(self) -> Counter[int]:
        return Counter(self.positions[self.positions >= 0].tolist())

    @property
    def duplicated(self) -> tuple[str, ...]:
        """Genes of the axis that more than one name maps to; `collapse` merges their values."""
        return tuple(self.axis.ids[p] for p, n in sorted(self._times.items()) if n > 1)

    @property
    def missing(self) -> tuple[str, ...]:
        """Genes of the axis that no name maps to."""
        return tuple(g for p, g in enumerate(self.axis.ids) if p not in self._times)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that are no gene of the axis."""
        return tuple(n for n, r in self._pairs() if r.position < 0)

    @property
    def coverage(self) -> float:
        """Share of the axis that is covered, 0 to 1."""
        return len(self._times) / len(self.axis)

    def sentence(self, merge: Merge = "mean") -> str:
        """Return the coverage report, for example for the standard error."""
        total, missing, aliases = len(self.axis), self.missing, self.aliases
        landmarks = "landmark " if self.axis == landmark_axis() else ""
        ambiguous = self.ambiguous
        unread = {name for name, _ in ambiguous}
        other = [name for name in self.unknown if name not in unread]
        parts = [f"{total - len(missing)} of {total} {landmarks}genes found ({self.coverage:.0%}, by {self.namespace})"]
        yours = sum(r.how == "yours" for r in self.readings)
        if yours:
            parts.append(f"{yours} by your table of genes")
        if aliases:
            parts.append(f"{len(aliases)} by another name ({shortly([f'{a} = {b}' for a, b in aliases])})")
        if self.duplicated:
            parts.append(
                f"{len(self.duplicated)} given more than once and {_MERGED[merge]} ({shortly(self.duplicated)})"
            )
        if ambiguous:
            shown = shortly([f"{name} = {' or '.join(genes[:3])}" for name, genes in ambiguous])
            parts.append(f"{len(ambiguous)} not read, since two genes carried the name ({shown})")
        if other:
            parts.append(f"{len(other)} names are no {landmarks}gene ({shortly(other)})")
        if missing:
            parts.append(f"{len(missing)} missing ({shortly(missing)})")
        return "; ".join(parts)

    def known(self) -> np.ndarray:
        """Return where the names that are genes of the axis stand, (known name,) int64."""
        return np.flatnonzero(self.positions >= 0)

    def known_only(self) -> Reconciled:
        """Return the mapping of the names that are genes of the axis."""
        keep = self.known()
        return Reconciled(
            tuple(self.names[i] for i in keep), self.namespace, tuple(self.readings[i] for i in keep), self.axis
        )

    def collapse(self, values: np.ndarray, merge: Merge = "mean") -> np.ndarray:
        """Return values on the axis: those of one gene merged, NaN where there is none.

        Parameters
        ----------
        values
            (row, name) with NaN for what is missing.
        merge
            ``mean`` is for logarithms, z-scores and fold changes; ``sum`` for counts, where two names of a gene are
            parts of it; ``max`` for the strongest probe of a gene.

        Returns
        -------
        numpy.ndarray
            (row, gene of the axis) float64.
        """
        merged = np.full((len(values), len(self.axis)), np.nan)
        genes, found = merge_columns(values, self.positions, merge)
        merged[:, genes] = found
        return merged

    def _pairs(self) -> zip[tuple[str, Reading]]:
        return zip(self.names, self.readings, strict=True)


def reconcile(names: Sequence[str], axis: GeneAxis | None = None, own: OwnNames | None = None) -> Reconciled:
    """Map gene names onto an axis; default: the landmark genes.

    What the user's own table says of a name comes first.
    What the names are (symbols, Ensembl or Entrez ids) is decided by the majority of them; `Places.read` says how each
    is read. A list names a gene once by its symbols. So another name of a gene, which was never its symbol, is not read
    beside a symbol of it; and of two genes that carried a name, the one that the list names otherwise is not meant.

    Examples
    --------
    >>> found = reconcile(["tp53", "ADCK3", "ERK", "NOT_A_GENE"])
    >>> found.aliases, found.ambiguous, found.unknown
    ((('ADCK3', 'COQ8A'),), (('ERK', ('EPHB2', 'MAPK1')),), ('ERK', 'NOT_A_GENE'))
    """
    names = tuple(str(n).strip() for n in names)
    namespace = _namespace(names)
    on = places(landmark_axis() if axis is None else axis)
    readings = [_read(name, namespace, on, own) for name in names]
    firm = {r.meant[0] for r in readings if r.how in ("same", "yours", "approved", "retired")}
    kept = tuple(_beside(firm, r, on.axis) for r in readings)
    return Reconciled(names, namespace, kept, on.axis)


def _read(name: str, namespace: Namespace, on: Places, own: OwnNames | None) -> Reading:
    stated = None if own is None else own.of(name)
    if stated is None:
        return on.read(name, namespace)
    found = on.read(*stated)
    return found._replace(how="yours") if found.position >= 0 else found


def _beside(firm: set[str], reading: Reading, axis: GeneAxis) -> Reading:
    """Return what a name means in a list that names the genes `firm` by their symbols."""
    if reading.how == "alias" and reading.meant[0] in firm:
        return reading._replace(position=-1)
    left = [gene for gene in reading.meant if gene not in firm]
    if reading.how != "ambiguous" or len(left) == len(reading.meant) or len(left) > 1:
        return reading
    return Reading(int(axis.positions(left)[0]), "retired", tuple(left)) if left else Reading(-1, "unknown")


def _namespace(names: Sequence[str]) -> Namespace:
    if not names:
        return "symbol"
    if sum(bool(_ENSEMBL.fullmatch(n)) for n in names) * 2 > len(names):
        return "ensembl"
    return "entrez" if sum(n.isdecimal() for n in names) * 2 > len(names) else "symbol"
