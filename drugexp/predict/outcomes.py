"""Outcomes of queries: numbers on their own scale, and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Cells
from drugexp.errors import InputError, ModelError, UsageError
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.precision import full_precision
from drugexp.predict.queries import Queries
from drugexp.predict.run import batch_of
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore

COLUMNS = ("task", "outcome", "kind", "value", "usual", "model")
"""What stands beside what was asked."""


def check_outcomes(pipeline: Pipeline) -> None:
    """Refuse a model that has learnt no outcomes.

    Raises
    ------
    UsageError
        Saying how one is trained.
    """
    if not pipeline.outcomes:
        raise UsageError(
            f"model {pipeline.name!r} has learnt no outcomes, only profiles",
            hint="Train one from a recipe with `outcomes` (docs/tasks.md), and name it with --model.",
        )


def predict_outcomes(
    pipeline: Pipeline, queries: Queries, cells: Cells, registry: Registry, *, store: FeatureStore | None = None
) -> pd.DataFrame:
    """Predict every outcome of every query.

    Parameters
    ----------
    pipeline
        A pipeline with outcomes; it need not be calibrated.
    queries
        At least one query.
    cells
        The cells that queries name, with their blocks.
    registry
        Where featurisers are found.
    store
        Cache of features on disk.

    Returns
    -------
    pandas.DataFrame
        One row a query and outcome: what was asked, then ``task``, ``outcome``, ``kind`` (``number`` or
        ``probability``), ``value``, ``usual`` (the mean of the training rows, or the share of them that are so: what
        is told without any knowledge) and ``model``.

    Raises
    ------
    UsageError
        If the model has learnt no outcomes.
    InputError
        If there is no query.
    ModelError
        If a prediction is not finite.
    """
    check_outcomes(pipeline)
    if not len(queries):
        raise InputError("no query is left to predict: every row was rejected")
    batch = batch_of(pipeline, queries, cells, registry, store)
    ask: Any = getattr(pipeline.fitted, "predict_task", None)
    asked = queries.table.reset_index(drop=True)
    tables = []
    for head in pipeline.outcomes:
        with full_precision():
            outputs = ask(head.task, batch).mean
        if not np.isfinite(outputs).all():
            raise ModelError("the prediction holds NaN or infinity", where=f"task {head.task!r}")
        count = len(head.columns)
        tables.append(
            asked.loc[np.repeat(np.arange(len(asked)), count)].assign(
                task=head.task,
                outcome=list(head.columns) * len(asked),
                kind=head.kind,
                value=head.told(outputs).ravel(),
                usual=np.tile(head.usual, len(asked)),
                model=pipeline.name,
            )
        )
    joined = pd.concat(tables, ignore_index=True)
    order = {name: at for at, name in enumerate(asked["query_id"])}
    return joined.iloc[np.argsort(joined["query_id"].map(order).to_numpy(), kind="stable")].reset_index(drop=True)
