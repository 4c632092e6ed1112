"""Makes synthetic screens, whole or in blocks of whole compounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from drugexp.contract import GeneAxis, Screen, Unit, parse_options, perturbation_table, sample_table
from drugexp.errors import UsageError
from drugexp.simulate.keyed import Purpose, generator
from drugexp.simulate.mechanism import Mechanism, Planted, documented, dose_law, plant, time_law
from drugexp.simulate.options import SimulationOptions
from drugexp.simulate.structures import Structures, structures

NAME = "simulated"
STRENGTH_SPREAD = 0.25
"""Standard deviation of the logarithm of a strength; its median is 1."""

EC50_MEDIAN_UM, EC50_SPREAD = 2.0, 0.7
"""Median dose of half effect, and the standard deviation of its logarithm."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """A synthetic screen and what is behind it.

    Attributes
    ----------
    screen
        What a laboratory would have measured.
    truth
        (sample, gene) float32: the same without noise.
    mechanism
        What was planted.
    """

    screen: Screen
    truth: np.ndarray
    mechanism: Mechanism

    def take(self, rows: np.ndarray) -> Simulation:
        """Return some of its samples, by position or mask; the mechanism stays whole."""
        return replace(self, screen=self.screen.take(rows), truth=self.truth[rows])


def simulate(options: SimulationOptions | None = None, *, genes: GeneAxis | None = None) -> Simulation:
    """Return a synthetic screen in z-scores with a planted mechanism; see `drugexp.simulate.mechanism`.

    Parameters
    ----------
    options
        Size, design, difficulty and seed; the same options give the same screen.
    genes
        The axis; default: 100 made-up genes.

    Examples
    --------
    >>> simulate(SimulationOptions(compounds=3, cells=2)).screen
    Screen('simulated': 12 samples x 100 genes, 3 perturbations, 2 cells, unit zscore)
    """
    options = parse_options(SimulationOptions, options)
    planted = plant(options, genes or _made_up())
    return _block(options, planted, np.arange(options.compounds))


def blocks(
    options: SimulationOptions | None = None, *, genes: GeneAxis | None = None, rows: int = 10_000
) -> Iterator[Simulation]:
    """Yield the screen that `simulate` would return, whole compounds at a time.

    Put together, the blocks are that screen to the last bit; memory is that of one block.

    Parameters
    ----------
    options, genes
        As of `simulate`.
    rows
        The most samples of a block; one compound is never split.

    Raises
    ------
    UsageError
        If `rows` is below 1.
    """
    if rows < 1:
        raise UsageError(f"a block of {rows} rows holds nothing; ask for at least 1")
    options = parse_options(SimulationOptions, options)
    planted = plant(options, genes or _made_up())
    largest = options.cells * len(options.doses_um) * len(options.hours) * options.replicates
    step = max(1, rows // largest)
    return (
        _block(options, planted, np.arange(start, min(start + step, options.compounds)))
        for start in range(0, options.compounds, step)
    )


def _made_up() -> GeneAxis:
    return GeneAxis(tuple(f"GENE{i + 1}" for i in range(100)), "label")


@dataclass(frozen=True, eq=False)
class _Grid:
    """The treatments each compound could be given: cell slowest, time fastest."""

    cell: np.ndarray
    dose_um: np.ndarray
    hours: np.ndarray


def _grid(options: SimulationOptions) -> _Grid:
    shape = (options.cells, len(options.doses_um), len(options.hours))
    cell, dose, hour = (axis.ravel() for axis in np.indices(shape))
    return _Grid(cell, np.array(options.doses_um)[dose], np.array(options.hours)[hour])


@dataclass(frozen=True, eq=False)
class _Profiles:
    """One compound: its action, the treatments it was given, and what came of them."""

    strength: np.ndarray
    ec50_um: np.ndarray
    treatment: np.ndarray
    replicate: np.ndarray
    truth: np.ndarray
    values: np.ndarray


def _block(options: SimulationOptions, planted: Planted, positions: np.ndarray) -> Simulation:
    made = structures(positions, compounds=options.compounds, pathways=options.pathways, seed=options.seed)
    grid = _grid(options)
    found = [_measured(options, planted, grid, made, at, int(i)) for at, i in enumerate(positions)]
    ids = tuple(f"SIM{i:08d}" for i in positions)
    treatment = np.concatenate([f.treatment for f in found])
    samples = sample_table(
        len(treatment),
        perturbation=np.repeat(ids, [len(f.treatment) for f in found]),
        cell=np.array(planted.cells.ids)[grid.cell[treatment]],
        dose_um=grid.dose_um[treatment],
        hours=grid.hours[treatment],
        batch=[_batch(options, int(i), r) for i, f in zip(positions, found, strict=True) for r in f.replicate],
    )
    screen = Screen(
        name=NAME,
        values=np.concatenate([f.values for f in found]),
        genes=planted.genes,
        unit=Unit.ZSCORE,
        samples=samples,
        perturbations=perturbation_table(ids, smiles=made.smiles),
        cells=planted.cells,
        provenance={"set": NAME, "licence": "CC0-1.0", "options": options.model_dump(mode="json")},
    )
    strength, ec50 = np.array([f.strength for f in found]), np.array([f.ec50_um for f in found])
    return Simulation(
        screen, np.concatenate([f.truth for f in found]), documented(options, planted, ids, strength, ec50)
    )


def _measured(
    options: SimulationOptions, planted: Planted, grid: _Grid, made: Structures, at: int, compound: int
) -> _Profiles:
    """Return the profiles of one compound.

    Everything is drawn and computed for one compound at a time, in arrays of
    one shape: so no block can change a bit of it.
    """
    rng = generator(options.seed, "compound", compound)
    present = made.present[at]
    size = np.exp(STRENGTH_SPREAD * rng.normal(size=options.pathways))
    potency = EC50_MEDIAN_UM * np.exp(EC50_SPREAD * rng.normal(size=options.pathways))
    strength = np.where(present, planted.direction * size, 0.0)
    effect = planted.sensitivity[grid.cell] * dose_law(grid.dose_um[:, None], potency) * time_law(grid.hours)[:, None]
    change = (effect * strength) @ planted.loadings
    if options.scaffold_effect:
        shared = _shared_profile(options.seed, "scaffold", int(made.scaffold[at]), len(planted.genes))
        change += options.scaffold_effect * shared
    lot = rng.random(len(change))
    given = np.flatnonzero(lot <= max(options.measured, lot.min()))
    treatment = np.repeat(given, options.replicates)
    replicate = np.tile(np.arange(options.replicates), len(given))
    noise = options.noise * rng.normal(size=(len(treatment), len(planted.genes)))
    if options.batch_effect:
        plate = (compound % options.plates) * options.replicates + replicate
        profiles = [_shared_profile(options.seed, "batch", int(p), len(planted.genes)) for p in plate]
        noise += options.batch_effect * np.array(profiles)
    return _Profiles(
        strength=strength,
        ec50_um=np.where(present, potency, np.nan),
        treatment=treatment,
        replicate=replicate,
        truth=change[treatment].astype(np.float32),
        values=(change[treatment] + noise).astype(np.float32),
    )


def _batch(options: SimulationOptions, compound: int, replicate: int) -> str:
    if options.plates == 1:
        return f"replicate{replicate + 1}"
    return f"plate{compound % options.plates + 1}.{replicate + 1}"


@lru_cache(maxsize=4096)
def _shared_profile(seed: int, purpose: Purpose, item: int, genes: int) -> np.ndarray:
    profile = generator(seed, purpose, item).normal(size=genes)
    profile.flags.writeable = False
    return profile
