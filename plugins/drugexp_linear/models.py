"""The four linear models: what each learns, once rows and design are made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from drugexp.contract import Context, Examples, Needs, OneOf, Options, Span, State
from drugexp_linear.design import learn_design
from drugexp_linear.elastic import elastic_net, largest_penalty
from drugexp_linear.fitted import FittedLinear
from drugexp_linear.latent import pls, reduced_rank
from drugexp_linear.options import ElasticNetOptions, LinearOptions, PlsOptions, ReducedRankOptions, RidgeOptions
from drugexp_linear.paths import Coefficients, best, path_scores
from drugexp_linear.ridge import Spectrum, held_out_errors, ridge_path, slopes
from drugexp_linear.rows import Rows
from drugexp_linear.targets import centred

PENALTIES = tuple(10 ** np.linspace(-3, 3, 31))
SHARES = tuple(0.6 ** np.arange(1, 8))
FEATURES = OneOf(
    (
        ("morgan_counts",),
        ("fast_descriptors",),
        ("morgan_counts", "fast_descriptors"),
        ("morgan_counts", "feature_morgan_counts", "atom_pair_counts"),
    )
)
COUNTS = (1, 2, 3, 5, 8, 12, 16, 24, 32, 48, 64, 100)


@dataclass(frozen=True, eq=False)
class Learnt:
    """Slopes ``left @ right`` (`right` None: `left` alone), an error where known, and what was chosen."""

    left: np.ndarray
    right: np.ndarray | None
    error: np.ndarray | None
    strength: dict[str, float]


class Linear(ABC):
    """What the linear models share: features, rows, design and the fitted form."""

    name: ClassVar[str]
    Options: ClassVar[type[Options]] = LinearOptions

    def needs(self, options: Any) -> Needs:
        """Ask for the features by name."""
        return Needs(compound=options.compound_features, cell=options.cell_features)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying: what a compound is described by. How much is shrunken, a fit chooses itself."""
        return {"compound_features": FEATURES}

    @abstractmethod
    def learn(self, data: Rows, options: Any, seed: int) -> Learnt:
        """Return the slopes of centred rows."""

    def fit(
        self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int
    ) -> FittedLinear:
        """Fit to `train`; the seed deals groups to folds, and `valid` is not used."""
        target = centred(train.primary)
        batch = train.all().take(target.rows)
        design = learn_design(batch, options.compound_features, options.cell_features, target.weight)
        X = design.matrix(batch)
        centre = np.average(X, axis=0, weights=target.weight)
        groups = np.asarray(train.groups)[train.primary.rows[target.rows]]
        found = self.learn(Rows(X - centre, target.values, target.weight, groups), options, seed)
        small = np.float32
        return FittedLinear(
            design,
            centre.astype(small),
            found.left.astype(small),
            None if found.right is None else found.right.astype(small),
            target.mean.astype(small),
            None if found.error is None else np.maximum(found.error, 1e-6).astype(small),
            found.strength,
            train.primary.task.genes,
            train.primary.task.unit,
        )

    def restore(self, state: State, options: Any, *, context: Context) -> FittedLinear:
        """Return the fitted model that gave `state`."""
        return FittedLinear.restore(state)


class Ridge(Linear):
    """Ridge regression of every gene on all features, with one penalty that is chosen on groups left out."""

    name = "ridge"
    Options = RidgeOptions

    def learn(self, data: Rows, options: RidgeOptions, seed: int) -> Learnt:
        """Return the slopes, and the errors on groups left out."""
        A, B = data.rooted
        spectrum = Spectrum.of(A)
        penalty = _ridge_penalty(data, spectrum, options.penalty)
        errors = held_out_errors(data, spectrum, penalty)
        sd = np.sqrt(np.average(errors**2, axis=0, weights=data.weight))
        return Learnt(slopes(spectrum, B, penalty), None, sd, {"penalty": penalty})


