"""A network of regulation out of profiles: every method asked, one table of edges, and its score by a gold standard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.biology.regulation.consensus import mean_rank
from drugexp.biology.regulation.correlation import signed_correlation
from drugexp.biology.regulation.methods import METHODS
from drugexp.biology.regulation.perturbation import perturbation_edges
from drugexp.contract import Progress, silent
from drugexp.errors import InputError
from drugexp.score.edges import EdgeScores, aupr_interval, edge_scores, shuffled_aupr

LEAST_SAMPLES = 8
PERTURBATION = "perturbation"
CONSENSUS = "consensus"


@dataclass(frozen=True, eq=False)
class Network:
    """Scored edges.

    Attributes
    ----------
    genes
        (gene,) names.
    regulators
        (regulator,) positions of genes.
    scores
        Method -> (regulator, gene) of 0 or more, 0 of a gene with itself; several methods: `CONSENSUS` too. NaN where
        a method tells nothing.
    correlation
        (regulator, gene) Spearman correlations: their sign is that of an edge.
    effect
        (regulator, gene) t statistics where a compound hit the regulator; None without targets, NaN where unknown.
    lead
        The method whose order counts.
    """

    genes: tuple[str, ...]
    regulators: np.ndarray
    scores: Mapping[str, np.ndarray]
    correlation: np.ndarray
    effect: np.ndarray | None
    lead: str

    def edges(self, top: int | None = None) -> pd.DataFrame:
        """Return edges, the strongest first: ``regulator, target, rank, score, sign, spearman`` and a column a method.

        Parameters
        ----------
        top
            How many; None: all with a score above 0.
        """
        score = np.nan_to_num(self.scores[self.lead])
        order = np.argsort(-score, axis=None, kind="stable")
        order = order[: int((score > 0).sum())][:top]
        rows, columns = np.unravel_index(order, score.shape)
        names = np.array(self.genes, dtype=object)
        table = pd.DataFrame(
            {
                "regulator": names[self.regulators[rows]],
                "target": names[columns],
                "rank": np.arange(1, len(order) + 1),
                "score": score[rows, columns],
                "sign": np.where(self.correlation[rows, columns] < 0, "-", "+"),
                "spearman": self.correlation[rows, columns],
            }
        )
        others = {name: found[rows, columns] for name, found in self.scores.items() if name != self.lead}
        if self.effect is not None:
            others["perturbation_t"] = self.effect[rows, columns]
        return table.assign(**others)


def infer(
    profiles: np.ndarray,
    genes: Sequence[str],
    regulators: np.ndarray,
    methods: Sequence[str],
    *,
    hit: Mapping[int, np.ndarray] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Network:
    """Ask the methods for edges.

    Parameters
    ----------
    profiles
        (sample, gene), finite.
    genes
        (gene,) names.
    regulators
        (regulator,) positions of genes.
    methods
        Names of `METHODS`.
    hit
        Regulator -> (sample,) bool; see `perturbation_edges`. Enters the consensus.
    seed
        Of what is drawn.
    progress
        Told before each method.

    Raises
    ------
    InputError
        With fewer than `LEAST_SAMPLES` samples, or where no gene varies.
    """
    if len(profiles) < LEAST_SAMPLES:
        raise InputError(f"{len(profiles)} profiles are too few for a network; at least {LEAST_SAMPLES} are needed")
    if not (profiles.std(axis=0) > 0).any():
        raise InputError("no gene varies among the profiles")
    scores: dict[str, np.ndarray] = {}
    for at, name in enumerate(methods):
        progress(at, len(methods), METHODS[name].title)
        scores[name] = METHODS[name].find(profiles, regulators, seed)
    effect = None if hit is None else perturbation_edges(profiles, hit, regulators)
    if effect is not None:
        scores[PERTURBATION] = np.abs(effect)
    lead = next(iter(scores))
    if len(scores) > 1:
        scores[CONSENSUS] = mean_rank(list(scores.values()), regulators)
        lead = CONSENSUS
    return Network(tuple(genes), regulators, scores, signed_correlation(profiles, regulators), effect, lead)


@dataclass(frozen=True, eq=False)
class Judged:
    """How well a method finds the edges of a gold standard.

    Attributes
    ----------
    method
        Its name.
    scores
        Among the regulators of the gold standard and all genes.
    low, high
        95% interval of the AUPR over regulators.
    shuffled
        The largest AUPR of gold standards dealt out anew.
    """

    method: str
    scores: EdgeScores
    low: float
    high: float
    shuffled: float


def judge(network: Network, gold: pd.DataFrame, *, seed: int = 0) -> tuple[list[Judged], tuple[str, ...]]:
    """Hold a network against known edges.

    Parameters
    ----------
    network
        With scored edges.
    gold
        ``regulator, target``. Only its regulators that the network knows are judged, over all genes; a pair that it
        does not name counts as false.
    seed
        Of intervals and shuffles.

    Returns
    -------
    judged, notes
        One entry a method, and how much of the gold standard could be used.

    Raises
    ------
    InputError
        If it shares no edge with the network.
    """
    place = {name: at for at, name in enumerate(network.genes)}
    row = {int(gene): at for at, gene in enumerate(network.regulators)}
    truth = np.zeros((len(network.regulators), len(network.genes)), dtype=bool)
    for regulator, target in zip(gold["regulator"].astype(str), gold["target"].astype(str), strict=True):
        one, other = place.get(regulator), place.get(target)
        if one is not None and other is not None and one != other and one in row:
            truth[row[one], other] = True
    used = truth.sum(axis=1) > 0
    if not used.any():
        raise InputError("no edge of the gold standard is among the regulators and genes of the profiles")
    note = (
        f"{int(truth.sum()):,} of {len(gold):,} known edges are among these genes, of {int(used.sum())} regulators; "
        f"pairs that the gold standard does not name count as false"
    )
    mask = np.ones(truth.shape, dtype=bool)
    mask[np.arange(len(mask)), network.regulators] = False
    mask &= used[:, None]
    group = np.repeat(np.arange(len(mask)), mask.sum(axis=1))
    found = []
    for name, scores in network.scores.items():
        values, edges = np.nan_to_num(scores[mask]), truth[mask]
        low, high = aupr_interval(values, edges, group, seed=seed)
        shuffled = float(shuffled_aupr(values, edges, seed=seed).max())
        found.append(Judged(name, edge_scores(values, edges), low, high, shuffled))
    return found, (note,)
