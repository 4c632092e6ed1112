"""The distilled kernel: one fingerprint and one kernel that imitate a slower model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg as sl

from drugexp.contract import (
    Batch,
    Context,
    Examples,
    Factors,
    GeneAxis,
    ModelBuilder,
    Needs,
    OneOf,
    Prediction,
    PureApply,
    Span,
    State,
    Unit,
)
from drugexp.errors import ModelError
from drugexp_kernels.label.embedding import embed, learn_embedding
from drugexp_kernels.label.label_options import DistilledKernelOptions
from drugexp_kernels.label.labels import inverted
from drugexp_kernels.label.profiles import Profiles, average
from drugexp_kernels.label.similarity import BLOCK, distinct
from drugexp_kernels.label.uncertainty import learn_spread, left_out, standard_deviation, variance_basis
from drugexp_kernels.product_form import mean_and_basis, with_one

TILE = 128
"""Compounds computed at once. Always as many, so that the numbers do not depend on the batch."""


class DistilledKernel:
    """Kernel ridge on one fingerprint, fitted to what a teacher predicts for every training structure.

    The teacher is fitted first; it then predicts all compounds of all tasks,
    pooled over cells, those without a measured profile included. The student's
    kernel is the squared cosine of short vectors (see `embedding`), which predicts as
    count Tanimoto does and costs three small matrix products. It
    sees neither cells nor doses nor times.
    """

    name = "distilled-kernel"
    Options = DistilledKernelOptions

    def needs(self, options: DistilledKernelOptions) -> Needs:
        """Say which fingerprint the student reads."""
        return Needs(compound=(options.feature,))

    def search_space(self, options: DistilledKernelOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying of the student."""
        return {
            "directions": Span(64, 1024, log=True, whole=True),
            "ridge": Span(0.03, 3.0, log=True),
            "rank": Span(10, 300, log=True, whole=True),
        }

    def training_needs(self, options: DistilledKernelOptions, models: ModelBuilder) -> Needs:
        """Say what the fit reads: the teacher's features too."""
        teacher, chosen = models.build(options.teacher.name, options.teacher.options)
        asked = teacher.needs(chosen)
        return replace(asked, compound=tuple(dict.fromkeys((*asked.compound, options.feature))))

    def fit(
        self, train: Examples, valid: Examples | None, options: DistilledKernelOptions, *, context: Context, seed: int
    ) -> FittedDistilledKernel:
        """Fit the teacher to `train`, then the student to the teacher; the seed starts the search for directions."""
        if context.models is None:
            raise ModelError("the distilled kernel cannot reach its teacher", hint="Train it through drugexp.")
        rows, place = distinct(train.batch.compound, (options.feature,))
        measured = average(train.primary, place[train.batch.compound_index], train.groups)
        if len(measured.compound) < 2:
            raise ModelError("the distilled kernel needs at least two measured compounds that have a structure")
        teacher, chosen = context.models.build(options.teacher.name, options.teacher.options)
        fitted = teacher.fit(train, valid, chosen, context=context, seed=seed)
        taught = fitted.predict(pooled(train.batch, rows))

        counts = np.asarray(train.batch.compound[options.feature])[rows]
        space = learn_embedding(counts, options.directions, seed)
        blocks = [embed(space, counts[start : start + BLOCK], np) for start in range(0, len(counts), BLOCK)]
        points = np.concatenate(blocks).astype(np.float16)
        K = squared_cosine(points.astype(np.float32), points.astype(np.float32))
        mean = taught.mean[measured.compound].mean(0, dtype=np.float64)
        lesson = taught.mean - mean
        basis = sl.svd(lesson, full_matrices=False)[2][: options.rank]
        noisy = K.copy()
        noisy[np.diag_indices(len(K))] += np.float32(options.ridge)
        inverse = inverted(noisy)
        dual = inverse @ (lesson @ basis.T).astype(np.float32)
        projection = variance_basis(*_measured_kernel(K, measured, options), options.variance_rank)
        missed = left_out(inverse, dual, _groups(train, place, len(rows)))[0] @ basis
        spread = _spread(K, measured, projection, taught.sd, missed, options)
        task, single = train.primary.task, np.float32
        state: dict[str, Any] = {
            "space": space,
            "points": points,
            "dual": dual.astype(single),
            "basis": basis.astype(single),
            "mean": mean.astype(single),
            "measured": measured.compound.astype(np.int32),
            "projection": projection.astype(single),
            "spread": spread.astype(single),
            "noise": np.array(options.noise, dtype=single),
            "genes": task.genes.state(),
            "unit": task.unit.value,
        }
        return restore(state, options)

    def restore(self, state: State, options: DistilledKernelOptions, *, context: Context) -> FittedDistilledKernel:
        """Return the fitted model that gave `state`."""
        return restore(state, options)


def squared_cosine(x: Any, y: Any) -> Any:
    """Return the (x, y) kernel of vectors of length 1. NumPy or JAX."""
    return (x @ y.T) ** 2


