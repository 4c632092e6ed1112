"""Ridge regression on plain features: of the fingerprint with low-rank targets, and blind to the compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl

from drugexp.contract import Attribution, Batch, Examples, Needs, OneOf, Options, Span
from drugexp_baselines.closed_form import Arrays, ClosedForm, FittedArrays, measured
from drugexp_baselines.conditions import CELL_FEATURE
from drugexp_baselines.grouping import stated_cells
from drugexp_baselines.known_compounds import COMPOUND_FEATURE


def condition_features(batch: Batch, width: int) -> np.ndarray:
    """Return cell expression, log dose, log time and three flags of what is stated, (sample, width + 5).

    What is pooled or not stated is 0 with its flag 0, so that no other value is claimed for it.
    """
    table, index = stated_cells(batch, CELL_FEATURE)
    stated = index >= 0
    cell = np.zeros((len(batch), width))
    cell[stated] = table[index[stated]]
    dose, hours = (np.log10(np.maximum(np.nan_to_num(v, nan=1.0), 1e-6)) for v in (batch.dose_um, batch.hours))
    flags = [stated, ~np.isnan(batch.dose_um), ~np.isnan(batch.hours)]
    # Scaled by the width, a whole profile counts as much as one of the other columns.
    return np.column_stack([cell / np.sqrt(max(width, 1)), dose, hours, *flags]).astype(np.float64)


def learn_ridge(X: np.ndarray, Y: np.ndarray, weight: np.ndarray, penalty: float) -> Arrays:
    """Return ``centre`` (feature,) and ``slope`` (feature, output) of the weighted ridge with a free intercept.

    Parameters
    ----------
    X, Y
        (row, feature) and (row, output), Y centred.
    weight
        (row,) relative precision.
    """
    centre = np.average(X, axis=0, weights=weight)
    root = np.sqrt(weight)[:, None]
    A, B = (X - centre) * root, (Y - np.average(Y, axis=0, weights=weight)) * root
    if A.shape[0] < A.shape[1]:
        slope = A.T @ sl.solve(A @ A.T + penalty * np.eye(len(A)), B, assume_a="pos")
    else:
        slope = sl.solve(A.T @ A + penalty * np.eye(A.shape[1]), A.T @ B, assume_a="pos")
    return {"centre": centre.astype(np.float32), "slope": slope.astype(np.float32)}


class CellRidgeOptions(Options):
    """Options of the compound-blind ridge.

    Attributes
    ----------
    penalty
        Ridge penalty.
    """

    penalty: float = 1.0


class CellRidge(ClosedForm):
    """Ridge on the cell's expression, dose and time: whatever a model gains over this, the compound brought."""

    name = "cell-ridge"
    Options = CellRidgeOptions
    knows_compounds = False

    def needs(self, options: CellRidgeOptions) -> Needs:
        """Only the cell."""
        return Needs(cell=(CELL_FEATURE,))

    def search_space(self, options: CellRidgeOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"penalty": Span(0.01, 1000.0, log=True)}

    def learn(self, train: Examples, options: CellRidgeOptions) -> Arrays:
        """Return the mean and the slopes."""
        data, batch = measured(train.primary), train.all()
        width = stated_cells(batch, CELL_FEATURE)[0].shape[1]
        rest = np.where(data.weight > 0, data.values - data.mean, 0.0)
        X = condition_features(batch, width)
        arrays = learn_ridge(X, rest, np.maximum(data.weight.max(1, initial=0.0), 1e-12), options.penalty)
        return arrays | {"mean": data.mean.astype(np.float32)}

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: CellRidgeOptions) -> np.ndarray:
        """Return the mean plus what cell, dose and time add."""
        X = condition_features(batch, len(arrays["centre"]) - 5)
        return arrays["mean"] + (X - arrays["centre"]) @ arrays["slope"].astype(np.float64)


