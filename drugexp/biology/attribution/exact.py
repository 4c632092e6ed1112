"""The model's own exact account: linear models, and the Shapley values of trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from drugexp.biology.attribution.inputs import Query, one_row
from drugexp.biology.attribution.parts import Parts
from drugexp.contract import Attribution, Batch, Fitted


def exact_parts(fitted: Fitted, query: Query, weights: np.ndarray) -> Parts | None:
    """Return the shares that the fitted model tells of itself; None where it tells none.

    Its base is its own: the mean of the training rows, say. So what the compound lacks has shares too.

    Parameters
    ----------
    fitted
        May have the ability ``attribute``.
    query
        One compound and cell.
    weights
        (gene,) of the target.
    """
    found = told(fitted, query.batch(one_row(query.compound), one_row(query.cell)), weights)
    if found is None:
        return None
    base, compound, cell, value = found
    return Parts(
        float(value[0]), float(base[0]), {n: p[0] for n, p in compound.items()}, {n: p[0] for n, p in cell.items()}
    )


Told = tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]


def told(fitted: Fitted, batch: Batch, weights: np.ndarray) -> Told | None:
    """Return base (sample,), shares by feature (sample, feature) of compound and cell, and the prediction (sample,)."""
    ability = getattr(fitted, "attribute", None)
    if ability is None:
        return None
    genes: Sequence[int] = np.flatnonzero(weights).tolist() or [0]
    found: Attribution | None = ability(batch, genes)
    if found is None:
        return None
    by = weights[genes]

    def over_genes(parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: np.einsum("sgf,g->sf", np.asarray(part, dtype=np.float64), by) for name, part in parts.items()}

    value = np.asarray(fitted.predict(batch).mean, dtype=np.float64)[:, genes] @ by
    return np.asarray(found.base, dtype=np.float64) @ by, over_genes(found.compound), over_genes(found.cell), value
