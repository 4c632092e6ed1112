"""A signature: few genes with weights, learnt on some patients and applied to any others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from drugexp.biology.biomarkers.adjusting import with_ones
from drugexp.biology.biomarkers.folds import deal
from drugexp.biology.biomarkers.likelihood import Likelihood
from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.paths import Path, null_residual, sparse_path


@dataclass(frozen=True)
class Settings:
    """How a signature is learnt.

    Attributes
    ----------
    mix
        Share of the lasso in the penalty; the rest is ridge.
    penalties
        How many penalties are tried.
    inner
        Folds, of the training patients, by which the penalty is chosen.
    screened
        Genes that enter the model: those that go most with the outcome among the training patients.
    """

    mix: float = 0.9
    penalties: int = 12
    inner: int = 3
    screened: int = 100


@dataclass(frozen=True, eq=False)
class Signature:
    """A fitted model.

    Attributes
    ----------
    kind
        Of the outcome.
    genes
        (member,) positions of its genes.
    weights, centre, scale
        (member,): the score is the sum of ``weight * (value - centre) / scale``; a missing value counts as the centre.
    constant
        Added to the score for a chance (before the logistic function) or a number; 0 for survival.
    covariates
        (covariate,) weights beside the genes, and `covariate_centre`, what a missing one counts as.
    cut
        Median score of the training patients; for groups the score at the share of the second class.
    typical
        What stands for everybody without a model: share of the second class, or mean response.
    penalty
        That was chosen.
    """

    kind: str
    genes: np.ndarray
    weights: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    constant: float
    covariates: np.ndarray
    covariate_centre: np.ndarray
    cut: float
    typical: float
    penalty: float

    def score(self, genes: np.ndarray) -> np.ndarray:
        """Return the score of (patient, gene) profiles from the genes alone, (patient,)."""
        held = (genes[:, self.genes] - self.centre) / self.scale
        return np.where(np.isfinite(held), held, 0.0) @ self.weights

    def predict(self, genes: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """Return the chance of the second class, the log hazard or the response, with the covariates, (patient,)."""
        given = np.where(np.isfinite(covariates), covariates, self.covariate_centre)
        total = self.score(genes) + self.constant + given @ self.covariates
        return expit(total) if self.kind == "groups" else total


Fit = Callable[[np.ndarray, np.ndarray, Outcome, "np.ndarray | None", int], Signature]
"""(genes, covariates, outcome, groups, seed) -> what was learnt of these patients."""


def fit_signature(
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    groups: np.ndarray | None,
    seed: int,
    settings: Settings = Settings(),
) -> Signature:
    """Learn a signature; nothing but these patients is looked at.

    Genes are filled with their mean and standardised, those that go most with the outcome beyond the covariates enter
    (sure independence screening: Fan and Lv 2008, JRSS B 70:849), the elastic net's penalty is that of the best
    likelihood in inner folds, each of which fills, scales and screens again, and the model is fitted once more.

    Parameters
    ----------
    genes
        (patient, gene), NaN where missing.
    covariates
        (patient, covariate), NaN where missing; they carry no penalty.
    outcome
        Two groups, survival or response.
    groups
        (patient,) labels that inner folds keep together.
    seed
        Of the inner folds.
    settings
        Of the model.
    """
    likelihood = Likelihood(outcome)
    whole = _Prepared(genes, covariates, likelihood, settings)
    path = whole.path(settings.penalties)
    gain = np.zeros(len(path.penalties))
    inner = deal(outcome, settings.inner, groups, seed)
    for held in np.unique(inner):
        rows = inner != held
        part = _Prepared(genes[rows], covariates[rows], Likelihood(outcome.take(rows)), settings)
        gain += part.gain(part.path(path.penalties), genes, covariates, likelihood, rows)
    return whole.signature(path, int(np.argmax(gain)))


def fit_covariates(
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    groups: np.ndarray | None,  # noqa: ARG001 - a Fit is asked so
    seed: int,  # noqa: ARG001
) -> Signature:
    """Learn a model of the covariates alone, in the form of a signature without genes."""
    held = _Prepared(genes, covariates, Likelihood(outcome), Settings(screened=0))
    return held.signature(held.path(np.ones(1)))


def fit_best_gene(
    genes: np.ndarray,
    covariates: np.ndarray,
    outcome: Outcome,
    groups: np.ndarray | None,  # noqa: ARG001 - a Fit is asked so
    seed: int,  # noqa: ARG001
) -> Signature:
    """Learn a model of the one gene that goes most with the outcome among these patients, beside the covariates."""
    held = _Prepared(genes, covariates, Likelihood(outcome), Settings(mix=1e-6, screened=1))
    return held.signature(held.path(np.array([1e-3])))


def fit_chosen(members: np.ndarray, penalty: float = 0.1) -> Fit:
    """Return what fits a ridge model to given genes, (member,) positions; no gene is chosen."""

    def fit(
        genes: np.ndarray,
        covariates: np.ndarray,
        outcome: Outcome,
        groups: np.ndarray | None,  # noqa: ARG001 - a Fit is asked so
        seed: int,  # noqa: ARG001
    ) -> Signature:
        settings = Settings(mix=1e-6, screened=len(members))
        held = _Prepared(genes[:, members], covariates, Likelihood(outcome), settings)
        made = held.signature(held.path(np.array([penalty])))
        return Signature(**{**made.__dict__, "genes": np.asarray(members)[made.genes]})

    return fit


class _Prepared:
    """Training patients whose genes are filled, scaled and screened by themselves alone."""

    def __init__(self, genes: np.ndarray, covariates: np.ndarray, likelihood: Likelihood, settings: Settings) -> None:
        self.likelihood, self.settings = likelihood, settings
        self.covariate_centre = _means(covariates)
        held = np.where(np.isfinite(covariates), covariates, self.covariate_centre)
        self.free = with_ones(held) if likelihood.has_intercept else held
        centre = _means(genes)
        filled = np.where(np.isfinite(genes), genes, centre)
        spread = filled.std(axis=0)
        usable = np.flatnonzero(spread > 1e-9 * (1.0 + np.abs(centre)))
        if settings.screened < len(usable):
            left = null_residual(self.free, likelihood)
            strength = np.abs((left @ (filled[:, usable] - centre[usable])) / spread[usable])
            usable = np.sort(usable[np.argsort(-strength, kind="stable")[: settings.screened]])
        self.kept, self.centre, self.scale = usable, centre[usable], spread[usable]
        self.genes = (filled[:, usable] - self.centre) / self.scale

    def path(self, penalties: np.ndarray | int) -> Path:
        return sparse_path(self.genes, self.free, self.likelihood, mix=self.settings.mix, penalties=penalties)

    def gain(
        self, path: Path, genes: np.ndarray, covariates: np.ndarray, everyone: Likelihood, training: np.ndarray
    ) -> np.ndarray:
        """Return the likelihood that held-out patients add, (penalty,) (Verweij and van Houwelingen 1993)."""
        held = (genes[:, self.kept] - self.centre) / self.scale
        held = np.where(np.isfinite(held), held, 0.0)
        given = np.where(np.isfinite(covariates), covariates, self.covariate_centre)
        free = with_ones(given) if everyone.has_intercept else given
        scores = held @ path.weights.T + free @ path.free.T
        if everyone.outcome.kind == "survival":
            return np.array([everyone.log(s) - self.likelihood.log(s[training]) for s in scores.T])
        rest = Likelihood(everyone.outcome.take(~training))
        return np.array([rest.log(s[~training]) for s in scores.T])

    def signature(self, path: Path, at: int = 0) -> Signature:
        """Return one model of a path."""
        weights, free = path.weights[at], path.free[at]
        members = np.flatnonzero(weights)
        first = int(self.likelihood.has_intercept)
        constant = float(free[0]) if first else 0.0
        outcome = self.likelihood.outcome
        typical = 0.0 if outcome.kind == "survival" else float(outcome.values.mean())
        scores = self.genes @ weights
        cut = float(np.quantile(scores, 1.0 - typical)) if outcome.kind == "groups" else float(np.median(scores))
        return Signature(
            outcome.kind,
            self.kept[members],
            weights[members],
            self.centre[members],
            self.scale[members],
            constant,
            free[first:],
            self.covariate_centre,
            cut,
            typical,
            float(path.penalties[at]),
        )


def _means(columns: np.ndarray) -> np.ndarray:
    """Return the mean of what is there of each column; 0 where nothing is."""
    there = np.isfinite(columns)
    return np.where(there, columns, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
