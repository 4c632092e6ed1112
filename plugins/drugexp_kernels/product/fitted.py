"""A fitted product kernel: pure JAX functions of its arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract import Batch, Factors, GeneAxis, Prediction, PureApply, State, Unit
from drugexp_kernels.product.compounds import base_matrices, mix, prepare
from drugexp_kernels.product.conditions import log_scale, squared_distance, stated_kernel, sum_terms
from drugexp_kernels.product.options import ProductKernelOptions
from drugexp_kernels.product_form import mean_and_basis, with_one

TILE = 256
"""Samples computed at once. Always as many, so that the numbers do not depend on the batch."""
FOLD_BYTES = 2**28
"""The most memory for duals folded over conditions."""
FOLD_CONDITIONS = 64
"""The most conditions for which folding pays."""


def build_params(state: State, options: ProductKernelOptions) -> dict[str, Any]:
    """Return the arrays the functions below read, made from a state alone."""
    conditions, single = state["conditions"], partial(np.asarray, dtype=np.float32)
    anchors = {"compound": state["anchors"]["compound"], "condition": state["anchors"]["condition"]}
    dual = np.hstack([state["dual"], state["vectors"]])
    count = len(conditions["cell"])
    params: dict[str, Any] = {
        "compounds": prepare(state["compounds"]),
        "hyper": {name: single(value) for name, value in state["hyper"].items()},
        "cells": single(conditions["cells"]),
        "cell_of": np.asarray(conditions["cell"]),
        "dose": single(log_scale(conditions["dose_um"], np)),
        "hours": single(log_scale(conditions["hours"], np)),
        "task": np.where(conditions["auxiliary"], options.auxiliary_correlation, 1.0).astype(np.float32),
        "shared": np.zeros((count, dual.shape[1]), dtype=np.float32),
    } | {name: state[name] for name in ("gain", "amplitude", "basis", "mean", "noise_of_gene", "noise")}
    np.add.at(params["shared"], anchors["condition"], dual)
    if "correction" in state:
        rows = {name: state["correction"][name] for name in ("compound", "condition")}
        nearest = {"all_rows": rows} | {name: state["correction"][name] for name in ("residual", "features")}
        return params | {"anchors": anchors, "dual": dual} | nearest
    shape = (_compounds(state), count, dual.shape[1])
    if count <= FOLD_CONDITIONS and 4 * int(np.prod(shape)) <= FOLD_BYTES:
        folded = np.zeros(shape, dtype=np.float32)
        np.add.at(folded, (anchors["compound"], anchors["condition"]), dual)
        return params | {"folded": folded}
    return params | {"anchors": anchors, "dual": dual}


def encode_compound(options: ProductKernelOptions, params: Any, features: Any) -> Any:
    """Return the kernel to the training compounds, contracted with the duals where these are folded."""
    bases = base_matrices(params["compounds"], features, options.compound, jnp)
    kernel = mix(bases, options.compound, params["hyper"]["mixture"], params["hyper"]["lengths"], jnp)
    if "folded" in params:
        return jnp.einsum("ck,ksr->csr", kernel, params["folded"])
    return kernel


def encode_cell(options: ProductKernelOptions, params: Any, features: Any) -> Any:
    """Return the cell kernel's Gaussian to the training cells, and whether the cell is stated."""
    width = params["cells"].shape[1]
    given = features.get(options.cell_feature) if options.cell_feature else None
    if given is None or width == 0:
        count = len(next(iter(features.values()))) if features else 1
        stated = jnp.zeros(count, dtype=bool) if given is None else ~jnp.isnan(jnp.asarray(given)).any(1)
        return {"near": jnp.zeros((count, len(params["cells"]))), "stated": stated}
    cells = jnp.asarray(given, dtype=jnp.float32)
    distance = squared_distance(cells, params["cells"], jnp)
    length = params["hyper"]["cell"][0]
    return {"near": jnp.exp(-distance / (2 * length**2)), "stated": ~jnp.isnan(cells).any(1)}


