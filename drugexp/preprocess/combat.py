"""ComBat: takes out what batches add to each gene and how they stretch it (Johnson, Li and Rabinovic 2007).

Biostatistics 8:118. For gene g of sample j in batch i with covariates c_j,

    y[j, g] = level[g] + c_j slope[:, g] + spread[g] * (shift[i, g] + scale[i, g] * noise),

where shift and scale of a batch are drawn towards what they are in its other genes (parametric empirical
Bayes), so that small batches are corrected with care. Fitted on training rows, the frozen state
corrects any rows of the batches it knows. A reference batch keeps its own values, and all others become like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.errors import InputError, unknown

_STEPS, _TOLERANCE = 500, 1e-4
"""As in the authors' code, R package sva."""


@dataclass(frozen=True, eq=False)
class Combat:
    """What was learnt of batches.

    Attributes
    ----------
    batches
        Names of the batches, sorted.
    reference
        The batch that keeps its values; empty: all are drawn to their weighted mean.
    level, spread
        (gene,) float64: mean and standard deviation without batches. A spread of 0: the gene is left as it is.
    slope
        (covariate, gene) what covariates add; it is kept.
    shift, scale
        (batch, gene) in units of `spread`.
    """

    batches: tuple[str, ...]
    reference: str
    level: np.ndarray
    spread: np.ndarray
    slope: np.ndarray
    shift: np.ndarray
    scale: np.ndarray

    def apply(self, values: np.ndarray, batch: Sequence[str], covariates: np.ndarray | None = None) -> np.ndarray:
        """Return corrected (row, gene) values in their own type; NaN stays NaN.

        Parameters
        ----------
        values
            On the genes of the fit.
        batch
            (row,) names.
        covariates
            (row, covariate) as in the fit.

        Raises
        ------
        InputError
            If a batch was not among the training rows, or the covariates are not those of the fit.
        """
        at = self.rows_of(batch)
        design = _covariates(covariates, len(values))
        if design.shape[1] != len(self.slope):
            raise InputError(
                f"the batch correction was fitted with {len(self.slope)} covariates; {design.shape[1]} came"
            )
        kept = self.level + design @ self.slope
        usable = self.spread > 0
        spread = np.where(usable, self.spread, 1.0)
        found = ((values - kept) / spread - self.shift[at]) / self.scale[at] * spread + kept
        own = ~usable | (np.array(self.batches, dtype=object)[at] == self.reference)[:, None]
        return np.where(own, values, found).astype(values.dtype)

    def rows_of(self, batch: Sequence[str]) -> np.ndarray:
        """Return where each named batch stands among `batches`, (row,).

        Raises
        ------
        InputError
            If a batch was not among the training rows.
        """
        place = {name: i for i, name in enumerate(self.batches)}
        strange = [str(name) for name in batch if str(name) not in place]
        if strange:
            raise InputError(
                unknown("batch", strange[0], self.batches),
                hint="What a batch adds is learnt from training rows of that batch.",
            )
        return np.array([place[str(name)] for name in batch], dtype=np.int64)


def fit_combat(
    values: np.ndarray,
    batch: Sequence[str],
    covariates: np.ndarray | None = None,
    *,
    reference: str = "",
    mean_only: bool = False,
) -> Combat:
    """Fit ComBat on training rows.

    Parameters
    ----------
    values
        (row, gene), NaN where missing.
    batch
        (row,) names. A batch of one row gets a shift and no scale.
    covariates
        (row, covariate) numbers whose effect is kept, such as a log dose or the marks of a class; no constant.
    reference
        The batch that keeps its values.
    mean_only
        Whether batches only shift, for batches that differ in what was measured in them.

    Raises
    ------
    InputError
        If there is one batch only, the reference is unknown, or covariates cannot be told from batches.

    Examples
    --------
    >>> values = np.array([[0.0, 1.0], [2.0, 3.0], [10.0, 1.0], [12.0, 3.0]])
    >>> corrected = fit_combat(values, ["a", "a", "b", "b"], mean_only=True).apply(values, ["a", "a", "b", "b"])
    >>> bool(abs(corrected[2] - corrected[0]).max() < abs(values[2] - values[0]).max())
    True
    """
    names = tuple(sorted({str(name) for name in batch}))
    if len(batch) != len(values):
        raise InputError(f"{len(batch)} batches came for {len(values)} rows")
    if len(names) < 2:
        raise InputError(
            f"there is one batch only ({names[0] if names else 'no rows'}); nothing can be told of batches"
        )
    if reference and reference not in names:
        raise InputError(unknown("reference batch", reference, names))
    inside = np.array([str(name) for name in batch], dtype=object)[:, None] == np.array(names, dtype=object)
    design = np.hstack([inside, _covariates(covariates, len(values))]).astype(np.float64)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(
            "covariates cannot be told from batches: a covariate is constant, or it only differs between batches",
            hint="Leave that covariate out.",
        )
    measured = ~np.isnan(values)
    weight = (inside.T.astype(np.float64) @ measured) * [[name == reference or not reference] for name in names]
    effect = _least_squares(design, values, measured)
    level = (weight * effect[: len(names)]).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)
    slope = effect[len(names) :]
    counted = measured & (inside[:, [names.index(reference)]] if reference else True)
    spread = _spread(np.where(counted, values - design @ effect, np.nan))
    alone = [_one_value(values[rows]) for rows in inside.T]
    spread = np.where(np.any(alone, axis=0) | ~np.isfinite(spread), 0.0, spread)
    usable = spread > 0
    shift, scale = np.zeros((len(names), values.shape[1])), np.ones((len(names), values.shape[1]))
    standard = (values - level - design[:, len(names) :] @ slope)[:, usable] / spread[usable]
    for i, name in enumerate(names):
        if name != reference and usable.any():
            rows = inside[:, i]
            shift[i, usable], scale[i, usable] = _shrunk(standard[rows], mean_only or int(rows.sum()) < 2)
    return Combat(names, reference, level, spread, slope, shift, np.sqrt(scale))