class ElasticNet(Linear):
    """The multi-task elastic net on principal directions of the targets: few features, each for all directions."""

    name = "elastic-net"
    Options = ElasticNetOptions

    def search_space(self, options: ElasticNetOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying; the penalty it chooses by itself."""
        own = {"rank": Span(5, 100, log=True, whole=True), "l1_ratio": Span(0.05, 1.0)}
        return {**super().search_space(options), **own}

    def learn(self, data: Rows, options: ElasticNetOptions, seed: int) -> Learnt:
        """Return the sparse slopes and the directions."""
        learn = partial(sparse_slopes, options=options)
        share = options.penalty or best(SHARES, path_scores(learn, data, SHARES, folds=options.folds, seed=seed))
        left, right = learn(data, [*(s for s in SHARES if s > share), share])[-1]
        return Learnt(left, right, None, {"penalty": share})


class PartialLeastSquares(Linear):
    """Partial least squares: the directions of the features that covary most with the profiles."""

    name = "pls"
    Options = PlsOptions

    def learn(self, data: Rows, options: PlsOptions, seed: int) -> Learnt:
        """Return the two thin matrices."""
        count = options.components or _count(latent_slopes, data, COUNTS[:7], options, seed)
        left, right = pls(*data.rooted, count)
        return Learnt(left, right, None, {"components": float(left.shape[1])})


class ReducedRank(Linear):
    """Ridge regression under a bound on the rank of its slopes."""

    name = "reduced-rank-regression"
    Options = ReducedRankOptions

    def learn(self, data: Rows, options: ReducedRankOptions, seed: int) -> Learnt:
        """Return the two thin matrices; the penalty is chosen first, as ridge does, then the rank."""
        A, B = data.rooted
        spectrum = Spectrum.of(A)
        penalty = _ridge_penalty(data, spectrum, options.penalty)
        learn = partial(reduced_slopes, penalty=penalty)
        rank = options.rank or _count(learn, data, COUNTS, options, seed)
        left, right = reduced_rank(spectrum, B, penalty, rank)
        return Learnt(left, right, None, {"penalty": penalty, "rank": float(len(right))})


def sparse_slopes(data: Rows, shares: Sequence[float], options: ElasticNetOptions) -> list[Coefficients]:
    """Return the elastic net's slopes for falling penalties, each begun at the one before."""
    A, B = data.rooted
    basis = np.linalg.svd(B, full_matrices=False)[2][: options.rank]
    T, slope = B @ basis.T, None
    largest, found = largest_penalty(A, T, options.l1_ratio), []
    for share in shares:
        slope = elastic_net(A, T, share * largest, options.l1_ratio, start=slope, tolerance=options.tolerance)
        found.append((slope, basis))
    return found


def latent_slopes(data: Rows, counts: Sequence[float]) -> list[Coefficients]:
    """Return the slopes of partial least squares for numbers of components, from one fit."""
    left, right = pls(*data.rooted, int(max(counts)))
    return [(left[:, : int(k)], right[: int(k)]) for k in counts]


def reduced_slopes(data: Rows, ranks: Sequence[float], penalty: float) -> list[Coefficients]:
    """Return the slopes of reduced-rank regression for ranks, from one fit."""
    A, B = data.rooted
    left, right = reduced_rank(Spectrum.of(A), B, penalty, int(max(ranks)))
    return [(left[:, : int(k)], right[: int(k)]) for k in ranks]


def _ridge_penalty(data: Rows, spectrum: Spectrum, given: float | None) -> float:
    """Return the penalty that was given, or the one that does best on groups left out; its unit is a block's row."""
    if given is not None:
        return given
    return best(PENALTIES, ridge_path(data, spectrum, PENALTIES)[:, None])


def _count(learn: Any, data: Rows, counts: Sequence[int], options: LinearOptions, seed: int) -> int:
    return int(best(counts, path_scores(learn, data, counts, folds=options.folds, seed=seed)))
