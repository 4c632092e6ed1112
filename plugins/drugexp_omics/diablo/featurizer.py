"""Components that tell classes of cells apart, as a description of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Integrated, Items, Options, State, parse_options
from drugexp.errors import InputError
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.diablo.classes import BETWEEN, Diablo, fit_diablo
from drugexp_omics.diablo.cross_validated import FOLDS, SHUFFLES, CrossValidated, cross_validate
from drugexp_omics.pls.covarying import KEEP
from drugexp_omics.pls.featurizer import integrated
from drugexp_omics.scores import Scores
from drugexp_omics.telling import described

MOST = 15
"""Components that are tried."""
FEW = 5
"""Cells of a class that hardly teach it."""


class DiabloOptions(Options):
    """Options of components that tell classes apart.

    Attributes
    ----------
    components
        How many; 0: of one to as many as there are classes, 15 at most, the fewest that tell held-out cells as well as
        any, within a standard deviation.
    keep
        Features of each block and component; 0: of 5, 10, 25, 50, 100, 200 and all, the number by which cells that
        had no part in the weights follow the classes best.
    between
        Weight of the links between blocks; that of the links to the classes is 1.
    folds
        Of cross-validation, which also tells how good the classes are told.
    shuffles
        Times that classes are shuffled, to see what nothing looks like.
    seed
        Of folds and shuffles.
    """

    components: int = Field(0, ge=0, le=100)
    keep: int = Field(0, ge=0)
    between: float = Field(BETWEEN, ge=0)
    folds: int = Field(FOLDS, ge=2)
    shuffles: int = Field(SHUFFLES, ge=0)
    seed: int = Field(0, ge=0)


class DiabloComponents:
    """Components of all blocks that tell classes of cells apart (`drugexp_omics.diablo.classes`).

    It learns from classes, by `fit_outcome`; a model has none to give. A block that a cell lacks is told from the
    others; `uncertainty` tells what that costs.

    Parameters
    ----------
    chosen
        Options; None: the defaults.
    """

    name: ClassVar[str] = "diablo"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"
    supervised: ClassVar[bool] = True
    options: ClassVar[type[Options]] = DiabloOptions

    def __init__(self, chosen: DiabloOptions | None = None) -> None:
        self._chosen = parse_options(DiabloOptions, chosen)

    def fit(self, items: Items) -> State:
        """Refuse: there are no classes.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            "diablo learns from classes of cells, and a model has none to give; use block_pls here, "
            "or diablo in 'drugexp integrate' with --outcome"
        )

    def fit_outcome(self, items: Items, outcome: Sequence[str]) -> State:
        """Return components, classes and how well held-out cells are told.

        Parameters
        ----------
        items
            Training cells with their blocks.
        outcome
            (cell,) class of each.
        """
        axes, own = axes_state(items), self._chosen
        blocks = aligned(items, axes)
        keep = (own.keep,) if own.keep else KEEP
        names = sorted(set(outcome))
        tried = [own.components] if own.components else list(range(1, min(len(names), MOST) + 1))
        held = None
        if len(names) > 1:
            held = cross_validate(
                blocks,
                outcome,
                components=tried,
                keep=keep,
                between=own.between,
                folds=own.folds,
                shuffles=own.shuffles,
                seed=own.seed,
            )
        count = held.chosen if held else tried[-1]
        fitted = fit_diablo(blocks, outcome, components=count, keep=keep, between=own.between)
        if held:
            fitted = replace(fitted, temper=held.temper)
        sizes = [sum(one == name for one in outcome) for name in fitted.classes]
        state: dict[str, Any] = {"axes": axes, "fitted": fitted.state(), "tried": tried, "sizes": sizes}
        return state | ({"held": held.state()} if held else {})

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, component) float32; one column of 0 where nothing tells the classes apart."""
        return described(self._scores(items, state).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the standard deviation of each number of `transform`, (cell, component) float32.

        It is 0 of a cell with all blocks, and 1, that of the training cells, of one of which nothing is measured.
        """
        return described(self._scores(items, state).sd)

    def integrated(self, items: Items, state: State) -> Integrated:
        """Return components, their weights, shares of classes and how well held-out cells are told."""
        fitted = Diablo.restore(state["fitted"])
        blocks = aligned(items, state["axes"])
        found = integrated(fitted.pls, fitted.pls.scores(blocks), state["axes"], _notes(fitted, state))
        return Integrated(
            values=found.values,
            components=found.components,
            sd=found.sd,
            loadings=found.loadings,
            explained=found.explained,
            probability=pd.DataFrame(fitted.probability(blocks), columns=list(fitted.classes)),
            tables={**_tables(fitted, state), **found.tables},
            notes=found.notes,
        )

    def _scores(self, items: Items, state: State) -> Scores:
        return Diablo.restore(state["fitted"]).pls.scores(aligned(items, state["axes"]))


def _notes(fitted: Diablo, state: State) -> tuple[str, ...]:
    if "held" not in state:
        return ("the training cells are all of one class: there is nothing to tell apart",)
    held = CrossValidated.restore(state["held"])
    at = state["tried"].index(held.chosen)
    said = f"held-out cells: balanced error rate {held.error[at]:.0%} (standard deviation {held.deviation[at]:.0%})"
    nothing = 1 - 1 / len(fitted.classes)
    notes = [f"{said} with {held.chosen} components; {nothing:.0%} for one class throughout"]
    if len(held.shuffled):
        notes[0] += f", {held.shuffled.mean():.0%} for shuffled classes"
        if held.error[at] >= min(held.shuffled.min(), nothing):
            notes.append("that is no better than chance: the blocks do not tell these classes")
    rare = [f"{name} ({size})" for name, size in zip(fitted.classes, state["sizes"], strict=True) if size < FEW]
    if rare:
        notes.append(f"classes of fewer than {FEW} cells are hardly learnt: {', '.join(rare)}")
    return tuple(notes)


def _tables(fitted: Diablo, state: State) -> dict[str, pd.DataFrame]:
    if "held" not in state:
        return {}
    held = CrossValidated.restore(state["held"])
    tuning = pd.DataFrame(
        {"components": list(state["tried"]), "balanced_error": held.error, "standard_deviation": held.deviation}
    )
    at = state["tried"].index(held.chosen)
    beside = [("held-out cells", held.error[at]), ("one class throughout", 1 - 1 / len(fitted.classes))]
    beside += [(f"shuffled classes {i + 1}", error) for i, error in enumerate(held.shuffled)]
    return {
        "tuning": tuning.assign(chosen=tuning["components"] == held.chosen),
        "classes": pd.DataFrame(
            {"class": list(fitted.classes), "cells": list(state["sizes"]), "told_right": held.recall}
        ),
        "errors": pd.DataFrame(beside, columns=["of", "balanced_error"]),
    }
