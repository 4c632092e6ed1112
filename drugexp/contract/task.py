"""A task: one thing a model learns to predict, with its axis, unit and loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drugexp.contract.axis import GeneAxis
from drugexp.contract.units import Unit

Loss = Literal["squared", "censored", "classes", "logistic"]


@dataclass(frozen=True)
class Task:
    """One output of a model.

    Attributes
    ----------
    name
        The screen it comes from.
    genes
        The axis of its outputs.
    unit
        The unit of the values the model sees (after the target transform).
    loss
        ``squared`` counts observed entries; ``censored`` also asks that entries
        known only to lie within a bound do so. ``classes``: values are 1 (up), 0
        (neither) and -1 (down), and outputs are log-odds of going up rather than
        down; only an auxiliary task has it. ``logistic``: values are 1 and 0, and
        outputs are log-odds of 1.
    weight
        The task's share of the total loss.
    """

    name: str
    genes: GeneAxis
    unit: Unit
    loss: Loss = "squared"
    weight: float = 1.0