def _groups(train: Examples, place: np.ndarray, count: int) -> np.ndarray:
    """Return the group of each of `count` structures, (structure,)."""
    at = place[train.batch.compound_index]
    group = np.empty(count, dtype=np.int64)
    group[at[at >= 0]] = train.groups[at >= 0]
    return group


def _measured_kernel(
    K: np.ndarray, measured: Profiles, options: DistilledKernelOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Return the kernel among measured compounds and their noise: the standard deviation's Gaussian process."""
    at = measured.compound
    return K[np.ix_(at, at)].astype(np.float64), options.noise / measured.weight


def _spread(
    K: np.ndarray,
    measured: Profiles,
    projection: np.ndarray,
    taught: np.ndarray | None,
    missed: np.ndarray,
    options: DistilledKernelOptions,
) -> np.ndarray:
    """Return each gene's squared error over the kernel's variance, (gene,).

    The error is the teacher's own, and what the student misses of the teacher
    in groups left out, over all structures. Where the teacher states none: that
    of a plain kernel regression on the measured profiles.
    """
    if taught is not None:
        variance = np.maximum(1.0 - ((K[:, measured.compound] @ projection) ** 2).sum(1), 0.0) + options.noise
        return ((taught.astype(np.float64) ** 2 + missed**2) / variance[:, None]).mean(0)
    gram, noise = _measured_kernel(K, measured, options)
    inverse = inverted(gram + np.diag(noise))
    rest = np.where(measured.present, measured.values - measured.mean, 0.0)
    residual, variance = left_out(inverse, inverse @ rest, measured.group)
    return learn_spread(rest, measured.present, rest - residual, variance)


def pooled(batch: Batch, compounds: np.ndarray) -> Batch:
    """Return the batch of one sample for each of these compounds, in no stated cell, dose or time."""
    unstated = np.full(len(compounds), np.nan, dtype=np.float32)
    return replace(
        batch,
        compound_index=compounds.astype(np.int32),
        cell_index=np.full(len(compounds), -1, dtype=np.int32),
        dose_um=unstated,
        hours=unstated,
    )


def encode_compound(feature: str, params: Any, features: Any) -> Any:
    """Return the scores of compounds and what their standard deviation is made of."""
    kernel = squared_cosine(embed(params["space"], features[feature], jnp), params["points"])
    return {"scores": kernel @ params["dual"], "projected": kernel[:, params["measured"]] @ params["projection"]}


def encode_cell(_params: Any, features: Any) -> Any:
    """Return nothing of a cell but its place."""
    count = len(next(iter(features.values()))) if features else 1
    return jnp.zeros((count, 0))


def combine(params: Any, u: Any, _v: Any, _dose_um: Any, _hours: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation, (sample, gene) each."""
    mean = params["mean"] + u["scores"] @ params["basis"]
    if params["projection"].shape[1] == 0:
        return mean, jnp.zeros_like(mean)
    return mean, standard_deviation(1.0, u["projected"], params["noise"], params["spread"], jnp)


def coefficients(_params: Any, u: Any, _v: Any, _dose_um: Any, _hours: Any) -> Any:
    """Return what the mean is in `mean_and_basis`, (sample, 1 + direction)."""
    return with_one(u["scores"])


@dataclass(frozen=True, eq=False)
class FittedDistilledKernel:
    """A fitted student."""

    options: DistilledKernelOptions
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
        """Return everything `DistilledKernel.restore` needs."""
        return self.kept

    def predict(self, batch: Batch) -> Prediction:
        """Return mean and standard deviation, the same for all samples of a compound."""
        compound, place = np.unique(batch.compound_index, return_inverse=True)
        table = np.asarray(batch.compound[self.options.feature])
        mean = np.empty((len(compound), len(self.genes)), dtype=np.float32)
        sd = np.empty_like(mean)
        for start in range(0, len(compound), TILE):
            rows = compound[start : start + TILE]
            found = _profiles(self.options.feature, self.parts.params, table[np.resize(rows, TILE)])
            mean[start : start + TILE], sd[start : start + TILE] = (np.asarray(part)[: len(rows)] for part in found)
        place = place.ravel()
        return Prediction(mean[place], self.genes, self.unit, sd[place] if self.parts.has_sd else None)


@partial(jax.jit, static_argnums=0)
def _profiles(feature: str, params: Any, table: Any) -> Any:
    return combine(params, encode_compound(feature, params, {feature: table}), None, None, None)


def restore(state: State, options: DistilledKernelOptions) -> FittedDistilledKernel:
    """Return the fitted student of a state."""
    genes = GeneAxis.restore(state["genes"])
    arrays = {name: value for name, value in state.items() if name not in ("genes", "unit")}
    floats = jax.tree.map(lambda a: jnp.asarray(a, dtype=jnp.float32 if a.dtype == np.float16 else a.dtype), arrays)
    parts = Factors(
        floats,
        partial(encode_compound, options.feature),
        encode_cell,
        combine,
        has_sd=state["projection"].shape[1] > 0,
        coefficients=coefficients,
        basis=mean_and_basis,
    )
    return FittedDistilledKernel(options, state, genes, Unit(state["unit"]), parts)
