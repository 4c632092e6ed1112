"""Sparse linear models along a path of penalties: coordinate descent on reweighted squares."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.biology.biomarkers.adjusting import basis, without
from drugexp.biology.biomarkers.likelihood import Likelihood
from drugexp.errors import UsageError

_ROUNDS = 25
_LARGEST = 30.0  # of a linear score: beyond it a class is certain


@dataclass(frozen=True, eq=False)
class Path:
    """Models along falling penalties.

    Attributes
    ----------
    penalties
        (penalty,) from the largest.
    weights
        (penalty, gene).
    free
        (penalty, column) weights that carry no penalty.
    """

    penalties: np.ndarray
    weights: np.ndarray
    free: np.ndarray


def sparse_path(
    genes: np.ndarray,
    free: np.ndarray,
    likelihood: Likelihood,
    *,
    mix: float = 0.9,
    penalties: np.ndarray | int = 12,
    tolerance: float = 1e-2,
) -> Path:
    """Fit models that minimise ``-log likelihood / n + penalty (mix |w|_1 + (1 - mix) / 2 |w|_2^2)``.

    The algorithm of glmnet (Friedman, Hastie and Tibshirani 2010, J. Stat. Softw. 33:1; for Cox: Simon et al. 2011,
    39:5): each round, the likelihood becomes weighted squares at the current scores, and coordinate descent (that of
    scikit-learn) finds the best weights for these. What carries no penalty is projected out of each round exactly.

    Parameters
    ----------
    genes
        (patient, gene), standardised.
    free
        (patient, column) without a penalty: a constant (not for Cox) and covariates.
    likelihood
        Of the outcome.
    mix
        1: lasso; near 0: ridge.
    penalties
        Falling values, or how many: from the smallest that leaves nothing to a twentieth of it.
    tolerance
        Rounds end where scores move by less than this share of their spread.
    """
    descend = _descent()
    count = len(genes)
    score, held = _null(free, likelihood)
    if isinstance(penalties, int):
        most = float(np.abs(genes.T @ likelihood.slopes(score)[0]).max(initial=0.0)) / (count * max(mix, 1e-3))
        penalties = max(most, 1e-12) * np.geomspace(1.0, 0.05, penalties)
    weights, found, others = np.zeros(genes.shape[1]), [], []
    for penalty in penalties:
        for _ in range(_ROUNDS):
            gradient, curvature = likelihood.slopes(score)
            root = np.sqrt(curvature)
            span = basis(root[:, None] * free)
            target = root * score + gradient / root
            x, z = without(root[:, None] * genes, span), without(target, span)
            weights = descend(x, z, float(penalty), mix, weights, tolerance)
            rest = target - root * (genes @ weights)
            held = np.linalg.lstsq(root[:, None] * free, rest, rcond=1e-10)[0] if free.shape[1] else held
            moved = np.clip(genes @ weights + free @ held, -_LARGEST, _LARGEST)
            change = float(np.sqrt(((moved - score) ** 2).mean()))
            score = moved
            if likelihood.outcome.kind == "response" or change < tolerance * (0.1 + float(score.std())):
                break
        found.append(weights)
        others.append(held)
    return Path(np.asarray(penalties), np.array(found), np.array(others).reshape(len(found), free.shape[1]))


def _null(free: np.ndarray, likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and weights of the model without genes, by Newton's method on the free columns."""
    score, held = np.zeros(len(likelihood.outcome)), np.zeros(free.shape[1])
    if not free.shape[1]:
        return score, held
    for _ in range(_ROUNDS):
        gradient, curvature = likelihood.slopes(score)
        root = np.sqrt(curvature)
        held = np.linalg.lstsq(root[:, None] * free, root * score + gradient / root, rcond=1e-10)[0]
        moved = np.clip(free @ held, -_LARGEST, _LARGEST)
        done = float(np.abs(moved - score).max()) < 1e-9
        score = moved
        if done:
            break
    return score, held


def null_residual(free: np.ndarray, likelihood: Likelihood) -> np.ndarray:
    """Return what a model of the free columns alone leaves unexplained of each patient, (patient,).

    The residual of a class or a number, or the martingale residual of a survival.
    """
    return likelihood.slopes(_null(free, likelihood)[0])[0]


def _descent() -> Any:
    """Return coordinate descent for one penalty: (x, z, penalty, mix, start, tolerance) -> weights."""
    try:
        from sklearn import config_context
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import enet_path
    except ImportError:
        raise UsageError(
            "signatures need scikit-learn, which is not installed", hint="pip install 'drugexp[models]'"
        ) from None

    def descend(x: np.ndarray, z: np.ndarray, penalty: float, mix: float, start: np.ndarray, tol: float) -> np.ndarray:
        with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
            # The rounds go on from where one stopped short.
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = enet_path(
                np.asfortranarray(x),
                z,
                l1_ratio=mix,
                alphas=np.array([penalty]),
                precompute=False,
                coef_init=start.copy(),
                tol=0.1 * tol**1.5,
                check_input=False,
            )
        return np.asarray(found[1])[:, 0]

    return descend
