"""Rules about optional abilities, where they are offered."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract import OneOf, Span, parse_options
from drugexp.errors import DrugexpError
from drugexp.learn.network.tables import with_pooled_row
from drugexp.predict import engine
from drugexp.predict.heads import Head
from drugexp.testing.arrays import expect_close
from drugexp.testing.models.trial import ModelTrial
from drugexp.testing.rule import ConformanceError, NotApplicableError, expect, listed

_CLOSE = 1e-4
"""One compiled program against another."""
_FEW = 4


def factors_agree(trial: ModelTrial) -> None:
    """Its factors compose to what predict says."""
    factors = _ability(trial, "factors")
    mean, sd = engine.run(trial.first.pipeline.fitted, trial.first.batch)
    wanted = trial.first.prediction
    expect_close(mean, wanted.mean, "the mean put together from factors", within=_CLOSE)
    expect((sd is None) == (wanted.sd is None), "factors and predict do not agree on whether there is an sd")
    if sd is not None and wanted.sd is not None:
        expect_close(sd, wanted.sd, "the standard deviation put together from factors", within=_CLOSE)
    if factors.coefficients is not None:
        head = Head((), _first, lambda _: (), _first)
        (found,) = engine.Programs(trial.first.pipeline.fitted, head=head).compute(trial.first.batch)
        product = found.astype(np.float64) @ np.asarray(factors.basis(factors.params), dtype=np.float64)
        expect_close(product, wanted.mean, "the product of coefficients and basis", within=_CLOSE)


def _first(_: Any, coefficients: Any) -> tuple[Any, ...]:
    return (coefficients,)


def pure_apply_agrees(trial: ModelTrial) -> None:
    """Its pure function says what predict says, jitted and batched by vmap, and its gradients are finite."""
    pure = _ability(trial, "pure_apply")
    batch, rows = trial.first.batch, np.linspace(0, len(trial.first.batch) - 1, _FEW).astype(int)
    index = batch.compound_index[rows]
    compound = {n: jnp.asarray(t[index], jnp.float32) for n, t in batch.compound.items()}
    cell = {n: jnp.asarray(t[batch.cell_index[rows]]) for n, t in with_pooled_row(batch.cell).items()}
    dose, hours = jnp.asarray(batch.dose_um[rows]), jnp.asarray(batch.hours[rows])

    def total(features: Any) -> Any:
        means = jax.vmap(pure.apply, in_axes=(None, 0, 0, 0, 0))(pure.params, *features, dose, hours)
        return means.sum(), means

    gradient, found = jax.jit(jax.grad(total, has_aux=True))((compound, cell))
    expect_close(found, trial.first.prediction.mean[rows], "the mean of the pure function", within=_CLOSE)
    leaves = jax.tree_util.tree_flatten_with_path(gradient)[0]
    bad = [jax.tree_util.keystr(path) for path, leaf in leaves if not bool(jnp.isfinite(leaf).all())]
    expect(not bad, f"gradients with respect to {', '.join(bad)} are not finite")


def attribution_complete(trial: ModelTrial) -> None:
    """Base and contributions add up to the predicted mean."""
    genes = [0, len(trial.first.prediction.genes) - 1]
    rows = np.arange(min(_FEW, len(trial.first.batch)))
    found = _ability(trial, "attribute", trial.first.batch.take(rows), genes)
    wanted = np.asarray(trial.first.prediction.mean)[rows][:, genes]
    expect_close(found.total, wanted, "the sum of base and contributions", within=_CLOSE)
    for of, parts, tables in (
        ("compound", found.compound, trial.first.batch.compound),
        ("cell", found.cell, trial.first.batch.cell),
    ):
        for name, part in parts.items():
            shape = (*wanted.shape, tables[name].shape[1])
            expect(np.shape(part) == shape, f"contributions of {of} {name} are {np.shape(part)}; expected {shape}")


def representers_reconstruct(trial: ModelTrial) -> None:
    """Offset and weighted training profiles add up to the predicted mean."""
    found = _ability(trial, "representer_weights", trial.first.batch)
    values = trial.first.ready.train.primary.values.astype(np.float64)
    shape = (len(trial.first.batch), len(values))
    expect(np.shape(found.weights) == shape, f"weights are {np.shape(found.weights)}; expected {shape}")
    mean = np.asarray(found.offset) + np.asarray(found.weights, dtype=np.float64) @ values
    expect_close(mean, trial.first.prediction.mean, "the sum of offset and weighted profiles", within=_CLOSE)


def search_space_valid(trial: ModelTrial) -> None:
    """Every corner of its search space is a valid Options, and the defaults lie inside."""
    model, options = trial.build()
    ask = getattr(model, "search_space", None)
    if ask is None:
        raise NotApplicableError("it does not offer search_space")
    space = ask(options)
    defaults = model.Options()
    for name, choice in space.items():
        expect(isinstance(choice, (Span, OneOf)), f"{name} is a {type(choice).__name__}, not a Span or OneOf")
        value: Any = defaults
        for part in name.split("."):
            expect(hasattr(value, part), f"{name} names no option")
            value = getattr(value, part)
        expect(value in choice, f"the default {name} = {value!r} lies outside {choice}")
    for share in (0, 0.5, 1):
        _valid(model.Options, {name: choice.at(share) for name, choice in space.items()})
        for name, choice in space.items():
            _valid(model.Options, {name: choice.at(share)})


def _valid(options: Any, point: dict[str, Any]) -> None:
    nested: dict[str, Any] = {}
    for name, value in point.items():
        *folders, last = name.split(".")
        inside = nested
        for folder in folders:
            inside = inside.setdefault(folder, {})
        inside[last] = value
    try:
        parse_options(options, nested)
    except DrugexpError as error:
        raise ConformanceError(f"a point of the search space is refused: {error}") from None


def _ability(trial: ModelTrial, name: str, *arguments: Any) -> Any:
    ask = getattr(trial.first.pipeline.fitted, name, None)
    found = None if ask is None else ask(*arguments)
    if found is None:
        raise NotApplicableError(f"it does not offer {name}")
    return found


RULES = listed(factors_agree, pure_apply_agrees, attribution_complete, representers_reconstruct, search_space_valid)