def _covariates(covariates: np.ndarray | None, rows: int) -> np.ndarray:
    table = np.empty((rows, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    if table.shape[:1] != (rows,) or table.ndim != 2 or not np.isfinite(table).all():
        raise InputError(
            f"covariates must be one finite number a row and covariate; {table.shape} came for {rows} rows"
        )
    return table


def _least_squares(design: np.ndarray, values: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Return (column, gene) coefficients, gene by gene over what was measured; of least norm where it is not enough."""
    effect = np.zeros((design.shape[1], values.shape[1]))
    patterns, which = np.unique(measured, axis=1, return_inverse=True)
    which = which.ravel()
    for k in range(patterns.shape[1]):
        rows, genes = patterns[:, k], which == k
        effect[:, genes] = np.linalg.lstsq(design[rows], values[np.ix_(rows, genes)].astype(np.float64))[0]
    return effect


def _spread(rest: np.ndarray) -> np.ndarray:
    """Return the root mean square of each gene, NaN where nothing was measured."""
    seen = ~np.isnan(rest)
    count = seen.sum(axis=0)
    total = np.where(seen, rest**2, 0.0).sum(axis=0)
    return np.sqrt(np.divide(total, count, out=np.full(rest.shape[1], np.nan), where=count > 0))


def _one_value(values: np.ndarray) -> np.ndarray:
    """Return which genes hold one and the same value in all of several rows of a batch, or none, (gene,)."""
    seen = ~np.isnan(values)
    low, high = np.where(seen, values, np.inf).min(axis=0), np.where(seen, values, -np.inf).max(axis=0)
    return ~seen.any(axis=0) | ((low == high) & (seen.sum(axis=0) > 1))


def _shrunk(standard: np.ndarray, mean_only: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return shift and variance of one batch after shrinkage over genes (equations 3.1 and 3.2), (gene,) each.

    Parameters
    ----------
    standard
        (row, gene) standardised values of the batch, NaN where missing.
    mean_only
        Whether the variance is taken as 1.
    """
    seen = ~np.isnan(standard)
    count = seen.sum(axis=0).astype(np.float64)
    known = np.where(seen, standard, 0.0)
    mean = known.sum(axis=0) / np.maximum(count, 1)
    around, between = float(mean.mean()), float(mean.var(ddof=1)) if len(mean) > 1 else 0.0
    if mean_only:  # as in sva: the shift is drawn halfway, whatever the batch's size
        return (between * mean + around) / (between + 1), np.ones_like(mean)
    variance = np.where(seen, (standard - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count - 1, 1)
    middle, wide = float(variance.mean()), float(variance.var(ddof=1)) if len(variance) > 1 else 0.0
    if wide <= 0 or between <= 0:
        return mean, variance  # one gene, or genes all alike: there is nothing to draw towards
    shape, rate = (2 * wide + middle**2) / wide, (middle * wide + middle**3) / wide
    shift, scale = mean, variance
    for _ in range(_STEPS):
        new = (between * count * mean + scale * around) / (between * count + scale)
        squares = np.where(seen, (standard - new) ** 2, 0.0).sum(axis=0)
        wider = (0.5 * squares + rate) / (count / 2 + shape - 1)
        moved = max(_relative(new, shift), _relative(wider, scale))
        shift, scale = new, wider
        if moved <= _TOLERANCE:
            break
    return shift, scale


def _relative(new: np.ndarray, old: np.ndarray) -> float:
    return float(np.max(np.abs(new - old) / np.maximum(np.abs(old), 1e-12)))
