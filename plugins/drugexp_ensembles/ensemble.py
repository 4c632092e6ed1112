"""What all ensembles share: what they are built on, their fitted form, and its state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract import Batch, Context, Factors, Needs, Prediction, PureApply, State
from drugexp.contract.model import ModelBuilder
from drugexp_ensembles.members import FittedMember, Member, fitting_needs, seat, united
from drugexp_ensembles.merging import Rule, mixture


@dataclass(frozen=True, eq=False)
class FittedEnsemble:
    """Fitted members and the rule that makes one prediction of theirs.

    Attributes
    ----------
    members
        In the order the rule reads them.
    rule
        See `merging`.
    params
        Arrays of the rule.
    report
        What the fit found out, as plain values (out-of-bag score, weights, errors by stage).
    """

    members: Sequence[FittedMember]
    rule: Rule
    params: Mapping[str, np.ndarray]
    report: Mapping[str, Any]

    def predict(self, batch: Batch) -> Prediction:
        """Return the members' predictions as one."""
        like: list[Prediction] = []

        def found() -> Any:
            for member in self.members:
                one = member.predict(batch)
                like.append(Prediction(one.mean[:0], one.genes, one.unit))
                own = None if one.sd is None else np.asarray(one.sd, dtype=np.float64)
                yield np.asarray(one.mean, dtype=np.float64), own

        mean, sd = self.rule(self.params, found(), np)
        sd = None if sd is None else sd.astype(np.float32)
        return Prediction(mean.astype(np.float32), like[0].genes, like[0].unit, sd)

    def state(self) -> State:
        """Return the members' states, the arrays of the rule and the report."""
        states = [dict(member.fitted.state()) for member in self.members]
        return {"members": states, "params": dict(self.params), "report": dict(self.report)}

    def factors(self) -> Factors | None:
        """Return the ensemble taken apart, or None where a member cannot be."""
        return self._parts

    @cached_property
    def _parts(self) -> Factors | None:
        found = [getattr(member.fitted, "factors", lambda: None)() for member in self.members]
        taken: list[Factors] = [factors for factors in found if factors is not None]
        if len(taken) < len(found):
            return None
        own = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), dict(self.params))
        rule = self.rule

        def encode_compound(params: Any, features: Mapping[str, Any]) -> Any:
            return [t.encode_compound(p, features) for t, p in zip(taken, params["members"], strict=True)]

        def encode_cell(params: Any, features: Mapping[str, Any]) -> Any:
            return [t.encode_cell(p, features) for t, p in zip(taken, params["members"], strict=True)]

        def combine(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> tuple[Any, Any]:
            each = zip(taken, params["members"], u, v, strict=True)
            parts = [(t, t.combine(p, code, cell, dose_um, hours)) for t, p, code, cell in each]
            mean, sd = rule(params["own"], [(m, s if t.has_sd else None) for t, (m, s) in parts], jnp)
            return mean, jnp.zeros_like(mean) if sd is None else sd

        params = {"own": own, "members": [t.params for t in taken]}
        return Factors(params, encode_compound, encode_cell, combine, has_sd=rule is mixture or "rest" in own)

    def pure_apply(self) -> PureApply | None:
        """Return the mean as one function of one example, or None where a member has no factors."""
        factors = self.factors()
        return None if factors is None else PureApply.of(factors)


class Ensemble(ABC):
    """An ensemble: says which models it is made of, fits them, and restores them from their states."""

    @abstractmethod
    def members(self, options: Any) -> Sequence[Member]:
        """Return the models it is built on."""

    @abstractmethod
    def cast(self, options: Any, count: int) -> Sequence[Member]:
        """Return the member behind each of `count` states."""

    def rule(self, options: Any, params: Mapping[str, np.ndarray]) -> Rule:
        """Return how predictions are merged: a mixture, unless a subclass tells."""
        return mixture

    def needs(self, options: Any) -> Needs:
        """Ask for nothing itself; the platform adds what the members read."""
        return Needs()

    def built_on(self, options: Any) -> Sequence[tuple[str, dict[str, Any]]]:
        """Return the members' names and options."""
        return [(member.name, member.options) for member in self.members(options)]

    def training_needs(self, options: Any, models: ModelBuilder) -> Needs:
        """Say what the fits of all members read."""
        return united([fitting_needs(member, models) for member in self.members(options)])

    def restore(self, state: State, options: Any, *, context: Context) -> FittedEnsemble:
        """Return the fitted ensemble that gave `state`."""
        cast = self.cast(options, len(state["members"]))
        fitted = [seat(m, context).restore(s) for m, s in zip(cast, state["members"], strict=True)]
        return FittedEnsemble(fitted, self.rule(options, state["params"]), state["params"], state["report"])
