"""What the trainer gives the device: everything once, or, of values on disk, the rows of the next updates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract.batch import Examples, Target
from drugexp.contract.rows import Rows
from drugexp.learn.network.tables import Goals, Prior, Tables, to_goals, to_tables
from drugexp.memory import give_back

Item = TypeVar("Item")
Made = TypeVar("Made")


class Calls(NamedTuple):
    """Updates that the device makes in one go, from `step` on."""

    step: int
    updates: int


class Food(NamedTuple):
    """The data of one call; `order` has for each task (call, member, row) positions in its goals."""

    tables: Tables
    goals: list[Goals]
    order: list[jax.Array]


class Order:
    """The samples of each step: shuffled passes, one after the other, known from the step alone."""

    def __init__(self, seed: int, task: int, samples: int, size: int) -> None:
        self._seed, self._task, self._samples, self._size = seed, task, samples, size
        self._pass: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    def _shuffled(self, number: int) -> np.ndarray:
        if self._pass[0] != number:
            rng = np.random.default_rng([self._seed, self._task, number])
            order = np.arange(self._samples, dtype=np.int32)
            rng.shuffle(order)
            self._pass = (number, order)
        return self._pass[1]

    def rows(self, step: int, count: int) -> np.ndarray:
        """Return (step, row) positions into the task's rows for `count` steps."""
        at = np.arange(step * self._size, (step + count) * self._size)
        number, within = np.divmod(at, self._samples)
        rows = np.empty(len(at), np.int32)
        for one in np.unique(number):
            rows[number == one] = self._shuffled(int(one))[within[number == one]]
        return rows.reshape(count, self._size)


@dataclass(frozen=True, eq=False)
class Feed:
    """Gives each call its data; in memory and from disk the device sees the same numbers in the same order.

    Attributes
    ----------
    examples
        Samples of all tasks.
    priors
        Task name -> what is known of it before any input.
    orders
        For each task the order of each member.
    length
        Most updates of one call; shorter ones are padded: one shape, one compilation.
    """

    examples: Examples
    priors: dict[str, Prior]
    orders: Sequence[Sequence[Order]]
    length: int

    def __call__(self, calls: Iterable[Calls]) -> Iterator[Food]:
        """Yield the data of each call; rows on disk are read while the device works on those before."""
        if any(on_disk(target) for target in self.examples.targets):
            give_back()
            yield from one_ahead(self._read, calls)
            return
        whole = [to_goals(target, self.priors[target.task.name]) for target in self.examples.targets]
        tables = to_tables(self.examples.batch)
        for call in calls:
            yield Food(tables, whole, [jnp.asarray(rows) for rows in self._rows(call)])

    def _rows(self, call: Calls) -> list[np.ndarray]:
        """Return for each task (call, member, row), of which the first `updates` are used."""
        found = []
        for of_task in self.orders:
            rows = np.stack([order.rows(call.step, call.updates) for order in of_task], axis=1)
            found.append(np.pad(rows, ((0, self.length - call.updates), (0, 0), (0, 0))))
        return found

    def _read(self, call: Calls) -> Food:
        rows = self._rows(call)
        tables, goals = part(self.examples, self.priors, [r.ravel() for r in rows])
        return Food(tables, goals, [jnp.arange(r.size, dtype=jnp.int32).reshape(r.shape) for r in rows])


def on_disk(target: Target) -> bool:
    """Return whether the values of a task are read row by row."""
    return isinstance(target.values, Rows)


def part(examples: Examples, priors: dict[str, Prior], rows: Sequence[np.ndarray]) -> tuple[Tables, list[Goals]]:
    """Return tables and goals of some rows of each task alone.

    Parameters
    ----------
    examples
        All samples.
    priors
        Task name -> what is known of it before any input.
    rows
        For each task (row,) positions in its rows.
    """
    goals, start = [], 0
    for target, at in zip(examples.targets, rows, strict=True):
        found = to_goals(target, priors[target.task.name], at)
        goals.append(found._replace(rows=jnp.arange(start, start + len(at), dtype=jnp.int32)))
        start += len(at)
    samples = np.concatenate([target.rows[at] for target, at in zip(examples.targets, rows, strict=True)])
    return to_tables(examples.batch.take(samples)), goals


def one_ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield ``make(item)`` for each item in order, each made in a thread while the one before is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = None
        for item in items:
            before, coming = coming, thread.submit(make, item)
            if before is not None:
                yield before.result()
        if coming is not None:
            yield coming.result()
