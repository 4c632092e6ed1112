"""Outcomes that a model has learnt beside profiles: how cells respond, mechanisms, a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from drugexp.api.models import load
from drugexp.api.predicting import outcome
from drugexp.errors import InputError
from drugexp.learn.pipeline import Pipeline

if TYPE_CHECKING:
    from anndata import AnnData


def predict_outcomes(
    compounds: str | Sequence[str] | pd.DataFrame = (),
    *,
    model: str | Path | Pipeline,
    cells: str | Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | AnnData | None = None,
    dose_um: float | Sequence[float] = (),
    hours: float | Sequence[float] = (),
    queries: str | Path | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Predict the outcomes that a model has learnt (`outcomes` in its recipe).

    Parameters
    ----------
    compounds
        SMILES, files, or a table with a column ``smiles`` (and ``compound_id``).
    model
        Name, bundle folder, or what `load` returned.
    cells, baseline, dose_um, hours, queries
        As of `predict`.

    Returns
    -------
    pandas.DataFrame
        One row a query and outcome; see `drugexp.predict.outcomes.predict_outcomes`.

    Raises
    ------
    DrugexpError
        With a sentence, if the model has learnt none or nothing can be predicted.
    """
    found = outcome(
        [compounds] if isinstance(compounds, str) else compounds,
        cells=[cells] if isinstance(cells, str) else cells,
        baseline=baseline,
        dose_um=np.atleast_1d(np.asarray(dose_um, dtype=float)).tolist(),
        hours=np.atleast_1d(np.asarray(hours, dtype=float)).tolist(),
        queries=queries,
        model=model if isinstance(model, Pipeline) else load(model),
        outcomes=True,
        profiles=False,
    )
    if found.outcomes is None:
        first = found.queries.rejects.iloc[0]
        raise InputError(f"no row can be used; the first: {first['value']!r}: {first['reason']}")
    found.outcomes.attrs["rejects"] = found.queries.rejects.to_dict("records")
    return found.outcomes
