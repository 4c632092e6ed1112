"""Targets out of the training rows of parts: prepared, transformed, and mixed into the primary where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.contract import Screen, Target, Task
from drugexp.contract.rows import blocks, mapped
from drugexp.contract.screen import CENSORED, OBSERVED
from drugexp.learn.classes import class_target
from drugexp.learn.mixing import Mix, mix_in
from drugexp.learn.outcomes import Head, outcome_targets
from drugexp.learn.parts import Part
from drugexp.learn.prepare import fit_chain
from drugexp.learn.transforms import Transform, fit_transform


@dataclass(frozen=True, eq=False)
class Targets:
    """What `join_targets` returns.

    Attributes
    ----------
    tasks
        One for each part that is not mixed in, the primary first; of outcomes one for each kind.
    transforms
        One for each part. They are fitted on values as they were measured, so that the space of the scores is the
        same whatever prepares the training values.
    notes
        What was done to training values, one sentence a screen.
    outcomes
        What leads back from the tasks that are outcomes.
    """

    tasks: tuple[Target, ...]
    transforms: tuple[Transform, ...]
    notes: tuple[str, ...]
    outcomes: tuple[Head, ...] = ()


def join_targets(parts: Sequence[Part], training: Sequence[Screen]) -> Targets:
    """Return the targets of all parts; the samples of a batch stand in the order of the parts.

    Parameters
    ----------
    parts
        The primary first.
    training
        The training rows of each.

    Raises
    ------
    DrugexpError
        If a step cannot be fitted, or a screen cannot be mixed in.
    """
    tasks: list[Target] = []
    mixed: list[tuple[Target, Mix]] = []
    transforms, notes = [], []
    heads: list[Head] = []
    start = 0
    for part, screen in zip(parts, training, strict=True):
        rows = np.arange(start, start + len(screen), dtype=np.int32)
        start += len(screen)
        transform = fit_transform(part.steps, screen.values, _observed(screen))
        chain = fit_chain(part.prepare, screen)
        if part.outcomes:
            targets, told = outcome_targets(part.screen, screen, rows, part.weight)
            tasks += targets
            heads += told
            transforms.append(transform)
            continue
        if part.classes is not None:
            tasks.append(class_target(screen, rows, part.classes, part.weight))
            transforms.append(transform)
            notes.append(f"{screen.name}: learnt as up (above {part.classes:g}), down and neither")
            continue
        target = _target(part, chain.apply(screen), transform, rows)
        transforms.append(transform)
        words = list(chain.words)
        if part.mix is None:
            tasks.append(target)
        else:
            mixed.append((target, part.mix))
            words.append(f"mixed into the primary task, {part.mix}")
        if words:
            notes.append(f"{screen.name}: {', '.join(words)}")
    tasks[0] = mix_in(tasks[0], mixed)
    return Targets(tuple(tasks), tuple(transforms), tuple(notes), tuple(heads))


def _observed(screen: Screen) -> np.ndarray | None:
    return None if screen.state is None else mapped(screen.state, lambda state: state == OBSERVED)


def _target(part: Part, screen: Screen, transform: Transform, rows: np.ndarray) -> Target:
    censored = screen.state is not None and any((block == CENSORED).any() for _, block in blocks(screen.state))
    bound = screen.bound
    if bound is not None and part.steps:
        bound = np.abs(transform.forward(np.repeat(bound[:, None], len(screen.genes), axis=1))).max(axis=1)
    return Target(
        task=Task(
            name=screen.name,
            genes=screen.genes,
            unit=transform.unit(screen.unit),
            loss="censored" if censored else "squared",
            weight=part.weight,
        ),
        rows=rows,
        values=mapped(screen.values, transform.forward),
        weight=screen.samples["weight"].to_numpy(dtype=np.float32),
        state=screen.state,
        bound=bound,
    )
