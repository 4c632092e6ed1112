"""Models of a gene's level from its promoter and from further numbers of the gene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from drugexp.biology.baseline.models import sklearn_part
from drugexp.biology.baseline.promoters.letters import kmers
from drugexp.errors import UsageError, unknown

WORD = 4
"""Letters of the words that are counted for models that read no letters."""
Model = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""``(codes (gene, position), extra (gene, feature), level (gene,), train (gene,), seed) -> (gene,)``; without a
promoter, codes have no position."""


def _counted(
    make: Callable[[int], Any], codes: np.ndarray, extra: np.ndarray, level: np.ndarray, train: np.ndarray, seed: int
) -> np.ndarray:
    """Return the levels that an estimator of scikit-learn finds by the words of promoters."""
    parts = [_scaled(part, train) for part in (kmers(codes, WORD), extra) if part.shape[1]]
    x = np.hstack([part / np.sqrt(part.shape[1]) for part in parts])  # words and numbers weigh alike
    middle, spread = float(level[train].mean()), float(level[train].std()) or 1.0
    found = make(seed).fit(x[train], (level[train] - middle) / spread).predict(x)
    return np.asarray(middle + spread * found)


def _networked(
    kind: str, codes: np.ndarray, extra: np.ndarray, level: np.ndarray, train: np.ndarray, seed: int
) -> np.ndarray:
    """Return the levels that networks find; they have seeds of their own."""
    from drugexp.biology.baseline.promoters import networks

    del seed
    middle, spread = float(level[train].mean()), float(level[train].std()) or 1.0
    standard = np.where(train, (level - middle) / spread, np.nan).astype(np.float32)
    rest = np.flatnonzero(~train)
    out = np.where(train, level, middle)
    numbers = _scaled(extra, train).astype(np.float32)
    out[rest] = middle + spread * networks.fit_predict(kind, codes, numbers, standard, rest)  # type: ignore[arg-type]
    return np.asarray(out)


def _scaled(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return columns with mean 0 and sd 1 over training genes; 0 where missing or constant."""
    if not values.shape[1]:
        return values
    part = np.where(np.isfinite(values), values, np.nan)[train]
    count = np.maximum(np.isfinite(part).sum(axis=0), 1)
    mean = np.nansum(part, axis=0) / count
    sd = np.sqrt(np.nansum((part - mean) ** 2, axis=0) / count)
    rest = np.nan_to_num(values - mean)
    return np.where(sd > 1e-12, rest / np.maximum(sd, 1e-12), 0.0)


def _ridge(seed: int) -> Any:  # noqa: ARG001 - there is no chance in it
    return sklearn_part("linear_model").RidgeCV(alphas=10.0 ** np.arange(-3, 4))


def _svm(seed: int) -> Any:  # noqa: ARG001
    return sklearn_part("svm").SVR(C=1.0, epsilon=0.1)


def _forest(seed: int) -> Any:
    made = sklearn_part("ensemble").RandomForestRegressor
    return made(n_estimators=200, min_samples_leaf=3, max_features=0.3, random_state=seed, n_jobs=1)


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "linear": partial(_counted, _ridge),
        "svm": partial(_counted, _svm),
        "forest": partial(_counted, _forest),
        "cnn": partial(_networked, "cnn"),
        "rnn": partial(_networked, "rnn"),
    }
)
READERS = ("cnn", "rnn")
"""Models that read letters: without promoters there is nothing for them to read."""


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
