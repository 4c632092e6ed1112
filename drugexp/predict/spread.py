"""How far predictions move when what cells lack is drawn again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drugexp.contract import Batch, Block, Cells
from drugexp.learn.pipeline import Pipeline, cell_uncertainty, describe_cells
from drugexp.predict import engine
from drugexp.predict.missing import Filled
from drugexp.registry import Registry


def spread(pipeline: Pipeline, batch: Batch, filled: Filled, registry: Registry) -> np.ndarray | None:
    """Return the standard deviation of each prediction over draws of the missing genes and blocks.

    A featuriser that tells what missing blocks cost it (``uncertainty``) is drawn by that; for others, blocks are.

    Parameters
    ----------
    pipeline
        The model and its featurisers.
    batch
        The queries; its cells are those of `filled`.
    filled
        The cells and their draws.
    registry
        Where featurisers are found.

    Returns
    -------
    numpy.ndarray or None
        (query, gene) float32 in the model's space, 0 where the cell lacks nothing; None where no query's cell does.
    """
    place = np.full(len(filled.cells.ids), -1, dtype=np.int32)
    place[filled.rows] = np.arange(len(filled.rows))
    asked = np.flatnonzero((batch.cell_index >= 0) & (place[batch.cell_index] >= 0))
    if not len(asked) or not batch.cell:
        return None
    part = batch.take(asked)
    total = np.zeros((len(asked), len(pipeline.genes)))
    squares = np.zeros_like(total)
    first: np.ndarray | None = None
    count = 0
    told = _told(pipeline, filled, registry)
    draw = {row: np.random.default_rng(seed) for row, seed in filled.seeds.items()}
    for cells in filled.drawn():
        cell = describe_cells(pipeline, cells, registry)
        for name, (middle, sd) in told.items():
            errors = [draw[int(row)].standard_normal(middle.shape[1]) for row in filled.rows]
            cell[name] = (middle + sd * np.array(errors)).astype(np.float32)
        mean, _ = engine.run(pipeline.fitted, replace(part, cell=cell, cell_index=place[part.cell_index]))
        first = mean if first is None else first
        # Differences from the first draw: a model that does not look at the cell gives 0, exactly.
        moved = mean.astype(np.float64) - first
        total, squares, count = total + moved, squares + moved**2, count + 1
    found = np.zeros((len(batch), len(pipeline.genes)), dtype=np.float32)
    found[asked] = np.sqrt(np.maximum(squares - total**2 / count, 0.0) / (count - 1))
    return found


def _told(pipeline: Pipeline, filled: Filled, registry: Registry) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the features of the cells of `filled.rows` whose featurisers know their cost: their values and their sd.

    The least that is not known of any cell of the model is not counted: the calibrated interval holds it already.
    """
    rows = filled.rows
    blocks = {name: Block(b.values[rows], b.features, b.unit) for name, b in filled.cells.blocks.items()}
    cells = Cells(tuple(filled.cells.ids[i] for i in rows), blocks)
    sds = cell_uncertainty(pipeline, cells, registry)
    if not sds:
        return {}
    least = cell_uncertainty(pipeline, pipeline.cells, registry)
    values = describe_cells(pipeline, cells, registry)
    return {
        name: (values[name], np.sqrt(np.maximum(sd.astype(np.float64) ** 2 - least[name].min(axis=0) ** 2, 0.0)))
        for name, sd in sds.items()
    }