def combine(options: ProductKernelOptions, params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation, (sample, gene) each."""
    scores, p, prior = _scores(options, params, u, v, dose_um, hours)
    mean = params["mean"] + scores @ params["basis"]
    if p.shape[1] == 0:
        return mean, jnp.zeros_like(mean)
    variance = jnp.maximum(prior[:, None] - p**2 @ params["gain"], 0.0) * params["amplitude"]
    return mean, jnp.sqrt(variance @ params["basis"] ** 2 + params["noise_of_gene"])


def coefficients(options: ProductKernelOptions, params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
    """Return what the mean is in `mean_and_basis`, (sample, 1 + direction)."""
    return with_one(_scores(options, params, u, v, dose_um, hours)[0])


def _scores(
    options: ProductKernelOptions, params: Any, u: Any, v: Any, dose_um: Any, hours: Any
) -> tuple[Any, Any, Any]:
    """Return scores in the basis, what the variance is made of, and the prior variance."""
    hyper = params["hyper"]
    share = hyper["cell"][1]
    near = jnp.pad(v["near"], ((0, 0), (0, 1)))[:, params["cell_of"]]  # the added column: pooled conditions
    dose, time = log_scale(dose_um, jnp), log_scale(hours, jnp)
    factors = {"cell": share + (1 - share) * near} | {
        name: stated_kernel(squared_distance(value, params[key], jnp), hyper[name][0], hyper[name][1], jnp)
        for name, value, key in (("dose", dose, "dose"), ("time", time, "hours"))
    }
    with_compound, without = (m * params["task"] for m in sum_terms(options.terms, hyper["terms"], factors))
    stated = {"cell": v["stated"], "dose": ~jnp.isnan(dose_um), "time": ~jnp.isnan(hours)}
    own = {name: jnp.where(flag, 1.0, hyper[name][1]) for name, flag in stated.items()}
    prior = sum(sum_terms(options.terms, hyper["terms"], own))
    if "folded" in params:
        both = jnp.einsum("qs,qsr->qr", with_compound, u) + without @ params["shared"]
    else:
        both = _to_rows(params["anchors"], u, with_compound) @ params["dual"] + without @ params["shared"]
    rank = len(params["amplitude"])
    scores, p = both[:, :rank], both[:, rank:]
    if "residual" in params:
        scores = scores + _from_neighbours(options, params, u, with_compound, without, p)
    return scores, p, prior


def _to_rows(rows: Any, u: Any, with_compound: Any) -> Any:
    return u[:, rows["compound"]] * with_compound[:, rows["condition"]]


def _from_neighbours(
    options: ProductKernelOptions, params: Any, u: Any, with_compound: Any, without: Any, p: Any
) -> Any:
    """Return what the residuals of the nearest rows add to Nystroem.

    With c_i the part of the kernel to row i that the landmarks do not explain,
    the correction is ``sum c_i e_i / (sum c_i + noise)``: 0 where the landmarks
    explain all, and the exact posterior for one neighbour of prior variance c.
    """
    rows = params["all_rows"]
    near = _to_rows(rows, u, with_compound) + without[:, rows["condition"]]
    value, place = jax.lax.top_k(near, min(options.neighbours, near.shape[1]))
    explained = jnp.einsum("qm,qkm->qk", p, params["features"][place])
    left = jnp.maximum(value - explained, 0.0)
    total = left.sum(1, keepdims=True)
    return jnp.einsum("qk,qkr->qr", left, params["residual"][place]) / (total + params["noise"])


def _compounds(state: State) -> int:
    first = state["compounds"]["0"]
    return len(first["packed"]["starts"]) - 1 if "packed" in first else len(first["table"])


@dataclass(frozen=True, eq=False)
class FittedKernel:
    """A fitted product kernel."""

    options: ProductKernelOptions
    kept: State
    genes: GeneAxis
    unit: Unit
    parts: Factors

    def factors(self) -> Factors:
        """Return the model taken apart."""
        return self.parts

    def pure_apply(self) -> PureApply:
        """Return the mean as one function of one example."""
        return PureApply.of(self.parts)

    def state(self) -> State:
        """Return everything `ProductKernel.restore` needs."""
        return self.kept

    def predict(self, batch: Batch) -> Prediction:
        """Return mean and standard deviation; samples of one compound are computed together."""
        order = np.argsort(batch.compound_index, kind="stable")
        mean = np.empty((len(batch), len(self.genes)), dtype=np.float32)
        sd = np.empty_like(mean)
        for start in range(0, len(order), TILE):
            rows = order[start : start + TILE]
            mean[rows], sd[rows] = self._tile(batch, rows)
        return Prediction(mean, self.genes, self.unit, sd if self.parts.has_sd else None)

    def _tile(self, batch: Batch, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        padded = np.resize(rows, TILE)
        compound, place = np.unique(batch.compound_index[padded], return_inverse=True)
        features = {
            k.feature: np.asarray(batch.compound[k.feature])[np.resize(compound, TILE)] for k in self.options.compound
        }
        name = self.options.cell_feature
        table = (
            np.asarray(batch.cell[name], np.float32) if name in batch.cell and name else np.empty((0, 0), np.float32)
        )
        cells = {}
        if len(table):
            pooled = np.full((1, table.shape[1]), np.nan, dtype=np.float32)
            cells = {name: np.vstack([table, pooled])[batch.cell_index[padded]]}
        mean, sd = _profiles(
            self.options, self.parts.params, features, place.ravel(), cells, batch.dose_um[padded], batch.hours[padded]
        )
        return np.asarray(mean)[: len(rows)], np.asarray(sd)[: len(rows)]


@partial(jax.jit, static_argnums=0)
def _profiles(
    options: ProductKernelOptions, params: Any, features: Any, place: Any, cells: Any, dose: Any, hours: Any
) -> Any:
    u = encode_compound(options, params, features)[place]
    v = encode_cell(options, params, cells)
    v = {name: jnp.broadcast_to(value, (TILE, *value.shape[1:])) for name, value in v.items()}
    return combine(options, params, u, v, dose, hours)


def restore(state: State, options: ProductKernelOptions) -> FittedKernel:
    """Return the fitted kernel of a state."""
    genes = GeneAxis.restore(state["genes"])
    params = jax.tree.map(jnp.asarray, build_params(state, options))
    parts = Factors(
        params,
        partial(encode_compound, options),
        partial(encode_cell, options),
        partial(combine, options),
        has_sd=state["vectors"].shape[1] > 0,
        coefficients=partial(coefficients, options),
        basis=mean_and_basis,
    )
    return FittedKernel(options, state, genes, Unit(state["unit"]), parts)
