"""Members of an ensemble: other registered models, each given just what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from drugexp.contract import Batch, Context, Examples, Fitted, Model, ModelBuilder, Needs, Options, Prediction
from drugexp.errors import ModelError
from drugexp_ensembles.groups import set_aside

VALID_SHARE = 0.1
"""Share of the groups set aside inside a fit for a member that watches a validation set."""


class Member(Options):
    """A model of the ensemble.

    Attributes
    ----------
    name
        A registered model.
    options
        Its options.
    """

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


MEAN = Member(name="mean")
REFERENCE = Member(name="tanimoto-kernel-ridge")


def narrowed(batch: Batch, needs: Needs) -> Batch:
    """Return a batch with these features only, so that a member sees what it would see alone."""
    return replace(
        batch,
        compound={name: batch.compound[name] for name in needs.compound},
        cell={name: batch.cell[name] for name in needs.cell if name in batch.cell},
        smiles=batch.smiles if needs.smiles else (),
    )


@dataclass(frozen=True, eq=False)
class FittedMember:
    """A fitted member and the features its predictions read."""

    fitted: Fitted
    needs: Needs

    def predict(self, batch: Batch) -> Prediction:
        """Return its prediction."""
        return self.fitted.predict(narrowed(batch, self.needs))


@dataclass(frozen=True, eq=False)
class Seat:
    """A member before it is fitted.

    Attributes
    ----------
    name, model, options
        The model.
    needs, reads
        Features of a prediction and of a fit.
    context
        What it may use of the outside.
    """

    name: str
    model: Model
    options: Options
    needs: Needs
    reads: Needs
    context: Context

    def fit(self, train: Examples, *, seed: int, place: str = "") -> FittedMember:
        """Return the member fitted to examples; `place` names its own folder for checkpoints."""
        examples = replace(train, batch=narrowed(train.batch, self.reads))
        valid = None
        if getattr(self.model, "uses_validation", False):
            examples, valid = set_aside(examples, VALID_SHARE, seed)
        folder = self.context.checkpoint / place if place and self.context.checkpoint is not None else None
        fitted = self.model.fit(
            examples, valid, self.options, context=replace(self.context, checkpoint=folder), seed=seed
        )
        return FittedMember(fitted, self.needs)

    def restore(self, state: Mapping[str, Any]) -> FittedMember:
        """Return the fitted member that gave `state`."""
        return FittedMember(self.model.restore(dict(state), self.options, context=self.context), self.needs)


def seat(member: Member, context: Context) -> Seat:
    """Return a member with its model.

    Raises
    ------
    ModelError
        If the context builds no models.
    """
    if context.models is None:
        raise ModelError("an ensemble is made of other models and was given no way to build them")
    model, options = context.models.build(member.name, member.options)
    own = Context(models=context.models, checkpoint=context.checkpoint, axes=context.axes)
    return Seat(
        member.name,
        model,
        options,
        prediction_needs(member, context.models),
        fitting_needs(member, context.models),
        own,
    )


def prediction_needs(member: Member, models: ModelBuilder) -> Needs:
    """Return the features that a member and the models it is built on read."""
    model, options = models.build(member.name, member.options)
    built_on = getattr(model, "built_on", lambda _: ())(options)
    below = [prediction_needs(Member(name=name, options=given), models) for name, given in built_on]
    return united([model.needs(options), *below])


def fitting_needs(member: Member, models: ModelBuilder) -> Needs:
    """Return the features that its fit reads: those of its predictions, and what else it asks for."""
    model, options = models.build(member.name, member.options)
    own = getattr(model, "training_needs", None)
    more = [] if own is None else [own(options, models)]
    return united([prediction_needs(member, models), *more])


def united(needs: Sequence[Needs]) -> Needs:
    """Return all features that any of them names, each once."""
    return Needs(
        compound=tuple(dict.fromkeys(f for n in needs for f in n.compound)),
        cell=tuple(dict.fromkeys(f for n in needs for f in n.cell)),
        smiles=any(n.smiles for n in needs),
    )
