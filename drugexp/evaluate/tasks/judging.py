"""How well held-out samples of a task are predicted, beside what is told without any compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from drugexp.contract import Screen
from drugexp.score.edges import edge_scores
from drugexp.score.metrics import centred_pearson
from drugexp.score.outcomes import log_loss, number_loss, skill

PROFILES, NUMBERS, CLASSES = "centred Pearson", "R2 over the cell's mean", "R2 of log-loss over class shares"


@dataclass(frozen=True, eq=False)
class Judged:
    """Held-out samples of one task.

    Attributes
    ----------
    measure
        What its score is called; 0 is what is known without compounds (of profiles: the mean profile).
    loss
        (sample,) of outcomes; of profiles the score itself.
    naive
        Name -> the same of what knows no compound; the first is the reference.
    truth, predicted
        (sample, outcome) of outcomes on their own scale; NaN where not measured.
    cells
        (sample,) names, empty where pooled.
    """

    measure: str
    loss: np.ndarray
    naive: Mapping[str, np.ndarray]
    truth: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    predicted: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    cells: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))

    @property
    def scores(self) -> np.ndarray:
        """(sample,) whose mean is the score of the task."""
        return self.loss if self.measure == PROFILES else skill(self.loss, next(iter(self.naive.values())))

    def naive_scores(self) -> dict[str, np.ndarray]:
        """Return the scores of what knows no compound, (sample,) each."""
        reference = next(iter(self.naive.values()))
        return {n: v if self.measure == PROFILES else skill(v, reference) for n, v in self.naive.items()}

    def details(self) -> dict[str, float]:
        """Return further scores: of numbers the mean correlation over the compounds of a cell, of classes the AUROC."""
        found: dict[str, float] = {}
        if self.measure == NUMBERS:
            found["Pearson within a cell"] = _within(self.truth, self.predicted, self.cells)
        if self.measure == CLASSES:
            found["mean AUROC of classes"] = _auroc(self.truth, self.predicted)
        return found

    @classmethod
    def joined(cls, folds: Sequence[Judged], order: np.ndarray) -> Judged:
        """Return all folds as one; `order` (sample,) says where each sample of the folds belongs."""
        back = np.argsort(order)

        def whole(parts: Sequence[np.ndarray]) -> np.ndarray:
            return np.concatenate(parts)[back]

        first = folds[0]
        if first.measure == PROFILES:
            return cls(
                PROFILES, whole([f.loss for f in folds]), {n: whole([f.naive[n] for f in folds]) for n in first.naive}
            )
        return cls(
            first.measure,
            whole([f.loss for f in folds]),
            {n: whole([f.naive[n] for f in folds]) for n in first.naive},
            whole([f.truth for f in folds]),
            whole([f.predicted for f in folds]),
            whole([f.cells for f in folds]),
        )


def judge_profiles(truth: np.ndarray, predicted: np.ndarray, training: np.ndarray) -> Judged:
    """Judge profiles, (sample, gene) each, NaN where not measured, by what they add to the mean training profile."""
    observed = np.isfinite(truth)
    with np.errstate(invalid="ignore"):
        count = np.isfinite(training).sum(axis=0)
        mean = np.where(np.isfinite(training), training, 0.0).sum(axis=0) / np.maximum(count, 1)
    known = np.where(observed, truth, 0.0)

    def score(values: np.ndarray) -> np.ndarray:
        return centred_pearson(known, values, mean, observed=observed)

    naive = {"mean profile": score(np.broadcast_to(mean, known.shape)), "no change": score(np.zeros(known.shape))}
    return Judged(PROFILES, score(predicted), naive)


def judge_outcomes(predicted: np.ndarray, told: Screen, train: Screen, truth: np.ndarray, past: np.ndarray) -> Judged:
    """Judge outcomes of held-out samples.

    Parameters
    ----------
    predicted
        (sample, outcome) numbers or probabilities.
    told, train
        Held-out and training samples.
    truth, past
        Their values, (sample, outcome), NaN where not measured. Columns that hold nothing but 0 and 1 are classes;
        where a screen holds both kinds, numbers alone are judged.
    """
    every = np.concatenate([truth, past])
    binary = (np.isnan(every) | (every == 0) | (every == 1)).all(axis=0)
    cells = told.samples["cell"].to_numpy(dtype=object)
    if binary.all():
        known = np.isfinite(past)
        share = (np.where(known, past, 0.0).sum(axis=0) + 1) / (known.sum(axis=0) + 2)
        naive = {
            "class shares": log_loss(truth, np.broadcast_to(share, truth.shape)),
            "one half": log_loss(truth, np.full(truth.shape, 0.5)),
        }
        return Judged(CLASSES, log_loss(truth, predicted), naive, truth, predicted, cells)
    y, p, before = truth[:, ~binary], predicted[:, ~binary], past[:, ~binary]
    whole, scale = np.nanmean(before, axis=0), np.nanstd(before, axis=0)
    by_cell = pd.DataFrame(before).groupby(train.samples["cell"].to_numpy(dtype=object)).mean()
    of_cell = by_cell.reindex(cells).to_numpy()
    of_cell = np.where(np.isfinite(of_cell), of_cell, whole)
    naive = {
        "cell's mean": number_loss(y, of_cell, scale),
        "mean of all": number_loss(y, np.broadcast_to(whole, y.shape), scale),
    }
    return Judged(NUMBERS, number_loss(y, p, scale), naive, y, p, cells)


def _within(truth: np.ndarray, predicted: np.ndarray, cells: np.ndarray) -> float:
    found = []
    for cell in np.unique(cells.astype(str)):
        for y, p in zip(truth[cells == cell].T, predicted[cells == cell].T, strict=True):
            there = np.isfinite(y)
            if there.sum() >= 5 and np.std(y[there]) > 0:
                found.append(np.corrcoef(y[there], p[there])[0, 1] if np.std(p[there]) > 0 else 0.0)
    return float(np.mean(found)) if found else float("nan")


def _auroc(truth: np.ndarray, predicted: np.ndarray) -> float:
    found = []
    for y, p in zip(truth.T, predicted.T, strict=True):
        there = np.isfinite(y)
        if 0 < np.sum(y[there] > 0) < there.sum():
            found.append(edge_scores(p[there], y[there] > 0).auroc)
    return float(np.mean(found)) if found else float("nan")