class SvdRidgeOptions(Options):
    """Options of the ridge on low-rank targets.

    Attributes
    ----------
    rank
        Principal directions of the training profiles that are predicted.
    penalty
        Ridge penalty on log1p counts.
    use_cells
        Whether cell expression, dose and time stand beside the fingerprint.
    """

    rank: int = 100
    penalty: float = 100.0
    use_cells: bool = True


@dataclass(frozen=True, eq=False)
class FittedSvdRidge(FittedArrays):
    """A fitted ridge with the ability ``attribute``: it is linear, so attributions are exact."""

    def attribute(self, batch: Batch, genes: Sequence[int]) -> Attribution:
        """Return what each bin of the fingerprint and each gene of the cell adds; dose and time stand in the base."""
        arrays, wanted = self.arrays, np.asarray(genes, dtype=np.int64)
        slope = arrays["slope"].astype(np.float64) @ arrays["basis"][:, wanted].astype(np.float64)
        bits = batch.compound[COMPOUND_FEATURE].shape[1]
        width = len(arrays["centre"]) - bits - 5  # negative where cells are not used
        rest = _features(batch, max(width, 0), use_cells=width >= 0) - arrays["centre"]
        ends = np.cumsum([bits, max(width, 0)])
        of_compound, of_cell, others = np.split(rest[:, None] * slope.T, ends, axis=2)
        base = arrays["mean"][wanted] + others.sum(axis=2)
        return Attribution(base, {COMPOUND_FEATURE: of_compound}, {CELL_FEATURE: of_cell} if width >= 0 else {})


class SvdRidge(ClosedForm):
    """Principal directions of the targets, each a ridge on the fingerprint and the condition."""

    name = "svd-ridge"
    Options = SvdRidgeOptions
    Fitted = FittedSvdRidge

    def needs(self, options: SvdRidgeOptions) -> Needs:
        """Ask for the fingerprint, and the cell where wished."""
        return Needs(compound=(COMPOUND_FEATURE,), cell=(CELL_FEATURE,) if options.use_cells else ())

    def search_space(self, options: SvdRidgeOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {
            "rank": Span(5, 500, log=True, whole=True),
            "penalty": Span(1.0, 10_000.0, log=True),
            "use_cells": OneOf((True, False)),
        }

    def learn(self, train: Examples, options: SvdRidgeOptions) -> Arrays:
        """Return the mean, the directions and the slopes."""
        data, batch = measured(train.primary), train.all()
        rest = np.where(data.weight > 0, data.values - data.mean, 0.0)
        basis = sl.svd(rest, full_matrices=False)[2][: options.rank]
        width = stated_cells(batch, CELL_FEATURE)[0].shape[1] if options.use_cells else 0
        X = _features(batch, width, use_cells=options.use_cells)
        weight = np.maximum(data.weight.max(1, initial=0.0), 1e-12)
        arrays = learn_ridge(X, rest @ basis.T, weight, options.penalty)
        return arrays | {"mean": data.mean.astype(np.float32), "basis": basis.astype(np.float32)}

    def profiles(self, arrays: Mapping[str, Any], batch: Batch, options: SvdRidgeOptions) -> np.ndarray:
        """Return the mean plus the predicted directions."""
        bits = batch.compound[COMPOUND_FEATURE].shape[1]
        width = len(arrays["centre"]) - bits - 5 if options.use_cells else 0
        X = _features(batch, width, use_cells=options.use_cells)
        scores = (X - arrays["centre"]) @ arrays["slope"].astype(np.float64)
        return arrays["mean"] + scores @ arrays["basis"].astype(np.float64)


def _features(batch: Batch, width: int, *, use_cells: bool) -> np.ndarray:
    counts = np.log1p(np.asarray(batch.compound[COMPOUND_FEATURE], dtype=np.float64))[batch.compound_index]
    return np.hstack([counts, condition_features(batch, width)]) if use_cells else counts
