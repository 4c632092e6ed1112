"""The validation samples as the device sees them: tiles of rows, all at once or, from disk, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract.batch import Examples, Target
from drugexp.errors import ModelError
from drugexp.learn.network.feed import on_disk, one_ahead, part
from drugexp.learn.network.tables import Goals, Prior, Tables, check_target
from drugexp.memory import give_back

_TILE = 256  # validation samples that pass the network together
_TILES = 64  # tiles that are read together: 64 MB of values, which go back to the system when they are freed


class Look(NamedTuple):
    """Some validation samples: tiles (tile, row) of positions in the goals, and the mask of true rows."""

    tables: Tables
    goals: Goals
    tiles: jax.Array
    used: jax.Array


class HeldOut:
    """The validation samples of the primary task.

    Parameters
    ----------
    valid
        Validation samples.
    name
        The primary task.
    prior
        What is known of it before any input.

    Raises
    ------
    ModelError
        If they hold none of the primary task.
    """

    def __init__(self, valid: Examples, name: str, prior: Prior) -> None:
        found: Target | None = next((t for t in valid.targets if t.task.name == name), None)
        if found is None:
            raise ModelError(f"the validation samples hold none of task {name!r}; give some, or no validation at all")
        check_target(found)
        self._examples, self._priors = Examples(valid.batch, (found,), valid.groups), {name: prior}
        self.count = len(found.rows)

    def __iter__(self) -> Iterator[Look]:
        """Give all samples once, always in the same order."""
        if not on_disk(self._examples.primary):
            return iter((self._whole,))
        give_back()
        return one_ahead(partial(self._look, tiles=_TILES), range(0, self.count, _TILES * _TILE))

    @cached_property
    def _whole(self) -> Look:
        return self._look(0, -(-self.count // _TILE))

    def _look(self, start: int, tiles: int) -> Look:
        """Return the samples from `start` on; the last tiles are filled up with the first sample, which is not used."""
        rows = np.arange(start, start + tiles * _TILE)
        used = rows < self.count
        tables, (goals,) = part(self._examples, self._priors, [np.where(used, rows, start)])
        at = jnp.arange(len(rows), dtype=jnp.int32).reshape(-1, _TILE)
        return Look(tables, goals, at, jnp.asarray(used.reshape(-1, _TILE)))
