"""Boosting on residuals (Friedman, Annals of Statistics 2001, 29, 1189), with any models as stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from drugexp.contract import Context, Examples, OneOf, Options, Span
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.groups import deal, primary_groups, without
from drugexp_ensembles.honesty import learn_variance, tally
from drugexp_ensembles.members import MEAN, REFERENCE, FittedMember, Member, Seat, seat
from drugexp_ensembles.merging import Rule, weighted_sum
from drugexp_ensembles.residuals import residual, squared_error


class BoostingOptions(Options):
    """Options of boosting.

    Attributes
    ----------
    base
        The model that is fitted first, to all tasks; its prediction counts whole.
    members
        The stages' models, in turn. They are fitted to what is left of the primary task, and to that alone.
    stages
        Stages at most.
    shrinkage
        The share of each stage's prediction that is added.
    folds
        Parts into which groups are dealt to choose the number of stages: that with the smallest squared error of
        held-out groups, 0 included. 0: all stages are kept.
    patience
        Stages without a smaller held-out error after which no more are tried.
    """

    base: Member = MEAN
    members: Annotated[tuple[Member, ...], Field(min_length=1)] = (REFERENCE,)
    stages: Annotated[int, Field(ge=1)] = 20
    shrinkage: Annotated[float, Field(gt=0, le=1)] = 0.3
    folds: Annotated[int, Field(ge=0)] = 3
    patience: Annotated[int, Field(ge=1)] = 3


class Boosting(Ensemble):
    """Stages that each fit what the former ones left; ``report["held_out_error"]`` tells the error after each.

    Its standard deviation is as large as the errors on held-out groups were, gene by gene, and follows that of the
    members, each times its weight, where they state one. Without `folds` there is none.
    """

    name = "boosting"
    Options = BoostingOptions

    def members(self, options: BoostingOptions) -> Sequence[Member]:
        """Return the base and the stages' models."""
        return (options.base, *options.members)

    def cast(self, options: BoostingOptions, count: int) -> Sequence[Member]:
        """Return the base and each stage's model."""
        return (options.base, *(options.members[k % len(options.members)] for k in range(count - 1)))

    def rule(self, options: BoostingOptions, params: Mapping[str, np.ndarray]) -> Rule:
        """Return the sum."""
        return weighted_sum

    def search_space(self, options: BoostingOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"shrinkage": Span(0.03, 1.0, log=True), "stages": Span(5, 200, log=True, whole=True)}

    def fit(
        self, train: Examples, valid: Examples | None, options: BoostingOptions, *, context: Context, seed: int
    ) -> FittedEnsemble:
        """Choose the number of stages on held-out groups, then fit so many to all of `train`; the seed deals groups."""
        seats = [seat(member, context) for member in self.cast(options, options.stages + 1)]
        errors: list[float] = []
        ladders: list[_Judged] = []
        if options.folds:
            fold = deal(primary_groups(train), options.folds, seed)
            ladders = [_held_out(train, np.flatnonzero(fold == k), options, seed) for k in range(int(fold.max()) + 1)]
            for k, one in enumerate(seats):
                context.progress(k, 2 * len(seats), "held-out groups")
                for ladder in ladders:
                    ladder.climb(one)
                errors.append(sum(ladder.error for ladder in ladders))
                if k - int(np.argmin(errors)) >= options.patience:
                    break
        stages = int(np.argmin(errors)) if errors else options.stages
        whole = _Ladder(train, options.shrinkage, seed)
        for k, one in enumerate(seats[: stages + 1]):
            context.progress(len(seats) + k, 2 * len(seats), "stages")
            whole.climb(one)
        context.progress(2 * len(seats), 2 * len(seats), "fitted")
        params = {"weights": np.array([1.0] + [options.shrinkage] * stages)}
        if ladders:
            params |= learn_variance(np.sum([ladder.tallies[stages] for ladder in ladders], axis=0))
        # As shares of the base's error, so that the numbers have no unit.
        shares = [error / max(errors[0], 1e-300) for error in errors]
        return FittedEnsemble(whole.fitted, weighted_sum, params, {"stages": stages, "held_out_error": shares})


class _Ladder:
    """Stages fitted one after the other, and what they predict for the training rows."""

    def __init__(self, train: Examples, shrinkage: float, seed: int) -> None:
        self.train, self.shrinkage, self.seed = train, shrinkage, seed
        self.fitted: list[FittedMember] = []
        self.seen = np.zeros(train.primary.values.shape)

    def climb(self, one: Seat) -> FittedMember:
        """Fit the next stage to what is left."""
        stage, examples = len(self.fitted), self.train
        if stage:
            examples = replace(examples, targets=(residual(examples.primary, self.seen),))
        found = one.fit(examples, seed=self.seed + stage, place=f"stage-{stage}")
        self.seen += (self.shrinkage if stage else 1.0) * found.predict(self.train.all()).mean
        self.fitted.append(found)
        return found


class _Judged(_Ladder):
    """A ladder whose error on held-out rows is watched, and after each stage tallied with the variance stated."""

    def __init__(self, train: Examples, held: Examples, shrinkage: float, seed: int) -> None:
        super().__init__(train, shrinkage, seed)
        self.held, self.target, self.told = held.all(), held.primary, np.zeros(held.primary.values.shape)
        self.own: np.ndarray | float = 0.0
        self.tallies: list[np.ndarray] = []

    def climb(self, one: Seat) -> FittedMember:
        """Fit the next stage, and predict the held-out rows."""
        found = super().climb(one)
        weight, here = self.shrinkage if len(self.fitted) > 1 else 1.0, found.predict(self.held)
        self.told += weight * here.mean
        if here.sd is not None:
            self.own = self.own + (weight * np.asarray(here.sd, dtype=np.float64)) ** 2
        self.tallies.append(tally(self.target, self.told, self.own))
        return found

    @property
    def error(self) -> float:
        """Weighted squared error of the held-out rows."""
        return squared_error(self.target, self.told)


def _held_out(train: Examples, rows: np.ndarray, options: BoostingOptions, seed: int) -> _Judged:
    held = np.unique(primary_groups(train)[rows])
    return _Judged(without(train, held), train.take(train.primary.rows[rows]), options.shrinkage, seed)
