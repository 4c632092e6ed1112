"""Clusters from sparse factors as a description of cells, for any model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Integrated, Items, Options, State, parse_options
from drugexp_omics.aligned import aligned, axes_state
from drugexp_omics.clusters import nearest
from drugexp_omics.icluster.clustering import CLUSTERS, PENALTIES, ICluster, fit_icluster
from drugexp_omics.scores import Scores
from drugexp_omics.telling import described, loading_tables, notes_on_blocks, numbered, share_table


class IClusterOptions(Options):
    """Options of clusters from sparse factors.

    Attributes
    ----------
    clusters
        How many; 0: 1 to 10, by the Bayesian information criterion.
    penalty
        Of loadings, in standard errors of what a feature of pure noise would pull: 0 keeps all features, 3 hardly
        one of noise. None: of 0, 1, 2 and 3 the one with the least BIC.
    steps
        Of each fit at most; it ends before, when it has settled.
    """

    clusters: int = Field(0, ge=0, le=100)
    penalty: float | None = Field(None, ge=0)
    steps: int = Field(200, ge=1)


class IClusterFactors:
    """The latent variables that tell clusters of cells apart, one fewer than clusters (`drugexp_omics.icluster`).

    A block that a cell lacks is left out; `uncertainty` tells what that costs.

    Parameters
    ----------
    chosen
        Options; None: the defaults.
    """

    name: ClassVar[str] = "icluster"
    of: ClassVar[Literal["cell"]] = "cell"
    version: ClassVar[str] = "1"
    options: ClassVar[type[Options]] = IClusterOptions

    def __init__(self, chosen: IClusterOptions | None = None) -> None:
        self._chosen = parse_options(IClusterOptions, chosen)

    def fit(self, items: Items) -> State:
        """Return loadings and the centres of clusters, learnt from training cells."""
        axes = axes_state(items)
        own = self._chosen
        fitted = fit_icluster(
            aligned(items, axes),
            clusters=(own.clusters,) if own.clusters else CLUSTERS,
            penalties=PENALTIES if own.penalty is None else (own.penalty,),
            steps=own.steps,
        )
        return {"axes": axes, "fitted": fitted.state()}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (cell, latent variable) float32; one column of 0 where there is one cluster alone."""
        return described(self._scores(items, state).values)

    def uncertainty(self, items: Items, state: State) -> np.ndarray:
        """Return the posterior standard deviation of each number of `transform`, (cell, latent variable) float32.

        It is 1, that of the prior, of a cell of which nothing is measured.
        """
        return described(self._scores(items, state).sd)

    def integrated(self, items: Items, state: State) -> Integrated:
        """Return latent variables, clusters, loadings and how many there are; ``values`` are those of `transform`."""
        fitted = ICluster.restore(state["fitted"])
        found = fitted.scores(aligned(items, state["axes"]))
        names = numbered("latent", max(fitted.explained.shape[1], 1))
        weight = {name: described(own.mean[:, :-1]) for name, own in fitted.loadings.items()}
        return Integrated(
            values=described(found.values),
            components=names,
            sd=described(found.sd),
            loadings=loading_tables(weight, fitted.scales, state["axes"], names),
            explained=share_table(described(fitted.explained), tuple(fitted.scales), names),
            cluster=nearest(found.values, fitted.centre),
            tables={"choice": choice(fitted)},
            notes=(*_notes(fitted), *notes_on_blocks(found.measured, fitted.scales)),
        )

    def _scores(self, items: Items, state: State) -> Scores:
        return ICluster.restore(state["fitted"]).scores(aligned(items, state["axes"]))


def choice(fitted: ICluster) -> pd.DataFrame:
    """Return what was tried and what speaks for it, one row a number of clusters and penalty."""
    table = pd.DataFrame([vars(trial) for trial in fitted.trials])
    return table.assign(chosen=np.arange(len(table)) == fitted.chosen)


def _notes(fitted: ICluster) -> tuple[str, ...]:
    best = fitted.trials[fitted.chosen]
    sizes = ", ".join(
        f"{name} {int(own.mean[:, :-1].any(axis=1).sum())} of {len(own.mean)}" for name, own in fitted.loadings.items()
    )
    told = ", ".join(f"{name} {share:.0%}" for name, share in zip(fitted.scales, fitted.together, strict=True))
    if best.clusters == 1:
        return ("the training cells fall into no clusters that the BIC would tell from none: the one column holds 0",)
    return (
        f"{best.clusters} clusters with penalty {best.penalty:g}; `choice` tells what speaks for and against it",
        f"features with a loading that is not 0: {sizes}",
        f"all latent variables explain of the training cells' variance (deviance, of 0 and 1): {told}",
    )
