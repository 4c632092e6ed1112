"""Drug responses with a planted mechanism.

    response = mean + compound effect + cell effect + interaction * z . p + noise

z are a cell's hidden pathway activities, which its expression shows and its mutations mark, p tells which substituents
of a compound act on which pathway. With ``interaction=0`` nothing is better than mean effects for a known compound in a
known cell, and nothing orders cells differently for two compounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from drugexp.contract import Options, parse_options
from drugexp.simulate.structures import structures


class ResponseOptions(Options):
    """What a set of responses is like.

    Attributes
    ----------
    cells, compounds, genes
        How many.
    pathways
        Hidden activities of a cell, and substituents that act on them.
    compound_effect, cell_effect, interaction, noise
        Standard deviations, in units of the response.
    shown
        Share of the cells' general sensitivity that expression shows; the rest cannot be known before treatment.
    missing
        Share of the pairs that were not measured.
    tissues
        How many; cells of one are alike in their activities.
    seed
        Of everything.
    """

    cells: Annotated[int, Field(ge=4)] = 60
    compounds: Annotated[int, Field(ge=4)] = 40
    genes: Annotated[int, Field(ge=4)] = 50
    pathways: Annotated[int, Field(ge=1, le=8)] = 3
    compound_effect: Annotated[float, Field(ge=0)] = 2.0
    cell_effect: Annotated[float, Field(ge=0)] = 0.5
    interaction: Annotated[float, Field(ge=0)] = 1.0
    noise: Annotated[float, Field(ge=0)] = 0.5
    shown: Annotated[float, Field(ge=0, le=1)] = 0.5
    missing: Annotated[float, Field(ge=0, lt=0.9)] = 0.1
    tissues: Annotated[int, Field(ge=1)] = 4
    seed: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, eq=False)
class SimulatedResponses:
    """Responses and what was planted.

    Attributes
    ----------
    table
        One row a measured pair: ``cell, compound, smiles, ln_ic50, tissue``.
    expression, mutation
        Cell by gene.
    truth
        (cell, compound) responses without noise.
    """

    table: pd.DataFrame
    expression: pd.DataFrame
    mutation: pd.DataFrame
    truth: np.ndarray


def simulate_responses(options: ResponseOptions | None = None) -> SimulatedResponses:
    """Return responses; the same options give the same ones.

    Examples
    --------
    >>> made = simulate_responses(ResponseOptions(cells=6, compounds=5, genes=10, missing=0))
    >>> made.table.shape, made.expression.shape
    ((30, 5), (6, 10))
    """
    o = parse_options(ResponseOptions, options)
    rng = np.random.default_rng([o.seed, 31])
    made = structures(np.arange(o.compounds), compounds=o.compounds, pathways=o.pathways, seed=o.seed)
    acts = made.present.astype(np.float64)
    tissue = rng.integers(o.tissues, size=o.cells)
    z = 0.6 * rng.normal(size=(o.tissues, o.pathways))[tissue] + 0.8 * rng.normal(size=(o.cells, o.pathways))
    open_part, hidden = rng.normal(size=o.cells), rng.normal(size=o.cells)
    general = o.cell_effect * (np.sqrt(o.shown) * open_part + np.sqrt(1.0 - o.shown) * hidden)
    strength = o.compound_effect * (0.5 * (acts - acts.mean(axis=0)).sum(axis=1) + 0.8 * rng.normal(size=o.compounds))
    truth = 2.0 + strength[None, :] + general[:, None] + o.interaction * z @ acts.T
    values = truth + o.noise * rng.normal(size=truth.shape)
    loadings = rng.normal(size=(o.pathways + 1, o.genes))
    expression = 7.0 + np.column_stack([z, open_part]) @ loadings + 0.5 * rng.normal(size=(o.cells, o.genes))
    mutated = rng.random((o.cells, o.genes)) < 0.05
    mutated[:, : o.pathways] = (z > 0.7)[:, : min(o.pathways, o.genes)]
    cells = [f"CELL{i + 1:03d}" for i in range(o.cells)]
    genes = [f"GENE{i + 1}" for i in range(o.genes)]
    row, column = np.nonzero(rng.random(truth.shape) >= o.missing)
    table = pd.DataFrame(
        {
            "cell": np.array(cells, dtype=object)[row],
            "compound": np.array([f"C{j + 1:03d}" for j in range(o.compounds)], dtype=object)[column],
            "smiles": np.array(made.smiles, dtype=object)[column],
            "ln_ic50": np.round(values[row, column], 3),
            "tissue": np.array([f"tissue{t + 1}" for t in tissue], dtype=object)[row],
        }
    )
    index = pd.Index(cells, dtype=object, name="cell")
    return SimulatedResponses(
        table,
        pd.DataFrame(np.round(expression, 2), index=index, columns=genes),
        pd.DataFrame(mutated.astype(int), index=index, columns=genes),
        truth,
    )
