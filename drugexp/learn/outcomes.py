"""Outcomes as targets: numbers on one scale, and what is or is not so; and the way back to the user's own scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from drugexp.contract import MISSING, OBSERVED, GeneAxis, Screen, Target, Task, Unit

Kind = Literal["number", "probability"]
"""What is told of an outcome: a number on its own scale, or the probability that it is so."""

_BOTH: dict[Kind, str] = {"number": ": numbers", "probability": ": yes or no"}


@dataclass(frozen=True, eq=False)
class Head:
    """What stands for some outcomes of one screen in a fitted model.

    Attributes
    ----------
    task, screen
        Names of the task and of the screen that it comes from.
    columns
        Names of the outcomes.
    kind
        What is told of them.
    scale
        (column,) standard deviation on training rows, by which numbers were divided; 1 of what is or is not so.
    usual
        (column,) mean on training rows, of what is or is not so the share of ones; NaN where nothing was measured.
    """

    task: str
    screen: str
    columns: tuple[str, ...]
    kind: Kind
    scale: np.ndarray
    usual: np.ndarray

    def told(self, outputs: np.ndarray) -> np.ndarray:
        """Return what a model's outputs (sample, column) mean: numbers on their own scale, or probabilities.

        An outcome that no training row tells has none, NaN.
        """
        outputs = np.asarray(outputs, np.float64)
        values = outputs * self.scale if self.kind == "number" else 0.5 * (1.0 + np.tanh(0.5 * outputs))
        return np.asarray(np.where(np.isnan(self.usual), np.nan, values))

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays for a bundle; `restore` takes them back."""
        return {**vars(self), "columns": list(self.columns)}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Head:
        """Return the head that gave `state`."""
        return cls(**{**state, "columns": tuple(state["columns"])})


def yes_or_no(screen: Screen) -> np.ndarray:
    """Return which outcomes are nothing but 0 and 1, (column,) bool."""
    values = np.asarray(screen.values)
    return np.asarray((~_observed(screen) | (values == 0) | (values == 1)).all(axis=0))


def outcome_targets(
    screen: Screen, training: Screen, rows: np.ndarray, weight: float
) -> tuple[list[Target], list[Head]]:
    """Return the targets of a screen of outcomes, and what leads back from them.

    Numbers are divided by their standard deviation on the training rows; what a model starts from is their mean, so
    that it sees mean 0 and deviation 1. What is or is not so is learnt as log-odds. Where a screen holds both, each
    kind is a task.

    Parameters
    ----------
    screen
        The whole screen, which says what kind an outcome is.
    training
        Its training rows.
    rows
        (row,) positions of these in the batch.
    weight
        Of each task.
    """
    values, observed = np.asarray(training.values), _observed(training)
    binary = yes_or_no(screen)
    kinds: list[tuple[Kind, np.ndarray]] = [("number", ~binary), ("probability", binary)]
    targets, heads = [], []
    for kind, mask in kinds:
        kept = observed[:, mask].any(axis=1)
        if not mask.any() or not kept.any():
            continue
        name = screen.name if binary.all() or not binary.any() else screen.name + _BOTH[kind]
        mine, there = values[kept][:, mask], observed[kept][:, mask]
        sample_weight = training.samples["weight"].to_numpy(dtype=np.float32)[kept]
        usual, scale = _moments(mine, there, sample_weight)
        if kind == "probability":
            scale = np.ones_like(scale)
        axis = GeneAxis(tuple(np.array(screen.genes.ids, dtype=object)[mask]), "label")
        heads.append(Head(name, screen.name, axis.ids, kind, scale, usual))
        targets.append(
            Target(
                task=Task(name, axis, Unit.OUTCOME, "squared" if kind == "number" else "logistic", weight),
                rows=rows[kept],
                values=np.where(there, mine / scale, 0.0).astype(np.float32),
                weight=sample_weight,
                state=np.where(there, OBSERVED, MISSING).astype(np.uint8),
            )
        )
    return targets, heads


def _observed(screen: Screen) -> np.ndarray:
    if screen.state is None:
        return np.ones(screen.values.shape, dtype=bool)
    return np.asarray(screen.state) == OBSERVED


def _moments(values: np.ndarray, there: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted mean and standard deviation of each column, (column,) each; NaN and 1 where nothing is known."""
    share = there * np.asarray(weight, np.float64)[:, None]
    total = share.sum(axis=0)
    known = total > 0
    mean = (share * values).sum(axis=0) / np.where(known, total, 1)
    spread = np.sqrt((share * (values - mean) ** 2).sum(axis=0) / np.where(known, total, 1))
    scale = np.where(known & (spread > 1e-6 * np.maximum(np.abs(mean), 1e-6)), spread, 1.0)
    return np.where(known, mean, np.nan), scale
