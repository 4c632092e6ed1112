"""Several models with weights that were fixed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from drugexp.contract import Context, Examples, Options
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.members import REFERENCE, Member, seat
from drugexp_ensembles.merging import Rule, mixture, weighted_sum


class BlendOptions(Options):
    """Options of a blend.

    Attributes
    ----------
    members
        The models.
    weights
        Their weights, scaled to sum to 1; None: equal.
    """

    members: Annotated[tuple[Member, ...], Field(min_length=1)] = (REFERENCE, Member(name="svd-ridge"))
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = None

    @model_validator(mode="after")
    def _one_weight_each(self) -> BlendOptions:
        if self.weights is not None and len(self.weights) != len(self.members):
            raise ValueError(f"{len(self.weights)} weights for {len(self.members)} members")
        if self.weights is not None and sum(self.weights) <= 0:
            raise ValueError("at least one weight must be above 0")
        return self


class Blend(Ensemble):
    """A weighted mean of models.

    It states a standard deviation only where all of its members do: then that of
    the mixture of their predictive distributions.
    """

    name = "blend"
    Options = BlendOptions

    def members(self, options: BlendOptions) -> Sequence[Member]:
        """Return the members."""
        return options.members

    def cast(self, options: BlendOptions, count: int) -> Sequence[Member]:
        """Return the members: each is fitted once."""
        return options.members

    def rule(self, options: BlendOptions, params: Mapping[str, np.ndarray]) -> Rule:
        """Return a mixture where all members state standard deviations."""
        return mixture if params["stated"][0] else weighted_sum

    def fit(
        self, train: Examples, valid: Examples | None, options: BlendOptions, *, context: Context, seed: int
    ) -> FittedEnsemble:
        """Fit each member to `train`."""
        fitted = []
        for k, member in enumerate(options.members):
            context.progress(k, len(options.members), member.name)
            fitted.append(seat(member, context).fit(train, seed=seed, place=f"member-{k}"))
        context.progress(len(fitted), len(fitted), "fitted")
        weights = np.array(options.weights or [1.0] * len(fitted), dtype=np.float64)
        one = train.all().take(np.arange(1))
        stated = all(member.predict(one).sd is not None for member in fitted)
        params = {"weights": weights / weights.sum(), "stated": np.array([stated])}
        return FittedEnsemble(fitted, self.rule(options, params), params, {})
