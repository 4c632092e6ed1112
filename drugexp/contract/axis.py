"""The gene axis: ordered identifiers and the namespace they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from drugexp.errors import InputError

Namespace = Literal["symbol", "ensembl", "entrez", "region", "label"]


@dataclass(frozen=True)
class GeneAxis:
    """Ordered, unique gene identifiers.

    Parameters
    ----------
    ids
        Identifiers in column order.
    namespace
        What kind of identifier they are; ``label``: names of annotations, no genes.

    Raises
    ------
    InputError
        If the axis is empty, or an identifier is empty or stands twice.

    Examples
    --------
    >>> axis = GeneAxis(("TP53", "MYC"))
    >>> len(axis), axis.positions(["MYC", "EGFR"]).tolist()
    (2, [1, -1])
    """

    ids: tuple[str, ...]
    namespace: Namespace = "symbol"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(str(i) for i in self.ids))
        if not self.ids:
            raise InputError("a gene axis needs at least one gene")
        if self.namespace not in get_args(Namespace):
            raise InputError(f"unknown gene namespace {self.namespace!r}; valid: {', '.join(get_args(Namespace))}")
        if any(not i for i in self.ids):
            raise InputError("a gene identifier is empty")
        if len(self._position) != len(self.ids):
            seen: set[str] = set()
            twice = [i for i in self.ids if i in seen or seen.add(i)]  # type: ignore[func-returns-value]
            raise InputError(f"{len(twice)} gene identifiers stand twice, the first is {twice[0]!r}")

    @cached_property
    def _position(self) -> dict[str, int]:
        return {gene: i for i, gene in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, gene: object) -> bool:
        return gene in self._position

    def positions(self, genes: Iterable[str]) -> np.ndarray:
        """Return where each gene stands on this axis, -1 where it does not, (gene,) int64."""
        return np.array([self._position.get(g, -1) for g in genes], dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return plain values for a model's state; `restore` takes them back."""
        return {"ids": list(self.ids), "namespace": self.namespace}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> GeneAxis:
        """Return the axis that gave `state`.

        >>> axis = GeneAxis(("TP53", "MYC"))
        >>> GeneAxis.restore(axis.state()) == axis
        True
        """
        return cls(tuple(state["ids"]), state["namespace"])

    def subset(self, keep: Sequence[int] | np.ndarray) -> GeneAxis:
        """Return the axis of the genes at the positions `keep`, in that order."""
        return GeneAxis(tuple(self.ids[int(i)] for i in keep), self.namespace)
