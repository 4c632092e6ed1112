"""Gene identifiers: the landmark axis, and how a user's names map onto it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis, Namespace

_ENSEMBL = re.compile(r"ENSG\d{6,}(\.\d+)?", re.IGNORECASE)


@cache
def landmark_axis() -> GeneAxis:
    """Return the 978 landmark genes by symbol, in the order of every landmark table."""
    return GeneAxis(tuple(_table()["symbol"]))


@dataclass(frozen=True, eq=False)
class Reconciled:
    """How a list of gene names maps onto the landmark axis.

    Attributes
    ----------
    names
        The names that came.
    namespace
        What they were taken for, by majority.
    positions
        (name,) int64 position on the axis, -1 where unknown.
    aliases
        Old symbol and the symbol it was read as.
    duplicated
        Genes that more than one name maps to; their values are averaged.
    missing
        Genes of the axis that no name maps to.
    """

    names: tuple[str, ...]
    namespace: Namespace
    positions: np.ndarray
    aliases: tuple[tuple[str, str], ...]
    duplicated: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that are no landmark gene."""
        return tuple(n for n, p in zip(self.names, self.positions, strict=True) if p < 0)

    @property
    def coverage(self) -> float:
        """Share of the axis that is covered, 0 to 1."""
        return 1.0 - len(self.missing) / len(landmark_axis())

    def sentence(self) -> str:
        """Return the coverage report, for example for the standard error."""
        total = len(landmark_axis())
        parts = [
            f"{total - len(self.missing)} of {total} landmark genes found ({self.coverage:.0%}, by {self.namespace})"
        ]
        if self.aliases:
            parts.append(f"{len(self.aliases)} by an older symbol ({shortly([f'{a} = {b}' for a, b in self.aliases])})")
        if self.duplicated:
            parts.append(f"{len(self.duplicated)} given more than once and averaged ({shortly(self.duplicated)})")
        if self.unknown:
            parts.append(f"{len(self.unknown)} names are no landmark gene ({shortly(self.unknown)})")
        if self.missing:
            parts.append(f"{len(self.missing)} missing ({shortly(self.missing)})")
        return "; ".join(parts)

    def known(self) -> np.ndarray:
        """Return where the names that are landmark genes stand, (known name,) int64."""
        return np.flatnonzero(self.positions >= 0)

    def known_only(self) -> Reconciled:
        """Return the mapping of the names that are landmark genes."""
        keep = self.known()
        return replace(self, names=tuple(self.names[i] for i in keep), positions=self.positions[keep])

    def collapse(self, values: np.ndarray) -> np.ndarray:
        """Return values on the landmark axis: names of one gene averaged, NaN where none.

        Parameters
        ----------
        values
            (row, name) with NaN for what is missing.

        Returns
        -------
        numpy.ndarray
            (row, landmark gene) float64.
        """
        mean = np.full((len(values), len(landmark_axis())), np.nan)
        order = np.argsort(self.positions, kind="stable")
        order = order[self.positions[order] >= 0]
        if not len(order):
            return mean
        genes, first = np.unique(self.positions[order], return_index=True)
        held = np.isfinite(values[:, order])
        total = np.add.reduceat(np.where(held, values[:, order], 0.0), first, axis=1)
        count = np.add.reduceat(held, first, axis=1, dtype=np.int64)
        mean[:, genes] = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        return mean


def reconcile(names: Sequence[str]) -> Reconciled:
    """Map gene names onto the landmark axis.

    Symbols are matched without regard to case, then as older symbols; Ensembl
    ids without their version; Entrez ids as numbers. What the names are is
    decided by the majority of them.

    Examples
    --------
    >>> found = reconcile(["tp53", "ADCK3", "NOT_A_GENE"])
    >>> found.aliases, found.unknown
    ((('ADCK3', 'COQ8A'),), ('NOT_A_GENE',))
    """
    names = tuple(str(n).strip() for n in names)
    namespace = _namespace(names)
    known = _lookup(namespace)
    positions = np.array([known.get(_key(n, namespace), -1) for n in names], dtype=np.int64)
    axis = landmark_axis()
    aliases: tuple[tuple[str, str], ...] = ()
    if namespace == "symbol":
        aliases = tuple(
            (n, axis.ids[p])
            for n, p in zip(names, positions, strict=True)
            if p >= 0 and _key(n, "symbol") != axis.ids[p].upper()
        )
    often = Counter(positions[positions >= 0].tolist())
    duplicated = tuple(axis.ids[p] for p, n in sorted(often.items()) if n > 1)
    missing = tuple(g for p, g in enumerate(axis.ids) if p not in often)
    return Reconciled(names, namespace, positions, aliases, duplicated, missing)


def shortly(names: Sequence[str], count: int = 5) -> str:
    """Return the first names and how many more there are.

    >>> shortly(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:count])
    return shown if len(names) <= count else f"{shown} and {len(names) - count} more"


def _namespace(names: Sequence[str]) -> Namespace:
    if not names:
        return "symbol"
    if sum(bool(_ENSEMBL.fullmatch(n)) for n in names) * 2 > len(names):
        return "ensembl"
    return "entrez" if sum(n.isdecimal() for n in names) * 2 > len(names) else "symbol"


def _key(name: str, namespace: Namespace) -> str:
    if namespace == "ensembl":
        return name.upper().partition(".")[0]
    return name.lstrip("0") if namespace == "entrez" else name.upper()


@cache
def _lookup(namespace: Namespace) -> dict[str, int]:
    table = _table()
    if namespace != "symbol":
        return {_key(g, namespace): p for p, g in enumerate(table[namespace])}
    older = {a.upper(): p for p, names in enumerate(table["aliases"]) for a in names.split("|") if a}
    return older | {g.upper(): p for p, g in enumerate(table["symbol"])}


@cache
def _table() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("landmark_genes.csv"), comment="#", dtype=str, keep_default_na=False)
