"""Predictions as AnnData."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from drugexp.intake.screen_io import require_anndata
from drugexp.predict.predictions import Predictions

if TYPE_CHECKING:
    from anndata import AnnData


def annotated(predictions: Predictions, rejects: pd.DataFrame | None = None) -> AnnData:
    """Return ``X`` the means, layers ``sd, lower, upper``, and in ``uns["drugexp"]`` unit, model and rejects if given.

    Raises
    ------
    PluginError
        If anndata is not installed, naming the command that brings it.
    """
    anndata = require_anndata()
    obs = predictions.table.set_index("query_id")
    obs.index = obs.index.astype(str)
    data: AnnData = anndata.AnnData(
        X=predictions.mean,
        obs=obs,
        var=pd.DataFrame(index=pd.Index(predictions.genes.ids, name=predictions.genes.namespace)),
        layers={layer: getattr(predictions, layer) for layer in ("sd", "lower", "upper")},
    )
    data.uns["drugexp"] = {
        **{k: v for k, v in predictions.provenance.items() if v is not None},
        "unit": predictions.unit.value,
        "model": predictions.model,
        "coverage": predictions.coverage,
    }
    if rejects is not None:
        data.uns["drugexp"]["rejects"] = rejects.astype(str).reset_index(drop=True)
    return data
