"""The same treatments on two platforms: bulk z-scores, and counts of single cells.

What single cells show of a change z of gene g in a treatment is

    counts ~ negative binomial, mean = depth * share of g in the untreated cell * 2^(gain[g] * z + artefact[g])

summed over the cells of the treatment, and compared with untreated cells of the same line. The gain differs from gene
to gene, the artefact is what the handling of treated cells adds to every profile, and some genes are not seen at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Options, Screen, Unit
from drugexp.preprocess.depth import log2_cpm
from drugexp.simulate.keyed import generator
from drugexp.simulate.screens import Simulation

PRIOR_CPM = 50.0
"""Added to counts per million before the logarithm."""


class SingleCellOptions(Options):
    """What a single-cell platform is like.

    Attributes
    ----------
    genes
        Share of the genes it sees.
    cells
        Cells of each treatment; there are ten times as many untreated ones of each line.
    depth
        Counts of a cell.
    dispersion
        Squared coefficient of variation of a gene between cells, beyond that of counting.
    gain
        Median log2 fold change for a z-score of 1.
    gain_spread
        Standard deviation of the logarithm of a gene's gain.
    artefact
        Standard deviation, for each gene, of what the platform adds to every log2 fold change.
    seed
        Of the genes, gains, artefacts and counts.
    """

    genes: Annotated[float, Field(gt=0, le=1)] = 0.7
    cells: Annotated[int, Field(ge=1)] = 60
    depth: Annotated[float, Field(gt=0)] = 3000.0
    dispersion: Annotated[float, Field(gt=0)] = 0.5
    gain: Annotated[float, Field(gt=0)] = 0.3
    gain_spread: Annotated[float, Field(ge=0)] = 0.5
    artefact: Annotated[float, Field(ge=0)] = 0.3
    seed: Annotated[int, Field(ge=0)] = 0


def single_cells(made: Simulation, options: SingleCellOptions | None = None) -> Screen:
    """Return what a single-cell platform shows of the treatments of a simulation, in log2 fold changes.

    Parameters
    ----------
    made
        Its true changes and its cells are used; its measured values are not.
    options
        What the platform is like; the same options give the same screen.
    """
    options = options or SingleCellOptions()
    screen = made.screen
    rng = generator(options.seed, "platform")
    total = len(screen.genes)
    seen = np.sort(rng.permutation(total)[: max(1, round(options.genes * total))])
    gain = options.gain * np.exp(options.gain_spread * rng.normal(size=total))
    artefact = options.artefact * rng.normal(size=total)
    untreated = 2.0 ** screen.cells.blocks["expression"].values.astype(np.float64)
    of_sample = screen.cells.positions(screen.samples["cell"])
    change = made.truth.astype(np.float64) * gain + artefact
    treated = _summed(untreated[of_sample] * 2.0**change, options.cells, options, rng)
    controls = _summed(untreated, 10 * options.cells, options, rng)
    values = log2_cpm(treated, PRIOR_CPM) - log2_cpm(controls, PRIOR_CPM)[of_sample]
    return replace(
        screen,
        name=f"{screen.name}_cells",
        values=values[:, seen],
        genes=screen.genes.subset(seen),
        unit=Unit.LOG2FC,
        samples=screen.samples.assign(n_cells=options.cells),
        provenance={**screen.provenance, "single_cells": options.model_dump(mode="json")},
    )


def two_platforms(made: Simulation, options: SingleCellOptions | None = None) -> tuple[Simulation, Screen]:
    """Return the first half of the compounds of a simulation in bulk, and the last two thirds in single cells.

    A sixth of the compounds is measured on both.

    Parameters
    ----------
    made
        A simulation.
    options
        What the single-cell platform is like.
    """
    compounds = made.screen.perturbations["id"]
    half, third = (len(compounds) + 1) // 2, len(compounds) // 3
    return _only(made, compounds[:half]), single_cells(_only(made, compounds[third:]), options)


def _only(made: Simulation, compounds: pd.Series) -> Simulation:
    """Return the samples of some compounds."""
    found = made.take(made.screen.samples["perturbation"].isin(compounds).to_numpy())
    table = made.screen.perturbations
    return replace(found, screen=replace(found.screen, perturbations=table[table["id"].isin(compounds)]))


def _summed(shares: np.ndarray, cells: int, options: SingleCellOptions, rng: np.random.Generator) -> np.ndarray:
    """Return the summed counts of some cells, (row, gene): a sum of gamma-Poisson draws is one of them."""
    mean = cells * options.depth * shares / shares.sum(axis=1, keepdims=True)
    shape = cells / options.dispersion
    return rng.poisson(mean * rng.gamma(shape, 1 / shape, size=mean.shape))
