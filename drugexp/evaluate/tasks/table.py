"""The networks of a table of tasks: each alone, each pair, all; and what each task gains by another."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import get_args

import numpy as np

from drugexp.contract import Progress, silent
from drugexp.evaluate.tasks.held_out import Material, held_out
from drugexp.evaluate.tasks.judging import Judged
from drugexp.learn.network.balance import Balance
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.score.bootstrap import Interval, bootstrap_difference, bootstrap_mean

SHUFFLED = "the others, shuffled"
OWN_SHUFFLED = "shuffled compounds"


@dataclass(frozen=True, eq=False)
class Table:
    """What tasks give to and take from each other.

    Attributes
    ----------
    material
        Screens and folds.
    alone
        Task -> the network of it alone.
    beside
        (task, what stands beside it) -> the same. Beside a task stand another one; ``all, fixed`` and so on, by the
        way the tasks are balanced; all others with shuffled compounds; and, its own compounds shuffled, nothing.
    weights
        Way of balancing -> task -> weight at the end, where it is learnt.
    """

    material: Material
    alone: dict[str, Judged] = field(default_factory=dict)
    beside: dict[tuple[str, str], Judged] = field(default_factory=dict)
    weights: dict[str, dict[str, float]] = field(default_factory=dict)

    def score(self, task: str) -> Interval:
        """Return the score of a task alone, with a 95% interval over scaffold groups."""
        return bootstrap_mean(self.alone[task].scores, self._groups(task), seed=0)

    def of(self, task: str, beside: str) -> Interval:
        """Return the score of a task beside something."""
        return bootstrap_mean(self.beside[task, beside].scores, self._groups(task), seed=0)

    def gain(self, task: str, beside: str) -> Interval:
        """Return by how much a task's score is higher beside something than alone, drawn pairwise."""
        found = self.beside[task, beside].scores, self.alone[task].scores
        return bootstrap_difference(*found, self._groups(task), seed=0)

    def naive(self, task: str) -> dict[str, Interval]:
        """Return the scores of what knows no compound."""
        told = self.alone[task].naive_scores()
        return {name: bootstrap_mean(scores, self._groups(task), seed=0) for name, scores in told.items()}

    def _groups(self, task: str) -> np.ndarray:
        return self.material.groups[self.material.names.index(task)]


def ways() -> tuple[str, ...]:
    """Return what the networks of all tasks are called, by how these are balanced."""
    return tuple(f"all, {balance}" for balance in get_args(Balance))


def give_and_take(
    material: Material, registry: Registry, *, store: FeatureStore | None = None, progress: Progress = silent
) -> Table:
    """Train the networks of the table, on the same folds and from the same seeds.

    Pairs have fixed weights, those of the recipe. A network of n tasks sees n times the batch of the recipe's options,
    so that each task has as many samples in each update, whatever stands beside it.

    Parameters
    ----------
    material
        Screens and folds.
    registry
        Where the model is found.
    store
        Cache of features.
    progress
        Told how many networks are done.
    """
    table = Table(material)
    names, count = material.names, len(material.names)
    everything = tuple(range(count))
    sets: list[tuple[tuple[int, ...], str, str, tuple[int, ...]]] = [
        *(((at,), "fixed", "", ()) for at in everything),
        *((pair, "fixed", "pair", ()) for pair in combinations(everything, 2)),
        *((everything, way.removeprefix("all, "), way, ()) for way in ways()),
        *((everything, "fixed", SHUFFLED, tuple(o for o in everything if o != at)) for at in everything),
        *(((at,), "fixed", OWN_SHUFFLED, (at,)) for at in everything),
    ]
    size = int(material.recipe.model.options.get("batch_size", 64))
    for done, (chosen, balance, label, mixed_up) in enumerate(sets):
        progress(done, len(sets), " + ".join(names[at] for at in chosen))
        options = {"balance": balance, "batch_size": size * len(chosen)}
        found, weights = held_out(material, chosen, registry, options=options, mixed_up=mixed_up, store=store)
        told = {
            name: judged for name, judged in found.items() if label != SHUFFLED or names.index(name) not in mixed_up
        }
        for name, judged in told.items():
            if not label:
                table.alone[name] = judged
            elif label == "pair":
                other = next(names[at] for at in chosen if names[at] != name)
                table.beside[name, other] = judged
            else:
                table.beside[name, label] = judged
        if weights:
            table.weights[label] = weights
    progress(len(sets), len(sets), "done")
    return table
