"""Small planted grids of responses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.biology.response.build import build
from drugexp.biology.response.grid import Grid
from drugexp.intake.responses import Responses
from drugexp.simulate.responses import ResponseOptions, simulate_responses


def planted(**options: float) -> Grid:
    """Return the grid of simulated responses with expression and mutation."""
    return build(told(**options)).grid


def told(**options: float) -> Responses:
    """Return simulated responses as a reader gives them."""
    made = simulate_responses(ResponseOptions(**options))
    table = made.table
    return Responses(
        table.rename(columns={"ln_ic50": "value"})[["cell", "compound", "value"]],
        dict(zip(table["compound"], table["smiles"], strict=True)),
        "ln_ic50",
        dict(zip(table["cell"], table["tissue"], strict=True)),
        {"expression": made.expression, "mutation": made.mutation},
    )


def bare(values: np.ndarray) -> Grid:
    """Return a grid of which nothing is known but its values."""
    cells, compounds = values.shape
    return Grid(
        values,
        tuple(f"c{i}" for i in range(cells)),
        tuple(f"d{j}" for j in range(compounds)),
        np.arange(cells),
        np.arange(compounds),
        np.arange(compounds),
    )


def with_duplicate(grid: Grid) -> Grid:
    """Return a grid whose first compound stands once more under another name."""
    columns = np.append(np.arange(len(grid.compounds)), 0)
    twice = grid.take(np.arange(len(grid.cells)), columns)
    return replace(twice, compounds=(*grid.compounds, "again"))
