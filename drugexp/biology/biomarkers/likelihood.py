"""How well a linear score fits an outcome, and which way it should move: logistic, linear and Cox."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.risk_sets import RiskSets, log_likelihood, risk_sets, slopes

_LEAST = 1e-5
"""Of a curvature: a patient whose class is certain still weighs this much."""


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The likelihood of one outcome as a function of the patients' linear scores.

    Attributes
    ----------
    outcome
        Two groups (logistic), survival (Cox) or a response (linear, of unit variance).
    """

    outcome: Outcome

    @cached_property
    def sets(self) -> RiskSets:
        """Risk sets of a survival."""
        return risk_sets(self.outcome.values, self.outcome.seen)

    @property
    def has_intercept(self) -> bool:
        """Whether the model has a constant of its own; Cox's baseline hazard takes its place."""
        return self.outcome.kind != "survival"

    def slopes(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and curvature by (patient,) scores, (patient,) each."""
        if self.outcome.kind == "survival":
            gradient, curvature = slopes(score, self.sets)
            return gradient, np.maximum(curvature, _LEAST)
        if self.outcome.kind == "response":
            return self.outcome.values - score, np.ones(len(score))
        chance = expit(score)
        return self.outcome.values - chance, np.maximum(chance * (1.0 - chance), _LEAST)

    def log(self, score: np.ndarray) -> float:
        """Return the log likelihood of (patient,) scores."""
        if self.outcome.kind == "survival":
            return log_likelihood(score, self.sets)
        if self.outcome.kind == "response":
            return float(-0.5 * ((self.outcome.values - score) ** 2).sum())
        sign = 2.0 * self.outcome.values - 1.0
        return float(-np.logaddexp(0.0, -sign * score).sum())
