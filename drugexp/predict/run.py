"""Queries and a pipeline in, predictions out."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from drugexp.contract import Batch, Cells, Items, Prediction, Progress, Unit, silent
from drugexp.errors import InputError, ModelError, UsageError
from drugexp.learn.conformal import interval
from drugexp.learn.pipeline import Pipeline, checked, describe
from drugexp.predict import engine
from drugexp.predict.missing import Filled
from drugexp.predict.placing import placed
from drugexp.predict.predictions import Predictions
from drugexp.predict.queries import Queries
from drugexp.predict.spread import spread
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore

Kind = Literal["change", "expression"]


def predict(
    pipeline: Pipeline,
    queries: Queries,
    cells: Cells,
    registry: Registry,
    *,
    store: FeatureStore | None = None,
    progress: Progress = silent,
    kind: Kind = "change",
    version: str = "",
    own: frozenset[str] = frozenset(),
    filled: Filled | None = None,
) -> Predictions:
    """Predict every query.

    Parameters
    ----------
    pipeline
        A calibrated pipeline.
    queries
        At least one query.
    cells
        The cells that queries name, with their blocks: the pipeline's own, or the user's.
    registry
        Where featurisers are found.
    store
        Cache of features on disk.
    progress
        Told how many queries are done.
    kind
        ``change``, or ``expression``: baseline plus change, where the unit is log2fc.
    version
        Version of drugexp, for the output.
    own
        Cells that are the user's: what their names stand for was not learnt.
    filled
        The same cells with missing genes filled; what that leaves open widens the intervals.

    Raises
    ------
    InputError
        If there is no query left.
    UsageError
        If ``expression`` is asked of a model that predicts another unit.
    """
    check_kind(pipeline, kind)
    if not len(queries):
        raise InputError("no query is left to predict: every row was rejected")
    if pipeline.unit is Unit.OUTCOME:
        raise UsageError(
            f"model {pipeline.name!r} predicts outcomes and no profiles", hint="Ask for them with --outcomes FILE."
        )
    if pipeline.calibration is None or pipeline.domain is None:
        raise ModelError(f"model {pipeline.name!r} is not calibrated", hint="Train it with [calibration] folds = 5.")
    filled = filled or Filled(cells)
    batch = batch_of(pipeline, queries, filled.cells, registry, store)
    mean, sd = engine.run(pipeline.fitted, batch, progress=progress)
    checked(pipeline, Prediction(mean, pipeline.genes, pipeline.unit, sd), len(queries))
    moved = spread(pipeline, batch, filled, registry)
    low, high = interval(mean, sd, pipeline.calibration, moved)
    wider = {} if moved is None else {"wider_for_missing_genes": _wider(high - low, mean, sd, pipeline, moved)}
    mean, low, high = (pipeline.transform.inverse(x) for x in (mean, low, high))
    half_width = NormalDist().inv_cdf((1 + pipeline.calibration.coverage) / 2)
    sd = ((high - low) / (2 * half_width)).astype(np.float32)
    unit = Unit.LOG2_EXPRESSION if kind == "expression" else pipeline.unit
    if kind == "expression":
        base = _baseline(pipeline, queries, cells)
        mean, low, high = mean + base, low + base, high + base
    return Predictions(
        table=queries.table.assign(
            **placed(pipeline, queries.compounds, queries.compound_index, queries.table, cells, own)
        ),
        mean=mean,
        sd=sd,
        lower=low,
        upper=high,
        genes=pipeline.genes,
        unit=unit,
        coverage=pipeline.calibration.coverage,
        model=f"{pipeline.name} ({pipeline.model.bare}{f', drugexp {version}' if version else ''})",
        provenance={**_provenance(pipeline, unit, version), **wider},
    )


def check_kind(pipeline: Pipeline, kind: Kind) -> None:
    """Refuse expression levels from a model whose unit cannot be added to them."""
    if kind == "expression" and pipeline.unit is not Unit.LOG2FC:
        raise UsageError(
            f"--as expression needs a model whose unit is log2fc; {pipeline.name!r} predicts {pipeline.unit.label}",
            hint="A z-score cannot be added to an expression level. Use --as change.",
        )


def batch_of(
    pipeline: Pipeline, queries: Queries, cells: Cells, registry: Registry, store: FeatureStore | None
) -> Batch:
    """Return what the pipeline's model is given of queries."""
    smiles = tuple(c.smiles for c in queries.compounds)
    items = Items(
        ids=smiles, smiles=smiles, targets=((),) * len(smiles), molecules=tuple(c.mol for c in queries.compounds)
    )
    compound, cell = describe(pipeline, items, cells, registry, store=store)
    return Batch(
        compound=compound,
        cell=cell,
        compound_index=queries.compound_index,
        cell_index=cells.positions(queries.table["cell"]).astype(np.int32),
        dose_um=queries.table["dose_um"].to_numpy(dtype=np.float32),
        hours=queries.table["hours"].to_numpy(dtype=np.float32),
        smiles=smiles if pipeline.needs.smiles else (),
    )


def _baseline(pipeline: Pipeline, queries: Queries, cells: Cells) -> np.ndarray:
    """Return each query's own baseline on the pipeline's genes, (query, gene) log2 expression, NaN where unknown."""
    block = cells.blocks.get("expression")
    at = cells.positions(queries.table["cell"])
    if block is None or (at < 0).any():
        raise UsageError("--as expression needs a cell for every query", hint="Name one with --cell or --baseline.")
    where = block.features.positions(pipeline.genes.ids)
    if (where < 0).any():
        raise UsageError(f"the baseline lacks {int((where < 0).sum())} of the model's genes, so levels cannot be given")
    return block.values[at][:, where]


def _wider(width: np.ndarray, mean: np.ndarray, sd: np.ndarray | None, pipeline: Pipeline, moved: np.ndarray) -> float:
    """Return by which share intervals of incomplete cells grew on average; 0 where the model does not mind."""
    assert pipeline.calibration is not None  # noqa: S101 - checked by `predict`
    rows = moved.any(axis=1)
    if not rows.any():
        return 0.0
    low, high = interval(mean[rows], None if sd is None else sd[rows], pipeline.calibration)
    return round(float(np.mean(width[rows] / (high - low))) - 1.0, 6)


def _provenance(pipeline: Pipeline, unit: Unit, version: str) -> Mapping[str, Any]:
    return {
        "drugexp": version,
        "model": pipeline.name,
        "plugin": pipeline.model.bare,
        "seed": pipeline.card.get("recipe", {}).get("seed"),
        "licence": pipeline.card.get("licence", ""),
        "unit": unit.value,
        "unit_label": unit.label,
    }
