"""Integrated descriptions of cells, for any model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from drugexp.contract import Integrated, Items, Options, State, parse_options
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.factors.mofa import DROP, Mofa, fit_mofa
from drugexp_omics.scores import Scores
from drugexp_omics.telling import described, loading_tables, notes_on_blocks, numbered, share_table


class MofaOptions(Options):
    """Options of the factors.

    Attributes
    ----------
    factors
        How many at most; those that explain next to nothing are dropped, so give more than you expect.
    drop
        Least share of a block's variance, in any block, that a factor must explain.
    steps
        Of the fit at most; it ends before, when it has settled.
    """

    factors: int = Field(10, ge=1, le=100)
    drop: float = Field(DROP, ge=0, lt=1)
    steps: int = Field(500, ge=1)


class MofaFactors:
    """Factors of all blocks (`drugexp_omics.factors.mofa`), at most ten unless told otherwise.

    A block that a cell lacks is left out; `uncertainty` tells what that costs.

    Parameters
    ----------
    chosen
        Options; None: the defaults.
    """

    name: ClassVar[str] = "mofa"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"
    options: ClassVar[type[Options]] = MofaOptions

    def __init__(self, chosen: MofaOptions | None = None) -> None:
        self._chosen = parse_options(MofaOptions, chosen)

    def fit(self, items: Items) -> State:
        """Return the factors' loadings, learnt from training cells."""
        axes = axes_state(items)
        return {"axes": axes, "fitted": fit_mofa(aligned(items, axes), **self._chosen.model_dump()).state()}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, factor) float32; one column of 0 where the training cells had nothing in common."""
        return described(self._scores(items, state).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the posterior standard deviation of each number of `transform`, (cell, factor) float32.

        It is 1, that of the prior, of a cell of which nothing is measured.
        """
        return described(self._scores(items, state).sd)

    def integrated(self, items: Items, state: State) -> Integrated:
        """Return factors, their loadings and what they explain; ``values`` are those of `transform`."""
        fitted = Mofa.restore(state["fitted"])
        found = fitted.scores(aligned(items, state["axes"]))
        names = numbered("factor", max(fitted.factors, 1))
        weight = {name: described(own.mean[:, :-1]) for name, own in fitted.loadings.items()}
        share = described(fitted.explained)
        notes = notes_on_blocks(found.measured, fitted.scales)
        told = ", ".join(f"{name} {total:.0%}" for name, total in zip(fitted.scales, fitted.together, strict=True))
        notes = (f"all factors explain of the training cells' variance (deviance, of 0 and 1): {told}", *notes)
        if not fitted.factors:
            notes = ("the training cells have no factor that explains enough: the one column holds 0", *notes)
        return Integrated(
            values=described(found.values),
            components=names,
            sd=described(found.sd),
            loadings=loading_tables(weight, fitted.scales, state["axes"], names),
            explained=share_table(share, tuple(fitted.scales), names),
            notes=notes,
        )

    def _scores(self, items: Items, state: State) -> Scores:
        return Mofa.restore(state["fitted"]).scores(aligned(items, state["axes"]))
