"""Sparse components of blocks as a description of cells, for any model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Integrated, Items, Options, State, parse_options
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.pls.components import BlockPls
from drugexp_omics.pls.covarying import KEEP
from drugexp_omics.pls.learning import MOST, fit_block_pls
from drugexp_omics.scores import Scores
from drugexp_omics.telling import described, loading_tables, notes_on_blocks, numbered, share_table


class BlockPlsOptions(Options):
    """Options of sparse components.

    Attributes
    ----------
    components
        How many; 0: those that blocks share by more than chance, `most` at most.
    most
        Components that are looked at where they are counted.
    keep
        Features of each block and component; 0: of 5, 10, 25, 50, 100, 200 and all, the number by which cells that
        had no part in the weights follow the other blocks best.
    """

    components: int = Field(0, ge=0, le=100)
    most: int = Field(MOST, ge=1, le=100)
    keep: int = Field(0, ge=0)


class BlockPlsComponents:
    """The sparse components that blocks share (`drugexp_omics.pls.components`), ten at most unless told otherwise.

    A block that a cell lacks is told from the others; `uncertainty` tells what that costs.

    Parameters
    ----------
    chosen
        Options; None: the defaults.
    """

    name: ClassVar[str] = "block_pls"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"
    options: ClassVar[type[Options]] = BlockPlsOptions

    def __init__(self, chosen: BlockPlsOptions | None = None) -> None:
        self._chosen = parse_options(BlockPlsOptions, chosen)

    def fit(self, items: Items) -> State:
        """Return weights of features, learnt from training cells."""
        axes, own = axes_state(items), self._chosen
        fitted = fit_block_pls(
            aligned(items, axes), components=own.components, most=own.most, keep=(own.keep,) if own.keep else KEEP
        )
        return {"axes": axes, "fitted": fitted.state()}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, component) float32; one column of 0 where blocks share nothing."""
        return described(self._scores(items, state).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the standard deviation of each number of `transform`, (cell, component) float32.

        It is 0 of a cell with all blocks, and 1, that of the training cells, of one of which nothing is measured.
        """
        return described(self._scores(items, state).sd)

    def integrated(self, items: Items, state: State) -> Integrated:
        """Return components, their weights and how well blocks agree; ``values`` are those of `transform`."""
        fitted = BlockPls.restore(state["fitted"])
        found = fitted.scores(aligned(items, state["axes"]))
        notes: tuple[str, ...] = ()
        if not fitted.components:
            notes = ("the training cells' blocks share no component beyond chance: the one column holds 0",)
        return integrated(fitted, found, state["axes"], notes)

    def _scores(self, items: Items, state: State) -> Scores:
        return BlockPls.restore(state["fitted"]).scores(aligned(items, state["axes"]))


def integrated(fitted: BlockPls, found: Scores, axes: State, notes: tuple[str, ...]) -> Integrated:
    """Return what components say of cells.

    Parameters
    ----------
    fitted, found
        Components, and the cells in them.
    axes
        Columns of the blocks.
    notes
        To be said first.
    """
    names = numbered("component", max(fitted.components, 1))
    told = ", ".join(f"{name} {share:.0%}" for name, share in zip(fitted.scales, fitted.together, strict=True))
    return Integrated(
        values=described(found.values),
        components=names,
        sd=described(found.sd),
        loadings=loading_tables(
            {name: described(own) for name, own in fitted.weight.items()}, fitted.scales, axes, names
        ),
        explained=share_table(described(fitted.explained), tuple(fitted.scales), names),
        tables={"agreement": agreement_table(fitted)},
        notes=(
            *notes,
            f"all components explain of the training cells' variance: {told}",
            *notes_on_blocks(found.measured, fitted.scales),
        ),
    )


def agreement_table(fitted: BlockPls) -> pd.DataFrame:
    """Return one row a component and block: how well left-out cells follow, and the features with a weight."""
    count = np.arange(fitted.components)
    table = pd.DataFrame(
        [
            (f"component{k + 1}", name, fitted.agreement[b, k], fitted.keep[b, k], fitted.covariance[k])
            for k in count
            for b, name in enumerate(fitted.scales)
        ],
        columns=["component", "block", "agreement", "features", "covariance"],
    )
    chance = np.repeat(fitted.chance, len(fitted.scales))
    return table.assign(by_chance=chance) if np.isfinite(chance).any() else table
