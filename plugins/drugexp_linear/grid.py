"""A linear model taken apart: the compound's and the cell's share of a profile are added, dose and time on top."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from drugexp.contract import Factors
from drugexp_linear.design import LEAST, Design

if TYPE_CHECKING:
    from drugexp_linear.fitted import FittedLinear


def linear_factors(fitted: FittedLinear) -> Factors:
    """Return the factors of a fitted linear model; scales and the centre are part of slopes and mean."""
    design, left = fitted.design, fitted.left.astype(np.float64)
    slope = left * design.scale[:, None]
    start = fitted.centre @ left
    offset = start if fitted.right is None else start @ fitted.right.astype(np.float64)
    *parts, condition = np.split(slope.astype(np.float32), design.ends)
    slopes = dict(zip((*design.compound, *design.cell), parts, strict=True))
    params = {
        "compound": {name: slopes[name] for name in design.compound},
        "cell": {name: slopes[name] for name in design.cell},
        "condition": condition,
        "mean": (fitted.mean - offset).astype(np.float32),
        "right": {} if fitted.right is None else {"right": fitted.right},
        "sd": np.zeros_like(fitted.mean) if fitted.sd is None else fitted.sd,
    }
    encode = partial(_encode_compound, design.counts), partial(_encode_cell, design)
    low = (None, None) if fitted.right is None else (_coefficients, _basis)
    return Factors(params, *encode, _combine, fitted.sd is not None, *low)


def _encode_compound(counts: tuple[str, ...], params: Any, features: Mapping[str, Any]) -> Any:
    return sum(_numbers(features[name], name in counts) @ slope for name, slope in params["compound"].items())


def _encode_cell(design: Design, params: Any, features: Mapping[str, Any]) -> Any:
    if not design.cell:
        return {}
    stated = jnp.stack([~jnp.isnan(features[name]).all(axis=1) for name in design.cell]).any(axis=0)
    shares = (_numbers(features[name], name in design.counts) @ slope for name, slope in params["cell"].items())
    return {"share": sum(shares), "stated": stated}


def _numbers(values: Any, counts: bool) -> Any:
    values = jnp.nan_to_num(values.astype(jnp.float32))
    return jnp.log1p(values) if counts else values


def _scores(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
    stated = v["stated"] if v else jnp.zeros(dose_um.shape, bool)
    amounts = [jnp.log10(jnp.maximum(jnp.nan_to_num(x, nan=1.0), LEAST)) for x in (dose_um, hours)]
    flags = (stated, ~jnp.isnan(dose_um), ~jnp.isnan(hours))
    scores = u + jnp.stack([*amounts, *flags], axis=1).astype(jnp.float32) @ params["condition"]
    if v:
        scores = scores + v["share"]
    return scores


def _coefficients(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
    return jnp.pad(_scores(params, u, v, dose_um, hours), ((0, 0), (1, 0)), constant_values=1.0)


def _basis(params: Any) -> Any:
    return jnp.concatenate([params["mean"][None], params["right"]["right"]])


def _combine(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> tuple[Any, Any]:
    scores = _scores(params, u, v, dose_um, hours)
    for right in params["right"].values():
        scores = scores @ right
    mean = params["mean"] + scores
    return mean, jnp.broadcast_to(params["sd"], mean.shape)
