"""Clusters of cells from sparse factors of all blocks (in the manner of iCluster), and how many there are.

k clusters need k - 1 latent variables: their centres span no more. Cells are clustered by k-means on the posterior
means. Shen, Olshen and Ladanyi 2009 (Bioinformatics 25:2906), Mo et al. 2013 (PNAS 110:4245).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp_omics.blocks import Blocks, Kind, Scale, learn_scales, measured, scaled
from drugexp_omics.clusters import k_means, nearest
from drugexp_omics.factors.explained import explained
from drugexp_omics.factors.latent import Latent, Loadings, infer
from drugexp_omics.factors.mofa import start
from drugexp_omics.factors.seen import Seen
from drugexp_omics.icluster.counting import Trial, exhausted, settled, trial
from drugexp_omics.icluster.sparse_factors import SparseFactors, fit_sparse, freed
from drugexp_omics.order import signs
from drugexp_omics.scores import Scores

CLUSTERS = range(1, 11)
PENALTIES = (0.0, 1.0, 2.0, 3.0)


@dataclass(frozen=True, eq=False)
class ICluster:
    """Fitted clusters.

    Attributes
    ----------
    scales
        Block name -> scale of the training cells, in alphabetical order.
    loadings
        Block name -> loadings, of the features that are kept by the scale, intercept last.
    centre
        (cluster, latent variable), the largest cluster first.
    explained
        (block, latent variable) share of a block's variance (deviance) among the training cells; latent variables
        are sorted by its sum.
    together
        (block,) share that all explain together.
    trials
        What was tried.
    chosen
        Which of them this is.
    """

    scales: dict[str, Scale]
    loadings: dict[str, Loadings]
    centre: np.ndarray
    explained: np.ndarray
    together: np.ndarray
    trials: tuple[Trial, ...]
    chosen: int

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return len(self.centre)

    def scores(self, blocks: Blocks) -> Scores:
        """Return the latent variables of cells (new ones, or those of the fit) from the blocks they have.

        A cell with nothing measured has 0 with a standard deviation of 1, the prior.

        Raises
        ------
        InputError
            If none of the blocks is given, or one does not fit.
        """
        values = scaled(blocks, self.scales)
        found = infer({name: Seen.of(v, self.scales[name].kind) for name, v in values.items()}, self.loadings)
        return Scores(found.mean, np.sqrt(np.einsum("nkk->nk", found.covariance)), measured(values))

    def labels(self, blocks: Blocks) -> np.ndarray:
        """Return the cluster whose centre is nearest to each cell's latent variables, (cell,) int64."""
        return nearest(self.scores(blocks).values, self.centre)

    def state(self) -> dict[str, Any]:
        """Return arrays and plain values."""
        return {
            "scales": {name: scale.state() for name, scale in self.scales.items()},
            "loadings": {name: {"mean": w.mean, "precision": w.precision} for name, w in self.loadings.items()},
            "centre": self.centre,
            "explained": self.explained,
            "together": self.together,
            "trials": [vars(trial) for trial in self.trials],
            "chosen": self.chosen,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> ICluster:
        """Undo `state`."""
        scales = {name: Scale.restore(state["scales"][name]) for name in sorted(state["scales"])}
        return cls(
            scales,
            {name: Loadings.point(**state["loadings"][name]) for name in scales},
            state["centre"],
            state["explained"],
            state["together"],
            tuple(Trial(**trial) for trial in state["trials"]),
            int(state["chosen"]),
        )


def fit_icluster(
    blocks: Blocks,
    *,
    clusters: Sequence[int] = CLUSTERS,
    penalties: Sequence[float] = PENALTIES,
    kinds: Mapping[str, Kind] | None = None,
    steps: int = 200,
) -> ICluster:
    """Fit sparse factors and clusters, by penalised expectation-maximisation; there is no chance in it.

    Number and penalty are chosen together (`drugexp_omics.icluster.counting`). Numbers are tried upwards until two in
    a row bring nothing.

    Parameters
    ----------
    blocks
        Block name -> (cell, feature), NaN where not measured; whole blocks of cells may be missing.
    clusters
        How many may be, upwards.
    penalties
        Of loadings (`fit_sparse`), upwards.
    kinds
        Block name -> ``gaussian`` or ``bernoulli``; of others, 0 and 1 alone make a block Bernoulli.
    steps
        Of each fit at most.

    Raises
    ------
    InputError
        If the blocks do not fit together.
    """
    scales = learn_scales(blocks, kinds)
    seen = {name: Seen.of(v, scales[name].kind) for name, v in scaled(blocks, scales).items()}
    begin = start(seen, max(max(clusters) - 1, 0))
    possible = [k for k in clusters if k - 1 <= begin.mean.shape[1]] or [begin.mean.shape[1] + 1]
    trials: list[Trial] = []
    fits: list[SparseFactors] = []
    for number in possible:
        latent = Latent(begin.mean[:, : number - 1], begin.covariance[:, : number - 1, : number - 1])
        if penalties[0]:
            latent = fit_sparse(seen, latent, 0.0, steps=steps).latent
        for penalty in penalties:
            fits.append(fit_sparse(seen, latent, penalty, steps=steps))
            trials.append(trial(seen, fits[-1], number, penalty))
            latent = fits[-1].latent  # the next penalty starts where this one ended: a factor at 0 stays there
            if number == 1:
                break  # no loadings, no penalty
        if exhausted(trials):
            break
    chosen = settled(trials)
    return _finished(scales, seen, freed(seen, fits[chosen], steps=steps), tuple(trials), chosen)


def _finished(
    scales: dict[str, Scale], seen: Mapping[str, Seen], fitted: SparseFactors, trials: tuple[Trial, ...], chosen: int
) -> ICluster:
    share, together = explained(seen, fitted.loadings, fitted.latent)
    order = np.argsort(-share.sum(axis=0), kind="stable")
    turn = signs(np.vstack([own.mean[:, :-1] for own in fitted.loadings.values()]))[order]
    loadings = {
        name: Loadings.point(np.column_stack([own.mean[:, order] * turn, own.mean[:, -1]]), own.precision)
        for name, own in fitted.loadings.items()
    }
    centre = k_means(fitted.latent.mean[:, order] * turn, trials[chosen].clusters)[1]
    return ICluster(scales, loadings, centre, share[:, order], together, trials, chosen)
