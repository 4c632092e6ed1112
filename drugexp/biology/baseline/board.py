"""What an evaluation of baseline expression found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from drugexp.biology.baseline.contest import Row
from drugexp.biology.baseline.promoters.contest import GeneRow

AnyRow = TypeVar("AnyRow", Row, GeneRow)


@dataclass(frozen=True, eq=False)
class BaselineBoard(Generic[AnyRow]):
    """How well baseline expression is told.

    Attributes
    ----------
    rows
        Naive answers, then models.
    cells, genes
        Names.
    notes
        What the user should know.
    """

    rows: tuple[AnyRow, ...]
    cells: tuple[str, ...]
    genes: tuple[str, ...]
    notes: tuple[str, ...]
