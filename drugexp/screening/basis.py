"""The basis of a model whose profiles are products of coefficients and it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.engine import factors_of

FILE = "basis.parquet"


def basis_of(pipeline: Pipeline) -> np.ndarray:
    """Return the basis, (direction, gene) float32.

    Raises
    ------
    UsageError
        If the model has none.
    """
    factors = factors_of(pipeline.fitted)
    if factors is None or factors.basis is None or factors.coefficients is None:
        raise UsageError(
            f"the profiles of model {pipeline.name!r} are no product of coefficients and a basis",
            hint="Keep whole profiles, or scores.",
        )
    return np.asarray(factors.basis(factors.params), dtype=np.float32)


def write_basis(folder: Path, pipeline: Pipeline) -> None:
    """Write the basis into the folder of a screen, one row a direction and one column a gene."""
    table = pd.DataFrame(basis_of(pipeline), columns=list(pipeline.genes.ids))
    with atomic_path(folder / FILE) as part:
        table.to_parquet(part, index=False)
