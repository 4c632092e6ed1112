"""Stacking (Wolpert, Neural Networks 1992, 5, 241; Breiman, Machine Learning 1996, 24, 49) with held-out groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from drugexp.contract import Context, Examples, OneOf, Options, Span
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.groups import deal, primary_groups, without
from drugexp_ensembles.honesty import learn_variance, tally
from drugexp_ensembles.judging import held_out_score
from drugexp_ensembles.members import MEAN, REFERENCE, Member, Seat, seat
from drugexp_ensembles.merging import Rule, added, beyond_base
from drugexp_ensembles.residuals import residual
from drugexp_ensembles.weights import Weights, learn_weights


class StackingOptions(Options):
    """Options of stacking.

    Attributes
    ----------
    base
        The model whose prediction stays where no member helps; members are weighted by what they add to it.
    members
        The models.
    folds
        Parts into which the groups of the primary task are dealt; members predict each without its groups.
    weights
        ``nnls``: weights not below 0; ``ridge``: any.
    penalty
        Draws the weights to 0, in units of the mean power of what members add.
    rank
        Principal directions of the targets that get weights of their own; 0: each member has one weight. Each
        direction costs as many parameters as there are members.
    loyalty
        How strongly the weights of a direction are drawn to the overall ones, in the same units as `penalty`.
    """

    base: Member = MEAN
    members: Annotated[tuple[Member, ...], Field(min_length=1)] = (REFERENCE, Member(name="svd-ridge"))
    folds: Annotated[int, Field(ge=2)] = 5
    weights: Literal["nnls", "ridge"] = "nnls"
    penalty: Annotated[float, Field(ge=0)] = 1e-3
    rank: Annotated[int, Field(ge=0)] = 0
    loyalty: Annotated[float, Field(ge=0)] = 1.0


class Stacking(Ensemble):
    """Models weighted by how well they told groups they had not seen, then fitted again to all rows.

    ``report`` has each member's overall weight and its score on held-out groups. The standard deviation is as large as
    the errors on held-out groups were, gene by gene, and follows that of the members, each times its overall weight,
    where they state one.
    """

    name = "stacking"
    Options = StackingOptions

    def members(self, options: StackingOptions) -> Sequence[Member]:
        """Return the base and the members."""
        return (options.base, *options.members)

    def cast(self, options: StackingOptions, count: int) -> Sequence[Member]:
        """Return the base and the members: each is kept once."""
        return self.members(options)

    def rule(self, options: StackingOptions, params: Mapping[str, np.ndarray]) -> Rule:
        """Return the base with shares of what members add."""
        return beyond_base

    def search_space(self, options: StackingOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"weights": OneOf(("nnls", "ridge")), "penalty": Span(1e-4, 1.0, log=True)}

    def fit(
        self, train: Examples, valid: Examples | None, options: StackingOptions, *, context: Context, seed: int
    ) -> FittedEnsemble:
        """Learn the weights on held-out groups, then fit every member to all of `train`; the seed deals the groups."""
        seats = [seat(member, context) for member in self.members(options)]
        fold = deal(primary_groups(train), options.folds, seed)
        steps = len(seats) * (int(fold.max()) + 2)
        told, sds = _held_out(train, seats, fold, context, steps, seed)
        found = _weigh(train, told, options)
        fitted = []
        for k, one in enumerate(seats):
            context.progress(steps - len(seats) + k, steps, one.name)
            fitted.append(one.fit(train, seed=seed, place=f"member-{k}"))
        context.progress(steps, steps, "fitted")
        params = {"weights": found.overall, "basis": found.basis, "differences": found.differences}
        mean, own = added(params, ((m.astype(np.float64), sds.get(k)) for k, m in enumerate(told)))
        params |= learn_variance(tally(train.primary, mean, own))
        return FittedEnsemble(fitted, beyond_base, params, _report(train, seats, told, found))


def _held_out(
    train: Examples, seats: Sequence[Seat], fold: np.ndarray, context: Context, steps: int, seed: int
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Return what each member predicts for rows of the primary task without their groups, (member, row, gene).

    And the standard deviation, (row, gene), of each member that states one, by its place.
    """
    told = np.zeros((len(seats), *train.primary.values.shape), dtype=np.float32)
    sds: dict[int, np.ndarray] = {}
    groups = primary_groups(train)
    for j in range(int(fold.max()) + 1):
        rows = np.flatnonzero(fold == j)
        rest = without(train, np.unique(groups[rows]))
        for k, one in enumerate(seats):
            context.progress(j * len(seats) + k, steps, f"{one.name} without part {j + 1}")
            fitted = one.fit(rest, seed=seed, place=f"part-{j}-member-{k}")
            here = fitted.predict(train.all().take(rows))
            told[k, rows] = here.mean
            if here.sd is not None:
                sds.setdefault(k, np.zeros(told.shape[1:], dtype=np.float32))[rows] = here.sd
    return told, sds


def _weigh(train: Examples, told: np.ndarray, options: StackingOptions) -> Weights:
    left = residual(train.primary, told[0])
    mass = left.observed * np.asarray(left.weight, dtype=np.float64)[:, None]
    return learn_weights(
        np.where(left.observed, left.values, 0.0).astype(np.float64),
        told[1:].astype(np.float64) - told[0],
        mass / max(float(mass.mean()), 1e-12),
        method=options.weights,
        penalty=options.penalty,
        rank=options.rank,
        loyalty=options.loyalty,
    )


def _report(train: Examples, seats: Sequence[Seat], told: np.ndarray, found: Weights) -> dict[str, Any]:
    rows = np.arange(len(train.primary.rows))
    members = [
        {"name": one.name, "weight": float(weight), **held_out_score(train.primary, rows, own)}
        for one, weight, own in zip(seats[1:], found.overall, told[1:], strict=True)
    ]
    return {"members": members, "base": held_out_score(train.primary, rows, told[0])}
