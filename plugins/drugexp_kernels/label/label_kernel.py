"""The label kernel: structures, and the targets and mechanisms they point to, predict profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract import Batch, Context, Examples, GeneAxis, Needs, OneOf, Prediction, Span, State, Target, Unit
from drugexp.errors import ModelError
from drugexp_kernels.label.label_options import LabelKernelOptions
from drugexp_kernels.label.labels import LabelSpace, fit_labels, inverted, label_vectors, unit
from drugexp_kernels.label.profiles import Profiles, average, even_out
from drugexp_kernels.label.similarity import Known, distinct, prepare, similarity, store
from drugexp_kernels.label.uncertainty import learn_spread, left_out, standard_deviation, variance_basis

TILE = 128
"""Compounds computed at once. Always as many, so that the numbers do not depend on the batch."""


class LabelKernel:
    """Kernel ridge on ``K + w F F'`` with low-rank targets, for screens pooled over cells.

    K is a mean of count Tanimoto kernels; F holds label vectors: known targets
    and mechanisms (an auxiliary task) where a compound has them, else those
    that K predicts from labelled compounds. Cells, doses and times are not
    seen: in other screens than pooled ones the prediction is a mean over them.
    """

    name = "label-kernel"
    Options = LabelKernelOptions

    def needs(self, options: LabelKernelOptions) -> Needs:
        """Say which fingerprints the kernels read."""
        return Needs(compound=tuple(dict.fromkeys(share.feature for share in options.kernels)))

    def search_space(self, options: LabelKernelOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {
            "ridge": Span(0.3, 30.0, log=True),
            "label_weight": Span(0.0, 2.0),
            "label_ridge": Span(0.05, 5.0, log=True),
            "known_labels": OneOf((True, False)),
            "rank": Span(10, 300, log=True, whole=True),
            "row_power": Span(0.0, 1.0),
        }

    def fit(
        self, train: Examples, valid: Examples | None, options: LabelKernelOptions, *, context: Context, seed: int
    ) -> FittedLabelKernel:
        """Fit to the primary task and the labels; `valid` is not used and nothing is random."""
        tables = train.batch.compound
        rows, place = distinct(tables, self.needs(options).compound)
        compound = place[train.batch.compound_index]
        ours = average(train.primary, compound, train.groups)
        if len(ours.compound) < 2:
            raise ModelError("the label kernel needs at least two measured compounds that have a structure")
        known = self._labelled(train, compound, options)
        used = np.union1d(ours.compound, known[0].compound if known else ours.compound)
        stored = store(
            {name: np.asarray(tables[name])[rows[used]] for name in self.needs(options).compound}, options.kernels
        )
        context.progress(0, 3, "comparing structures")
        support = prepare(stored)
        K = similarity(support, {n: np.asarray(tables[n])[rows[used]] for n in support}, options.kernels)
        context.progress(1, 3, "learning labels")
        space, at_label = None, np.empty(0, dtype=np.int64)
        if known:
            profiles, target = known
            at_label = np.searchsorted(used, profiles.compound)
            vectors = label_vectors(profiles.values, target.task.genes.ids, options.label_rank)
            space = fit_labels(
                K[np.ix_(at_label, at_label)], vectors, profiles.group, profiles.weight, options.label_ridge
            )
        context.progress(2, 3, "solving")
        at = np.searchsorted(used, ours.compound)
        state = _solve(K, ours, at, space, at_label, options)
        task = train.primary.task
        state |= {
            "compounds": stored,
            "genes": task.genes.state(),
            "unit": task.unit.value,
        }
        context.progress(3, 3, "solved")
        return restore(state, options)

    def restore(self, state: State, options: LabelKernelOptions, *, context: Context) -> FittedLabelKernel:
        """Return the fitted model that gave `state`."""
        return restore(state, options)

    @staticmethod
    def _labelled(train: Examples, compound: np.ndarray, options: LabelKernelOptions) -> tuple[Profiles, Target] | None:
        """Return the labelled compounds; None where there are none, or labels are switched off."""
        for target in train.targets[1:]:
            if target.task.name == options.labels_task and options.label_weight > 0:
                found = average(target, compound, train.groups)
                return (found, target) if len(found.compound) else None
        return None


def _solve(
    K: np.ndarray,
    ours: Profiles,
    at: np.ndarray,
    space: LabelSpace | None,
    at_label: np.ndarray,
    options: LabelKernelOptions,
) -> dict[str, Any]:
    """Return the arrays of the fit: K among used compounds, `at` the measured ones, `at_label` the labelled ones."""
    gram = K[np.ix_(at, at)].astype(np.float64)
    F = np.empty((len(at), 0))
    if space is not None:
        F = _training_labels(K[np.ix_(at, at_label)], ours, at, space, at_label, options).astype(np.float64)
        gram += options.label_weight * F @ F.T
    noise = options.ridge / ours.weight
    low, z = even_out(ours, options.row_power, options.rank)
    inverse = inverted(gram + np.diag(noise))
    dual = inverse @ z
    residual, variance = left_out(inverse, dual, ours.group)
    mean = ours.mean + (low.mean if options.keep_constant else 0.0)
    spread = learn_spread(ours.values, ours.present, mean + (z - residual) @ low.basis, variance)
    single = np.float32  # rows beside each other, as they come back from disk: the order can move the last bit
    state: dict[str, Any] = {
        "measured": at.astype(np.int32),
        "dual": dual.astype(single, order="C"),
        "basis": low.basis.astype(single, order="C"),
        "mean": mean.astype(single, order="C"),
        "spread": spread.astype(single, order="C"),
        "projection": variance_basis(gram, noise, options.variance_rank).astype(single, order="C"),
    }
    if space is not None:
        state["labels"] = {
            "labelled": at_label.astype(np.int32),
            "dual": space.dual.astype(single, order="C"),
            "known": F.astype(single, order="C"),
        }
    return state


def _training_labels(
    K: np.ndarray,
    ours: Profiles,
    at: np.ndarray,
    space: LabelSpace,
    at_label: np.ndarray,
    options: LabelKernelOptions,
) -> np.ndarray:
    """Return the unit label vectors of the measured compounds, (row, direction)."""
    if not options.known_labels:
        return unit(space.predict_left_out(K, ours.group))
    F = space.predict(K)
    both, row, label = np.intersect1d(at, at_label, return_indices=True)
    if len(both):
        F[row] = space.vectors[label]
    return unit(F)


@dataclass(frozen=True, eq=False)
class FittedLabelKernel:
    """A fitted label kernel, computed with sparse NumPy arrays; distil it for speed."""

    options: LabelKernelOptions
    kept: State
    genes: GeneAxis
    unit: Unit
    support: dict[str, Known]

    def state(self) -> State:
        """Return everything `LabelKernel.restore` needs."""
        return self.kept

    def predict(self, batch: Batch) -> Prediction:
        """Return mean and standard deviation, the same for all samples of a compound."""
        compound, place = np.unique(batch.compound_index, return_inverse=True)
        mean = np.empty((len(compound), len(self.genes)), dtype=np.float32)
        sd = np.empty_like(mean)
        for start in range(0, len(compound), TILE):
            rows = compound[start : start + TILE]
            filled = np.resize(rows, TILE)
            found = self._tile({name: np.asarray(batch.compound[name])[filled] for name in self.support})
            mean[start : start + TILE], sd[start : start + TILE] = (part[: len(rows)] for part in found)
        place = place.ravel()
        given = sd[place] if self.kept["projection"].shape[1] else None
        return Prediction(mean[place], self.genes, self.unit, given)

    def _tile(self, tables: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        kept, options = self.kept, self.options
        near = similarity(self.support, tables, options.kernels)
        kernel = near[:, kept["measured"]]
        prior = 1.0
        if "labels" in kept:
            labels = unit(near[:, kept["labels"]["labelled"]] @ kept["labels"]["dual"])
            kernel = kernel + np.float32(options.label_weight) * labels @ kept["labels"]["known"].T
            prior += options.label_weight
        mean = kept["mean"] + kernel @ kept["dual"] @ kept["basis"]
        return mean, standard_deviation(prior, kernel @ kept["projection"], options.ridge, kept["spread"], np)


def restore(state: State, options: LabelKernelOptions) -> FittedLabelKernel:
    """Return the fitted model of a state."""
    genes = GeneAxis.restore(state["genes"])
    return FittedLabelKernel(options, state, genes, Unit(state["unit"]), prepare(state["compounds"]))
