"""What batches explain, beside chance, and whether treatments can be told from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.intake.genes import shortly
from drugexp.intake.quality.comparable import as_changes, filled_with_means, most_variable
from drugexp.intake.quality.finding import Finding, Scatter, Severity, Table
from drugexp.intake.quality.measured import Measured

PERMUTATIONS = 200
_COMPONENTS = 5
_GENES = 2000
_SAMPLES = 1000
_TITLE = "batches"


@dataclass(frozen=True, eq=False)
class Explained:
    """What a grouping explains of the spread of samples.

    Attributes
    ----------
    share
        Of the variance over all genes, 0 to 1.
    chance
        (permutation,) the same for groups drawn at random.
    component_share
        (component,) of each principal component.
    component_chance
        (component,) what 95% of the permutations stay below.
    points
        (sample, component) scores.
    variance
        (component,) share of all variance that the component carries.
    """

    share: float
    chance: np.ndarray
    component_share: np.ndarray
    component_chance: np.ndarray
    points: np.ndarray
    variance: np.ndarray

    @property
    def bound(self) -> float:
        """What 95% of the permutations stay below."""
        return float(np.quantile(self.chance, 0.95))


def explained(values: np.ndarray, group: np.ndarray, *, seed: int, permutations: int = PERMUTATIONS) -> Explained:
    """Return what a grouping explains, of all genes and of each principal component, beside chance.

    Parameters
    ----------
    values
        (sample, gene) without missing values.
    group
        (sample,) label.
    seed
        Of the permutations.
    permutations
        How many.
    """
    centred = values - values.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    code = np.unique(group, return_inverse=True)[1]
    # Between-group sums of squares of the scores add up to those of all genes.
    points = u * s
    total = (points**2).sum(axis=0)
    rng = np.random.default_rng(seed)
    own = _between(points, code)
    drawn = np.stack([_between(points, rng.permutation(code)) for _ in range(permutations)])
    few = slice(0, min(_COMPONENTS, len(s)))
    safe = np.maximum(total[few], 1e-300)
    return Explained(
        float(own.sum() / total.sum()),
        drawn.sum(axis=1) / total.sum(),
        own[few] / safe,
        np.quantile(drawn[:, few] / safe, 0.95, axis=0),
        points[:, few],
        total[few] / total.sum(),
    )


def _between(points: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return the between-group sum of squares of each column, (column,); columns have mean 0."""
    count = np.bincount(code)
    sums = np.zeros((len(count), points.shape[1]))
    np.add.at(sums, code, points)
    return (sums**2 / count[:, None]).sum(axis=0)


def check_batches(measured: Measured, *, seed: int = 0) -> tuple[Finding, ...]:
    """Look at what the batch column explains, and at how it goes with the treatment."""
    roles = measured.roles
    if not roles.batch:
        return (Finding(Severity.FINE, _TITLE, "no column tells batches (name one with --batch-column)"),)
    batch = measured.groups(roles.batch)
    if len(np.unique(batch)) < 2:
        return (Finding(Severity.FINE, _TITLE, f"all samples are of one batch ({', '.join(roles.batch)})"),)
    found = _structure(measured, batch, seed)
    return (*found, *_confounding(measured, batch))


def _structure(measured: Measured, batch: np.ndarray, seed: int) -> tuple[Finding, ...]:
    rows = np.flatnonzero(np.isfinite(measured.logs).any(axis=1))
    if len(rows) > _SAMPLES:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _SAMPLES, replace=False))
    part = measured.logs[rows]
    if measured.roles.cell and not measured.is_change:  # what cell lines differ in is no effect of batches
        part = as_changes(part, measured.groups(measured.roles.cell)[rows], np.zeros(len(rows), dtype=bool))
    genes = most_variable(part, _GENES)
    if len(np.unique(batch[rows])) < 2 or len(rows) <= len(np.unique(batch[rows])) or len(genes) < 2:
        sentence = "there are too few samples to tell what batches explain"
        return (Finding(Severity.FINE, _TITLE, sentence),)
    what = explained(filled_with_means(part[:, genes]), batch[rows], seed=seed)
    strong = what.share > max(2 * what.bound, 0.1)
    batches = f"{len(np.unique(batch))} batches ({', '.join(measured.roles.batch)})"
    sentence = (
        f"{batches} explain {what.share:.0%} of the variance; "
        f"chance: {what.chance.mean():.0%}, in 95% of {len(what.chance)} permutations below {what.bound:.0%}"
        + (": compare within batches, or correct for them" if strong else "")
    )
    rows_of_table = tuple(
        (f"PC{i + 1}", round(float(v), 3), round(float(r), 3), round(float(c), 3))
        for i, (v, r, c) in enumerate(zip(what.variance, what.component_share, what.component_chance, strict=True))
    )
    heads = ("component", "share of variance", "explained by batch", "95% of chance")
    picture = _scatter(what, batch[rows]) if what.points.shape[1] > 1 else None
    severity = Severity.LOOK if strong else Severity.FINE
    return (Finding(severity, _TITLE, sentence, Table(heads, rows_of_table), picture),)


def _scatter(what: Explained, batch: np.ndarray) -> Scatter:
    x, y = (f"PC{i + 1} ({what.variance[i]:.0%} of the variance)" for i in (0, 1))
    title = "Samples by their first two components, coloured by batch"
    return Scatter(title, x, y, what.points[:, :2], tuple(map(str, batch)))


def _confounding(measured: Measured, batch: np.ndarray) -> tuple[Finding, ...]:
    """Tell whether treatments stand apart from their controls, or all in batches of their own."""
    if not measured.roles.compound:
        return ()
    compound = measured.groups((measured.roles.compound,))
    control = measured.controls
    counts = pd.crosstab(pd.Series(batch), pd.Series(compound))
    alone = (counts > 0).sum(axis=1).max() == 1 and counts.shape[1] > 1
    title = "batch and treatment"
    if alone:
        sentence = "each batch holds one treatment alone: batch and treatment cannot be told apart"
        return (Finding(Severity.LOOK, title, sentence),)
    without = sorted(set(batch[~control]) - set(batch[control])) if control.any() else []
    if without:
        sentence = f"{len(without)} batches hold treatments and no control ({shortly(without)})"
        return (Finding(Severity.LOOK, title, sentence),)
    once = int(((counts > 0).sum(axis=0) == 1).sum())
    sentence = f"{once} of {counts.shape[1]} treatments stand in one batch only"
    more = "; each batch has its controls" if control.any() else ""
    return (Finding(Severity.FINE, title, sentence + more),)
