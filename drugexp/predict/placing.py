"""Whether what is asked lies inside of what a model has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from drugexp.chemistry.fingerprints import bits as morgan_bits
from drugexp.chemistry.fingerprints import pack
from drugexp.chemistry.parse import Compound
from drugexp.contract import Block, Cells
from drugexp.learn.domain import reasons, told_near
from drugexp.learn.near_cells import near_cells
from drugexp.learn.neighbours import neighbours
from drugexp.learn.pipeline import Pipeline

COLUMNS = ("in_domain", "domain_reason", "nearest_similarity", "density", "nearest_compound")


def placed(
    pipeline: Pipeline,
    compounds: Sequence[Compound],
    index: np.ndarray,
    table: pd.DataFrame,
    cells: Cells,
    own: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return `COLUMNS`: name -> (query,), whether each query is inside of what was learnt, and what is nearest to it.

    Parameters
    ----------
    pipeline
        One with a domain.
    compounds
        Unique compounds.
    index
        (query,) into them.
    table
        Columns ``cell`` (empty: pooled), ``dose_um`` and ``hours`` (NaN: not asked for) of each query.
    cells
        Those that are named, with their blocks.
    own
        Cells that are the user's: what their names stand for was not learnt.
    """
    domain = pipeline.domain
    assert domain is not None  # noqa: S101 - a pipeline without one is refused before
    near = neighbours(pack(morgan_bits([c.mol for c in compounds])), domain.bits)
    # Only a metal speaks against a compound by itself; a salt that was removed does not.
    metal = ["; ".join(n for n in c.notes if "metal" in n) for c in compounds]
    learnt = tuple(c for c in domain.cells if c not in own)
    why = reasons(
        domain,
        learnt,
        near.similarity[index],
        near.density[index],
        [metal[i] for i in index],
        table["cell"].tolist(),
        table["dose_um"].to_numpy(),
        table["hours"].to_numpy(),
        _near_learnt(pipeline, table["cell"], cells, learnt),
    )
    values = (
        [not w for w in why],
        why,
        np.round(near.similarity[index], 4),
        np.round(near.density[index], 4),
        [domain.compounds[p] if p >= 0 else "" for p in near.position[index]],
    )
    return dict(zip(COLUMNS, values, strict=True))


def _near_learnt(pipeline: Pipeline, asked: pd.Series, cells: Cells, learnt: tuple[str, ...]) -> dict[str, str]:
    """Return how near the cells that were asked for and not learnt are to learnt ones, name -> told."""
    names = [str(name) for name in asked.unique() if name and name not in learnt]
    at = cells.positions(names)
    blocks = {n: Block(b.values[at], b.features, b.unit) for n, b in cells.blocks.items()}
    return told_near(near_cells(Cells(tuple(names), blocks), pipeline.cells, learnt), names)
