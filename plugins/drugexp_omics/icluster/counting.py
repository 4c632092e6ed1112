"""How many clusters there are: what speaks for each number, and which one is settled on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drugexp_omics.clusters import k_means
from drugexp_omics.factors.seen import Seen
from drugexp_omics.icluster.sparse_factors import SparseFactors

EVIDENCE = 10.0
"""A difference of BIC that counts as very strong (Kass and Raftery 1995)."""


@dataclass(frozen=True)
class Trial:
    """One number of clusters with one penalty.

    Attributes
    ----------
    clusters, penalty
        What was tried.
    likelihood
        Log likelihood of the training cells, before loadings are freed of their price: those that were picked out of
        noise by chance would else look better than they are. Of Bernoulli blocks its lower bound.
    kept
        Loadings that are not 0.
    bic
        ``log(cells) (kept + intercepts + variances) - 2 likelihood``; the least is best.
    pod
        Proportion of deviance (`deviation`), 0 to 1; the least is best, and of two clusters it is always low.
    """

    clusters: int
    penalty: float
    likelihood: float
    kept: int
    bic: float
    pod: float


def trial(seen: Mapping[str, Seen], fitted: SparseFactors, clusters: int, penalty: float) -> Trial:
    """Return what speaks for a fit."""
    free = sum(block.values.shape[1] * (2 if block.kind == "gaussian" else 1) for block in seen.values())
    likelihood, kept = float(fitted.likelihood[-1]), fitted.kept
    bic = float(np.log(len(fitted.latent.mean)) * (kept + free) - 2 * likelihood)
    pod = deviation(fitted.latent.mean, k_means(fitted.latent.mean, clusters)[0])
    return Trial(clusters, float(penalty), likelihood, kept, bic, pod)


def deviation(latent: np.ndarray, cluster: np.ndarray) -> float:
    """Return the proportion of deviance of the latent variables' cosines from whole blocks (Shen et al. 2009).

    It is the mean of |B - A|, where B has the cosine of each two cells, 0 where negative, and A has 1 where both are
    of one cluster and 0 elsewhere.

    Parameters
    ----------
    latent
        (cell, latent variable).
    cluster
        (cell,).
    """
    size = np.linalg.norm(latent, axis=1, keepdims=True)
    unit = latent / np.maximum(size, 1e-12)
    return float(np.abs(np.clip(unit @ unit.T, 0, 1) - (cluster[:, None] == cluster)).mean())


def settled(trials: Sequence[Trial]) -> int:
    """Return the position of the trial that is settled on.

    Of each number of clusters the trial with the least BIC counts; each cluster more must lower it by `EVIDENCE`.
    """
    return min((trial.bic + EVIDENCE * trial.clusters, i) for i, trial in enumerate(trials))[1]


def exhausted(trials: Sequence[Trial]) -> bool:
    """Return whether two numbers above the one that is settled on have been tried, so that more need not be."""
    best = trials[settled(trials)].clusters
    return len({trial.clusters for trial in trials if trial.clusters > best}) >= 2
