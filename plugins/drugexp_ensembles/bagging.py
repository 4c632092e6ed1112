"""Bagging: one model on bootstrap draws of whole groups (Breiman, Machine Learning 1996, 24, 123)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from drugexp.contract import Context, Examples, OneOf, Options, Span
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.groups import bootstrap, primary_groups, repeated
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

    Its standard deviation is the spread of the members with their own variance,
    where they state one. ``report["out_of_bag"]`` of the fit is the score on
    training rows, each predicted by the members that did not draw its group.
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
        total = np.zeros(train.primary.values.shape)
        votes = np.zeros(len(total))
        for k in range(options.draws):
            context.progress(k, options.draws, options.member.name)
            times = bootstrap(train, rng)
            fitted.append(model.fit(repeated(train, times), seed=seed + k, place=f"draw-{k}"))
            left = np.flatnonzero(times[train.primary.rows] == 0)
            if len(left):
                total[left] += fitted[-1].predict(train.all().take(left)).mean
                votes[left] += 1
        context.progress(options.draws, options.draws, "fitted")
        report = {"out_of_bag": _out_of_bag(train, total, votes)}
        return FittedEnsemble(fitted, mixture, {"weights": np.full(options.draws, 1.0 / options.draws)}, report)


def _out_of_bag(train: Examples, total: np.ndarray, votes: np.ndarray) -> dict[str, Any]:
    """Return the score of rows that some member did not draw, and how many rows and groups these are."""
    rows = np.flatnonzero(votes > 0)
    judged = len(np.unique(primary_groups(train)[rows]))
    score = held_out_score(train.primary, rows, total[rows] / votes[rows, None])
    return {"rows": len(rows), "groups": judged, **score}
