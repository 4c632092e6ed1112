"""Bagging: one model on bootstrap draws of whole groups (Breiman, Machine Learning 1996, 24, 123)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from drugexp.contract import Context, Examples, OneOf, Options, Prediction, Span, Target
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.groups import bootstrap, primary_groups, repeated
from drugexp_ensembles.honesty import learn_variance, tally
from drugexp_ensembles.judging import held_out_score
from drugexp_ensembles.members import REFERENCE, Member, seat
from drugexp_ensembles.merging import mixture


class BaggingOptions(Options):
    """Options of bagging.

    Attributes
    ----------
    member
        The model.
    draws
        Bootstrap draws of whole groups, with as many groups as there are.
    """

    member: Member = REFERENCE
    draws: Annotated[int, Field(ge=2)] = 20


class Bagging(Ensemble):
    """A model fitted to each of several bootstrap draws of groups, averaged.

    Its standard deviation is as large as the errors on training rows were, each
    predicted by the members that did not draw its group; from sample to sample it
    differs as the spread of the members does, with their own variance where they
    state one. ``report["out_of_bag"]`` of the fit is the score on those rows.
    """

    name = "bagging"
    Options = BaggingOptions

    def members(self, options: BaggingOptions) -> Sequence[Member]:
        """Return the model."""
        return (options.member,)

    def cast(self, options: BaggingOptions, count: int) -> Sequence[Member]:
        """Return it once for each draw."""
        return (options.member,) * count

    def search_space(self, options: BaggingOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"draws": Span(5, 100, log=True, whole=True)}

    def fit(
        self, train: Examples, valid: Examples | None, options: BaggingOptions, *, context: Context, seed: int
    ) -> FittedEnsemble:
        """Fit the model to each draw; the seed draws the groups."""
        rng, model, fitted = np.random.default_rng(seed), seat(options.member, context), []
        left_out = _OutOfBag(train.primary)
        for k in range(options.draws):
            context.progress(k, options.draws, options.member.name)
            times = bootstrap(train, rng)
            fitted.append(model.fit(repeated(train, times), seed=seed + k, place=f"draw-{k}"))
            left = np.flatnonzero(times[train.primary.rows] == 0)
            if len(left):
                left_out.add(left, fitted[-1].predict(train.all().take(left)))
        context.progress(options.draws, options.draws, "fitted")
        params = {"weights": np.full(options.draws, 1.0 / options.draws)} | left_out.variance()
        return FittedEnsemble(fitted, mixture, params, {"out_of_bag": left_out.report(primary_groups(train))})


class _OutOfBag:
    """What the members that did not draw a row say of it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.mean, self.apart, self.own = (np.zeros(target.values.shape, dtype=np.float32) for _ in range(3))
        self.votes = np.zeros(len(target.rows), dtype=np.float32)

    def add(self, rows: np.ndarray, told: Prediction) -> None:
        """Add what one member predicts for rows of the target that it did not draw (Welford's update)."""
        self.votes[rows] += 1
        off = told.mean - self.mean[rows]
        self.mean[rows] += off / self.votes[rows, None]
        self.apart[rows] += off * (told.mean - self.mean[rows])
        self.own[rows] += 0.0 if told.sd is None else told.sd**2

    def variance(self) -> dict[str, np.ndarray]:
        """Return arrays that hold the mixture's variance to the errors; nothing where too few rows have two members."""
        rows = np.flatnonzero(self.votes > 1)
        if not len(rows):
            return {}
        votes = self.votes[rows, None]
        stated = self.apart[rows] / (votes - 1) + self.own[rows] / votes
        return learn_variance(tally(self.target.take(rows), self.mean[rows], stated))

    def report(self, groups: np.ndarray) -> dict[str, Any]:
        """Return the score of rows that some member did not draw, and how many rows and groups these are."""
        rows = np.flatnonzero(self.votes > 0)
        score = held_out_score(self.target, rows, self.mean[rows])
        return {"rows": len(rows), "groups": len(np.unique(groups[rows])), **score}
