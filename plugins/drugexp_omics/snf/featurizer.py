"""Similarity network fusion as a description of cells, for any model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Integrated, Items, Options, State, parse_options
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.snf.network import CLUSTERS, Snf, fit_snf
from drugexp_omics.snf.spectral import falls
from drugexp_omics.telling import described, notes_on_blocks, numbered


class SnfOptions(Options):
    """Options of similarity network fusion.

    Attributes
    ----------
    clusters
        How many; 0: 2 to 10, where the eigenvalues of the network fall most.
    dimensions
        Numbers that describe a cell, at most.
    neighbours
        Of each cell; 0: a tenth of the cells, 5 to 20.
    width
        Of the affinity (Wang's mu, 0.3 to 0.8).
    rounds
        Of the exchange between blocks.
    """

    clusters: int = Field(0, ge=0, le=100)
    dimensions: int = Field(10, ge=1)
    neighbours: int = Field(0, ge=0)
    width: float = Field(0.5, gt=0)
    rounds: int = Field(20, ge=0)


class SnfPositions:
    """Where a cell stands in the fused network of similarities of the training cells (`drugexp_omics.snf.network`).

    New cells, and training cells by the same rule, stand at the mean of their nearest training cells over the
    blocks that they have.

    Parameters
    ----------
    chosen
        Options; None: the defaults.
    """

    name: ClassVar[str] = "snf"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"
    options: ClassVar[type[Options]] = SnfOptions

    def __init__(self, chosen: SnfOptions | None = None) -> None:
        self._chosen = parse_options(SnfOptions, chosen)

    def fit(self, items: Items) -> State:
        """Return the training cells and their places, learnt from all blocks."""
        axes = axes_state(items)
        own = self._chosen
        fitted = fit_snf(
            aligned(items, axes),
            clusters=own.clusters or CLUSTERS,
            dimensions=own.dimensions,
            neighbours=own.neighbours or None,
            width=own.width,
            rounds=own.rounds,
        )
        return {"axes": axes, "fitted": fitted.state()}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, dimension) float32; one column of 0 where there was one training cell alone."""
        return described(Snf.restore(state["fitted"]).scores(aligned(items, state["axes"])).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the error of places by the blocks that a cell has (`Snf.scores`), (cell, dimension) float32."""
        return described(Snf.restore(state["fitted"]).scores(aligned(items, state["axes"])).sd)

    def integrated(self, items: Items, state: State) -> Integrated:
        """Return places, clusters and how many there are; ``values`` are those of `transform`."""
        fitted = Snf.restore(state["fitted"])
        blocks = aligned(items, state["axes"])
        found = fitted.scores(blocks)
        label, share = fitted.labels(blocks)
        names = numbered("position", max(fitted.position.shape[1], 1))
        classes = [f"cluster{k}" for k in range(fitted.clusters)]
        notes = [f"{fitted.clusters} clusters; `network` tells the eigenvalues that speak for and against it"]
        unsure = int((share.max(axis=1) < 0.5).sum())
        if unsure:
            notes.append(f"{unsure} of {len(label)} cells have fewer than half of their neighbours in their cluster")
        return Integrated(
            values=described(found.values),
            components=names,
            sd=described(found.sd),
            cluster=label,
            tables={
                "network": criteria(fitted),
                "neighbours": pd.DataFrame(share, index=pd.Index(items.ids, name="cell"), columns=classes),
            },
            notes=(*notes, *notes_on_blocks(found.measured, fitted.scales)),
        )


def criteria(fitted: Snf) -> pd.DataFrame:
    """Return for each number of clusters the last eigenvalue that it keeps, the next, their ratio, and the chosen one.

    See `drugexp_omics.snf.spectral.falls`.
    """
    values = fitted.eigenvalues
    number = np.arange(1, len(values))
    return pd.DataFrame(
        {
            "clusters": number,
            "eigenvalue": values[:-1],
            "next": values[1:],
            "fall": falls(values),
            "chosen": number == fitted.clusters,
        }
    )
