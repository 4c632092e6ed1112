"""Small made-up h5ad files of cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

FORMATS = {"dense": np.asarray, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}


def write_cells(
    path: Path,
    counts: np.ndarray,
    obs: pd.DataFrame,
    *,
    form: str = "csr",
    genes: list[str] | None = None,
    var: pd.DataFrame | None = None,
    layer: str | None = None,
) -> Path:
    """Write (cell, gene) counts as an h5ad file; with a `layer`, X holds its logarithm and the layer the counts."""
    anndata = pytest.importorskip("anndata")
    var = pd.DataFrame(index=pd.Index(genes or [f"g{i}" for i in range(counts.shape[1])])) if var is None else var
    obs = obs.set_axis(pd.Index([f"cell{i}" for i in range(len(obs))]), axis=0)
    matrix = FORMATS[form](counts)
    data = anndata.AnnData(matrix if layer is None else FORMATS[form](np.log1p(counts)), obs=obs, var=var)
    if layer is not None:
        data.layers[layer] = matrix
    data.write_h5ad(path)
    return path
