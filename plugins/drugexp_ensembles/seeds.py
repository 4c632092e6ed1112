"""The same model under several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from drugexp.contract import Context, Examples, OneOf, Options, Span
from drugexp.errors import ModelError
from drugexp_ensembles.ensemble import Ensemble, FittedEnsemble
from drugexp_ensembles.members import FittedMember, Member, seat
from drugexp_ensembles.merging import mixture

LOOKED_AT = 256
"""Training samples on which two fits are compared."""


class SeedsOptions(Options):
    """Options of the average over seeds.

    Attributes
    ----------
    member
        The model.
    count
        How many seeds: that of the fit and those that follow it.
    """

    member: Member = Member(name="multitask")
    count: Annotated[int, Field(ge=1)] = 5


class Seeds(Ensemble):
    """A model fitted under several seeds, averaged; the spread of the fits adds to its standard deviation."""

    name = "seeds"
    Options = SeedsOptions

    def members(self, options: SeedsOptions) -> Sequence[Member]:
        """Return the model."""
        return (options.member,)

    def cast(self, options: SeedsOptions, count: int) -> Sequence[Member]:
        """Return it once for each seed."""
        return (options.member,) * count

    def search_space(self, options: SeedsOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"count": Span(1, 20, log=True, whole=True)}

    def fit(
        self, train: Examples, valid: Examples | None, options: SeedsOptions, *, context: Context, seed: int
    ) -> FittedEnsemble:
        """Fit the model once for each seed.

        Raises
        ------
        ModelError
            If more than one seed is asked for and the second changes nothing.
        """
        model, fitted = seat(options.member, context), []
        for k in range(options.count):
            context.progress(k, options.count, options.member.name)
            fitted.append(model.fit(train, seed=seed + k, place=f"seed-{k}"))
            if k == 1 and _same(fitted[0], fitted[1], train):
                raise ModelError(
                    f"{options.member.name!r} does not depend on the seed here: {options.count} fits would be one",
                    hint="Ask for count = 1, or use bagging.",
                )
        context.progress(options.count, options.count, "fitted")
        return FittedEnsemble(fitted, mixture, {"weights": np.full(options.count, 1.0 / options.count)}, {})


def _same(one: FittedMember, other: FittedMember, train: Examples) -> bool:
    some = train.all().take(np.arange(min(LOOKED_AT, len(train.primary.rows))))
    return bool(np.array_equal(one.predict(some).mean, other.predict(some).mean))
