"""Cycles of the learning rate, and the networks at their ends (Huang et al., ICLR 2017: snapshot ensembles)."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax

from drugexp.errors import ModelError
from drugexp.learn.network.options import TrainingOptions


def cycle_ends(steps: int, cycles: int) -> list[int]:
    """Return the update after which each of the cycles, as even as can be, ends.

    >>> cycle_ends(10, 3)
    [3, 7, 10]

    Raises
    ------
    ModelError
        If there are fewer updates than cycles.
    """
    if steps < cycles:
        raise ModelError(f"{steps} updates cannot be cut into {cycles} cycles; ask for fewer snapshots or more epochs")
    return [round(steps * k / cycles) for k in range(1, cycles + 1)]


def schedule(options: TrainingOptions, steps: int) -> optax.Schedule:
    """Return the learning rate of each update: a cosine down to the final rate in each cycle, a warm-up in the first.

    Parameters
    ----------
    steps
        Updates in all.
    """
    ends, parts = cycle_ends(steps, options.snapshots), []
    for k, length in enumerate(np.diff([0, *ends]).tolist()):
        share = 0.0 if k else options.warmup
        part = optax.warmup_cosine_decay_schedule(
            init_value=0.0 if share else options.learning_rate,
            peak_value=options.learning_rate,
            warmup_steps=round(share * length),
            decay_steps=max(length, round(share * length) + 1),
            end_value=options.learning_rate * options.final_rate,
        )
        parts.append(part)
    return parts[0] if len(parts) == 1 else optax.join_schedules(parts, ends[:-1])


def room(params: Any, cycles: int) -> Any:
    """Return where the parameters at the end of each cycle go: their tree with a leading axis (cycle, member, ...)."""
    return jax.tree.map(lambda leaf: np.zeros((cycles, *leaf.shape), leaf.dtype), params)


def keep(kept: Any, cycle: int, params: Any) -> None:
    """Write the parameters at the end of a cycle into their place in `room`."""

    def write(place: np.ndarray, leaf: jax.Array) -> None:
        place[cycle] = leaf

    jax.tree.map(write, kept, params)


def as_members(kept: Any) -> Any:
    """Return all that was kept as members: those of the first network by cycle, then those of the next."""
    return jax.tree.map(lambda a: jax.numpy.asarray(a.swapaxes(0, 1).reshape(-1, *a.shape[2:])), kept)
