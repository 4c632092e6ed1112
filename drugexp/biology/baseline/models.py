"""Models of one gene's expression in a cell from what is known of that gene there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from drugexp.biology.baseline.design import gene_means, standardised
from drugexp.biology.baseline.ridge import ridge_per_gene
from drugexp.errors import UsageError, unknown

Model = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""``(x (cell, gene, feature), y (cell, gene), train (cell,), seed) -> (cell, gene)``."""
LEAST = 10
"""Training cells of a gene that trees or a support vector machine can learn from; else its mean."""


def svm_per_gene(x: np.ndarray, y: np.ndarray, train: np.ndarray, seed: int = 0) -> np.ndarray:  # noqa: ARG001
    """Return predictions of a support vector regression (radial kernel) for each gene, (cell, gene)."""
    made = sklearn_part("svm").SVR
    return _each(x, y, train, lambda: made(C=0.5, epsilon=0.1))


def forest_per_gene(x: np.ndarray, y: np.ndarray, train: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return predictions of a random forest for each gene, (cell, gene)."""
    made = sklearn_part("ensemble").RandomForestRegressor
    return _each(x, y, train, lambda: made(n_estimators=50, min_samples_leaf=10, random_state=seed, n_jobs=1))


MODELS: Mapping[str, Model] = MappingProxyType(
    {"ridge": ridge_per_gene, "svm": svm_per_gene, "forest": forest_per_gene}
)


def model_named(name: str) -> Model:
    """Return a model.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in MODELS:
        raise UsageError(unknown("model", name, MODELS))
    return MODELS[name]


def _each(x: np.ndarray, y: np.ndarray, train: np.ndarray, make: Callable[[], Any]) -> np.ndarray:
    z, mean = standardised(x, train), gene_means(y, train)
    out = np.broadcast_to(mean, y.shape).copy()
    for gene in range(y.shape[1]):
        fit = train & np.isfinite(y[:, gene])
        rest = y[fit, gene] - mean[gene]
        spread = float(rest.std()) if fit.sum() >= LEAST else 0.0
        if spread > 0:
            out[:, gene] += spread * make().fit(z[fit, gene], rest / spread).predict(z[:, gene])
    return out


def sklearn_part(module: str) -> Any:
    """Return a module of scikit-learn.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"sklearn.{module}")
    except ImportError:
        raise UsageError("this model needs scikit-learn", hint="pip install 'drugexp[models]'") from None
