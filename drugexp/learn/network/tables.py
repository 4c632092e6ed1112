"""Inputs and targets on the device, and the one example a network sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract.batch import Batch, Target
from drugexp.contract.rows import blocks
from drugexp.contract.screen import CENSORED, OBSERVED
from drugexp.errors import ModelError


class Tables(NamedTuple):
    """A `Batch` on the device; its cell tables end with a row of NaN for pooled samples."""

    compound: dict[str, jax.Array]
    cell: dict[str, jax.Array]
    compound_index: jax.Array
    cell_index: jax.Array
    dose_um: jax.Array
    hours: jax.Array


class Prior(NamedTuple):
    """What is known of a task before any input: the output a network starts from.

    centre (gene,) the weighted mean profile of the training rows, of classes the
    log-odds of going up rather than down, of what is or is not so the log-odds of 1;
    cut (gene,) the threshold of classes, of what is or is not so the weight of each column, else 0.
    """

    centre: np.ndarray
    cut: np.ndarray


class Goals(NamedTuple):
    """A `Target` on the device, with weights of mean 1.

    rows (row,) int32, values (row, gene), state (row, gene) uint8, bound (row,),
    weight (row,), centre and cut (gene,) of its `Prior`.
    """

    rows: jax.Array
    values: jax.Array
    state: jax.Array
    bound: jax.Array
    weight: jax.Array
    centre: jax.Array
    cut: jax.Array


def with_pooled_row(cell: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return (cell, feature) tables as float32 with a last row of NaN, which stands for pooled cells."""
    return {
        name: np.concatenate([np.asarray(table, np.float32), np.full((1, *table.shape[1:]), np.nan, np.float32)])
        for name, table in cell.items()
    }


def to_tables(batch: Batch) -> Tables:
    """Return the batch on the device."""
    last = {len(table) for table in batch.cell.values()}
    pooled = last.pop() if last else 0
    cell_index = np.asarray(batch.cell_index)
    return Tables(
        compound={name: jnp.asarray(table) for name, table in batch.compound.items()},
        cell={name: jnp.asarray(table) for name, table in with_pooled_row(batch.cell).items()},
        compound_index=jnp.asarray(batch.compound_index, jnp.int32),
        cell_index=jnp.asarray(np.where(cell_index < 0, pooled, cell_index), jnp.int32),
        dose_um=jnp.asarray(batch.dose_um, jnp.float32),
        hours=jnp.asarray(batch.hours, jnp.float32),
    )


def example(tables: Tables, row: jax.Array) -> dict[str, Any]:
    """Return the sample at `row` () as a network sees it: no batch axis, NaN for what is not stated."""
    compound, cell = tables.compound_index[row], tables.cell_index[row]
    return {
        "compound": {name: table[compound] for name, table in tables.compound.items()},
        "cell": {name: table[cell] for name, table in tables.cell.items()},
        "dose_um": tables.dose_um[row],
        "hours": tables.hours[row],
    }


def mean_profile(target: Target) -> np.ndarray:
    """Return the weighted mean of each gene, (gene,) float32, block by block.

    A censored entry counts as 0, the middle of its interval; a gene never
    measured has mean 0.
    """
    total, share = np.zeros(target.values.shape[1]), np.zeros(target.values.shape[1])
    for at, values in blocks(target.values):
        weight = np.asarray(target.weight[at], np.float64)[:, None]
        state = _state(target, at, values.shape)
        observed = state == OBSERVED
        total += np.sum(np.where(observed, values, 0.0) * weight, axis=0)
        share += np.sum((observed | (state == CENSORED)) * weight, axis=0)
    return np.asarray(np.divide(total, share, out=np.zeros_like(total), where=share > 0), np.float32)


def class_odds(target: Target) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre and the cut, (gene,) float32 each, at which classes have their weighted shares in training.

    Each class of each gene counts one mean row more than was seen, so that no share is 0.
    """
    size = target.values.shape[1]
    up, down, known = np.zeros(size), np.zeros(size), np.zeros(size)
    weight = np.asarray(target.weight, np.float64) / np.mean(target.weight)
    for at, values in blocks(target.values):
        state, share = _state(target, at, values.shape), weight[at][:, None]
        observed = state == OBSERVED
        neither = np.zeros_like(observed)
        if target.bound is not None:
            neither = (state == CENSORED) & (target.bound[at] == 0)[:, None]
        up += np.sum(observed * (values > 0) * share, axis=0)
        down += np.sum(observed * (values < 0) * share, axis=0)
        known += np.sum((observed | neither) * share, axis=0)
    raised, lowered = ((count + 1) / (known + 3) for count in (up, down))
    a, b = (np.log(share / (1 - share)) for share in (raised, lowered))
    return np.asarray((a - b) / 2, np.float32), np.asarray(-(a + b) / 2, np.float32)


def logistic_prior(target: Target) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-odds of 1 in training and the weight of each column, (column,) float32 each.

    A column weighs one over the entropy (nat) of its share of ones, which is the loss of whoever knows that share
    alone: so every column's loss begins at 1, a rare class counts as much as a common one, and the best answer is
    still its probability. Shares count one sample of either kind more than was seen; entropies below 0.02 weigh as
    0.02, or a column of one or two ones would drown all others.
    """
    values = np.asarray(target.values, np.float64)
    weight = np.asarray(target.weight, np.float64)[:, None] / np.mean(target.weight)
    known = weight * target.observed
    share = ((known * (values > 0)).sum(axis=0) + 1) / (known.sum(axis=0) + 2)
    entropy = -(share * np.log(share) + (1 - share) * np.log1p(-share))
    return np.asarray(np.log(share / (1 - share)), np.float32), np.asarray(1 / np.maximum(entropy, 0.02), np.float32)


def prior_of(target: Target) -> Prior:
    """Return what is known of a task before any input."""
    if target.task.loss == "logistic":
        return Prior(*logistic_prior(target))
    if target.task.loss == "classes":
        return Prior(*class_odds(target))
    centre = mean_profile(target)
    return Prior(centre, np.zeros_like(centre))


def check_target(target: Target) -> None:
    """Refuse a target that cannot be trained on.

    Raises
    ------
    ModelError
        If there are no rows, the weights are not positive numbers, or censored entries have no bound.
    """
    name, weight = target.task.name, np.asarray(target.weight)
    if not len(weight):
        raise ModelError(f"task {name!r} has no samples")
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise ModelError(f"task {name!r}: sample weights must be finite, not negative, and not all zero")
    if target.bound is None and target.task.loss == "censored" and (np.asarray(target.state) == CENSORED).any():
        raise ModelError(f"task {name!r} has censored entries but states no bound for them")


def to_goals(target: Target, prior: Prior, rows: np.ndarray | None = None) -> Goals:
    """Return the target on the device, or some of its rows; these are read where they are on disk."""
    at = slice(None) if rows is None else rows
    values = np.asarray(target.values[at], np.float32)
    weight = np.asarray(target.weight, np.float32)
    bound = np.zeros(len(values), np.float32) if target.bound is None else target.bound[at]
    return Goals(
        rows=jnp.asarray(target.rows[at], jnp.int32),
        values=jnp.asarray(values),
        state=jnp.asarray(_state(target, at, values.shape)),
        bound=jnp.asarray(bound, jnp.float32),
        weight=jnp.asarray(weight[at] / weight.mean()),
        centre=jnp.asarray(prior.centre, jnp.float32),
        cut=jnp.asarray(prior.cut, jnp.float32),
    )


def _state(target: Target, at: slice | np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.full(shape, OBSERVED, np.uint8) if target.state is None else np.asarray(target.state[at], np.uint8)
