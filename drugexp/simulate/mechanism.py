"""The planted mechanism: substructure -> pathway -> genes, more or less so in each cell.

The change of gene g by compound i in cell c at dose d after t hours is

    sum over pathways p of  strength[i, p] * sensitivity[c, p]
                            * d / (d + ec50[i, p]) * (1 - exp(-t / TAU_HOURS)) * loadings[p, g]

A compound acts on a pathway exactly where it bears the pathway's substructure.
The dose law is that of Hill (J. Physiol. 1910, 40, iv) with a coefficient of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.chemistry.substructures import matching_atoms
from drugexp.contract import Block, Cells, GeneAxis, Unit
from drugexp.errors import UsageError, unknown
from drugexp.simulate.keyed import generator
from drugexp.simulate.options import SimulationOptions
from drugexp.simulate.structures import ACTIVE

TAU_HOURS = 8.0
"""Time after which an effect has reached 63% of its end."""

EXPRESSION_RANGE = (2.0, 14.0)
"""Log2 expression of unperturbed cells."""

SPREAD = 3.0
"""Log2 units of marker expression off the middle of the range that change a sensitivity by `cell_effect`."""

MARKERS = 2
"""Marker genes of each pathway."""

LOADED_SHARE = 0.1
"""Share of the genes that a pathway moves."""

LOADING = (1.5, 4.0)
"""Smallest and largest size of a loading, in z-scores at full effect of strength 1."""


@dataclass(frozen=True, eq=False)
class Planted:
    """What holds for all compounds of a simulation.

    Attributes
    ----------
    genes
        The axis of the loadings and of the cells' expression.
    loadings
        (pathway, gene) float64; 0 for genes the pathway does not move.
    direction
        (pathway,) 1 where the substructure activates the pathway, -1 where it inhibits it.
    markers
        (pathway, marker) positions on the axis.
    cells
        With the block ``expression``.
    sensitivity
        (cell, pathway), at least 0; see `sensitivity`.
    """

    genes: GeneAxis
    loadings: np.ndarray
    direction: np.ndarray
    markers: np.ndarray
    cells: Cells
    sensitivity: np.ndarray


@dataclass(frozen=True, eq=False)
class Mechanism:
    """What was planted in a synthetic screen.

    Attributes
    ----------
    options
        What was asked for.
    genes
        The axis of the loadings.
    pathways
        Names.
    smarts
        The substructure of each pathway.
    markers
        The genes of each pathway whose expression in a cell sets the cell's sensitivity.
    direction
        (pathway,) 1: the substructure activates, -1: it inhibits.
    loadings
        (pathway, gene): change at full effect of strength 1.
    cells
        Names.
    sensitivity
        (cell, pathway).
    compounds
        Ids of the screen's perturbations.
    strength
        (compound, pathway), signed; 0 where the compound lacks the substructure.
    ec50_um
        (compound, pathway) dose of half effect in uM; NaN where the compound lacks the substructure.
    """

    options: SimulationOptions
    genes: GeneAxis
    pathways: tuple[str, ...]
    smarts: tuple[str, ...]
    markers: tuple[tuple[str, ...], ...]
    direction: np.ndarray
    loadings: np.ndarray
    cells: tuple[str, ...]
    sensitivity: np.ndarray
    compounds: tuple[str, ...]
    strength: np.ndarray
    ec50_um: np.ndarray

    def atoms(self, smiles: str, pathway: str) -> tuple[int, ...]:
        """Return the atoms of a compound that act on a pathway, ascending; empty where none do.

        Parameters
        ----------
        smiles
            Any compound. Its atoms are numbered from 0 as they are written.
        pathway
            A name of `pathways`.

        Raises
        ------
        UsageError
            If there is no such pathway.
        InputError
            If the SMILES cannot be read.
        """
        if pathway not in self.pathways:
            raise UsageError(unknown("pathway", pathway, self.pathways))
        return matching_atoms(smiles, self.smarts[self.pathways.index(pathway)])

    def as_json(self) -> dict[str, Any]:
        """Return the mechanism as plain JSON values; loadings and actions that are 0 are left out."""
        genes = self.genes.ids
        return {
            "options": self.options.model_dump(mode="json"),
            "law": "change = sum over pathways of strength * sensitivity of the cell * dose / (dose + ec50_um)"
            f" * (1 - exp(-hours / {TAU_HOURS:g})) * loading",
            "pathways": {
                name: {
                    "smarts": self.smarts[p],
                    "direction": int(self.direction[p]),
                    "markers": list(self.markers[p]),
                    "loadings": {genes[g]: float(self.loadings[p, g]) for g in np.flatnonzero(self.loadings[p])},
                    "sensitivity": dict(zip(self.cells, self.sensitivity[:, p].tolist(), strict=True)),
                }
                for p, name in enumerate(self.pathways)
            },
            "compounds": {
                self.compounds[i]: {
                    self.pathways[p]: {"strength": float(self.strength[i, p]), "ec50_um": float(self.ec50_um[i, p])}
                    for p in np.flatnonzero(self.strength[i])
                }
                for i in np.flatnonzero(self.strength.any(axis=1))
            },
        }


def sensitivity(marker_expression: np.ndarray, cell_effect: float) -> np.ndarray:
    """Return how strongly a cell answers: ``max(0, 1 + cell_effect * (x - 8) / SPREAD)``.

    Parameters
    ----------
    marker_expression
        (cell, pathway, marker) log2 expression; x is its mean over the markers.
    cell_effect
        0: all cells alike.

    Returns
    -------
    numpy.ndarray
        (cell, pathway).
    """
    middle = sum(EXPRESSION_RANGE) / 2
    return np.maximum(0.0, 1.0 + cell_effect * (marker_expression.mean(axis=2) - middle) / SPREAD)


def dose_law(dose_um: np.ndarray, ec50_um: np.ndarray) -> np.ndarray:
    """Return the share of the full effect at a dose, 0 to 1; both in uM."""
    return dose_um / (dose_um + ec50_um)


def time_law(hours: np.ndarray) -> np.ndarray:
    """Return the share of the end effect after some hours, 0 to 1."""
    return -np.expm1(-hours / TAU_HOURS)


def plant(options: SimulationOptions, genes: GeneAxis) -> Planted:
    """Draw what holds for all compounds: loadings, directions, markers and cells."""
    rng = generator(options.seed, "mechanism")
    count, size = options.pathways, len(genes)
    loaded = max(1, round(LOADED_SHARE * size))
    loadings = np.zeros((count, size))
    for row in loadings:
        moved = rng.permutation(size)[:loaded]
        row[moved] = rng.choice((-1.0, 1.0), size=loaded) * rng.uniform(*LOADING, size=loaded)
    direction = rng.choice((-1, 1), size=count)
    # Pathways share markers only where there are too few genes.
    markers = np.resize(rng.permutation(size), (count, MARKERS))
    expression = _expression(options, size, markers)
    names = tuple(f"SIM{i + 1}" for i in range(options.cells))
    cells = Cells(names, {"expression": Block(expression, genes, Unit.LOG2_EXPRESSION)})
    seen = cells.blocks["expression"].values.astype(np.float64)
    return Planted(genes, loadings, direction, markers, cells, sensitivity(seen[:, markers], options.cell_effect))


def _expression(options: SimulationOptions, size: int, markers: np.ndarray) -> np.ndarray:
    """Return (cell, gene) log2 expression: a level of each gene, and what a cell makes of it; markers vary most."""
    level = generator(options.seed, "cells").uniform(4.0, 12.0, size=size)
    low, high = EXPRESSION_RANGE
    rows = []
    for cell in range(options.cells):
        rng = generator(options.seed, "cells", cell + 1)
        row = np.clip(level + rng.normal(size=size), low, high)
        row[markers.ravel()] = rng.uniform(low, high, size=markers.size)
        rows.append(row)
    return np.array(rows)


def documented(
    options: SimulationOptions, planted: Planted, compounds: tuple[str, ...], strength: np.ndarray, ec50_um: np.ndarray
) -> Mechanism:
    """Return the mechanism as a user sees it."""
    active = ACTIVE[: options.pathways]
    return Mechanism(
        options=options,
        genes=planted.genes,
        pathways=tuple(a.name for a in active),
        smarts=tuple(a.smarts for a in active),
        markers=tuple(tuple(planted.genes.ids[g] for g in row) for row in planted.markers),
        direction=planted.direction,
        loadings=planted.loadings,
        cells=planted.cells.ids,
        sensitivity=planted.sensitivity,
        compounds=compounds,
        strength=strength,
        ec50_um=ec50_um,
    )
