"""Which references queries are like or unlike, how that stands beside chance, and what mechanisms it speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from drugexp.biology.connect.chance import by_chance
from drugexp.biology.connect.measures import Aims, Measure, connectivity, needs_sets
from drugexp.biology.connect.mechanisms import vote
from drugexp.biology.connect.references import LABELS, References
from drugexp.score.connectivity_scale import first_scaled, maximum_quantile, normalised, tau
from drugexp.score.paired import corrected

Want = Literal["mimic", "reverse"]
By = Literal["signature", "compound"]
MOST_BACKGROUND = 1000
LEAST_BACKGROUND = 20
LEAST_OF_MECHANISM = 3


@dataclass(frozen=True)
class Question:
    """What is asked of every query.

    Attributes
    ----------
    measure, extremes
        See `drugexp.biology.connect.measures.blocks`.
    want
        Whether references like a query come first, or those like its reverse.
    by
        Whether each reference signature stands alone, or those of one compound are one (`maximum_quantile`).
    set_size
        How many raised and lowered genes of a profile are looked up.
    top
        How many references of each query are told; 0: all.
    nearest
        How many annotated compounds vote for a mechanism.
    draws, seed
        Random signatures for each query, and deals of mechanisms.
    """

    measure: Measure = "wtcs"
    extremes: int = 100
    want: Want = "mimic"
    by: By = "signature"
    set_size: int = 50
    top: int = 50
    nearest: int = 10
    draws: int = 500
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Queries:
    """What is held against the references.

    Attributes
    ----------
    table
        One row a query: ``query``, ``inchikey14`` (empty where it is no compound), and whatever else tells of it.
    aims
        On the axis of the references.
    """

    table: pd.DataFrame
    aims: Aims


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of it.

    Attributes
    ----------
    ranking
        One row a query and reference: rank, labels, ``score`` (negative where it is like the reverse), ``normalised``
        (NCS; of ``ks`` the score on -1 to 1), ``tau`` in percent, ``p_value`` among random signatures, ``q_value``
        (Benjamini and Hochberg over the references of a query), ``same_compound``, ``mechanism``.
    queries
        One row a query: how many genes were looked up, the best score, what the best of random signatures stays below
        in 95% of draws, and how often random ones do as well.
    mechanisms
        One row a query and mechanism that one of the nearest compounds has.
    notes
        What the user should know.
    """

    ranking: pd.DataFrame
    queries: pd.DataFrame
    mechanisms: pd.DataFrame
    notes: tuple[str, ...]


def answer(
    queries: Queries, references: References, question: Question, mechanisms: Sequence[tuple[str, ...]] | None = None
) -> Answer:
    """Hold queries against references.

    Parameters
    ----------
    queries, references
        On the same genes.
    question
        What is asked.
    mechanisms
        (reference,) those of each; None: nobody votes.
    """
    asked = _Asked(references, question)
    sign = -1.0 if question.want == "reverse" else 1.0
    scores = asked.score(queries.aims)
    chance = by_chance(
        sign * scores,
        queries.aims,
        lambda aims: sign * asked.score(aims),
        references.used,
        sets=needs_sets(question.measure),
        draws=question.draws,
        seed=question.seed,
    )
    own = asked.keys[None, :] == queries.table["inchikey14"].to_numpy(dtype=object)[:, None]
    own &= asked.keys[None, :] != ""
    scaled = asked.scaled(queries.aims)
    share, notes = asked.tau(scaled)
    told = None if mechanisms is None else [mechanisms[at] for at in asked.first]
    columns = {"score": scores, "normalised": scaled, "tau": share, "p_value": chance.p_value, "same_compound": own}
    ranking = _ranking(queries, asked.labels, columns, sign, question.top, told)
    table = queries.table.drop(columns="inchikey14").assign(
        up=queries.aims.up.sum(axis=1).astype(int),
        down=queries.aims.down.sum(axis=1).astype(int),
        best_score=[_best(row, sign) for row in scores],
        chance_best=sign * chance.best,
        best_p=chance.best_p,
    )
    calls = _calls(queries, sign * np.where(own, np.nan, scores), told, asked.keys, question)
    return Answer(ranking, table, calls, notes)


class _Asked:
    """The scores of queries, of signatures or of compounds, as a question wants them."""

    def __init__(self, references: References, question: Question) -> None:
        self.references, self.question = references, question
        keys = references.labels["inchikey14"].to_numpy(dtype=object)
        ids = references.labels["compound_id"].to_numpy(dtype=object)
        names = np.array([k or f"id {i}" for k, i in zip(keys, ids, strict=True)], dtype=object)
        if question.by == "compound":
            codes, _ = pd.factorize(names)
            self.owner: np.ndarray | None = codes
            self.first = np.unique(codes, return_index=True)[1]
        else:
            self.owner, self.first = None, np.arange(len(references))
        self.keys = keys[self.first]
        labels = references.labels.iloc[self.first].reset_index(drop=True)
        self.labels = labels.drop(columns=["cell", "dose_um", "hours"]) if self.owner is not None else labels
        if self.owner is not None:
            self.labels = self.labels.assign(signatures=np.bincount(self.owner))

    def score(self, aims: Aims) -> np.ndarray:
        """Return raw scores, (query, signature or compound)."""
        return self._of_owners(self._raw(aims))

    def scaled(self, aims: Aims) -> np.ndarray:
        """Return scores on the scale that queries share."""
        raw = self._raw(aims)
        if self.question.measure == "ks":
            raw = first_scaled(raw)
        elif self.question.measure == "wtcs":
            raw = normalised(raw, self.references.labels["cell"].to_numpy(dtype=str))
        return self._of_owners(raw)

    def tau(self, scaled: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return tau with the references themselves as the other queries, and what is to be said of it."""
        references, question = self.references, self.question
        rows = np.arange(len(references))
        if len(rows) > MOST_BACKGROUND:
            rows = np.sort(np.random.default_rng(question.seed).choice(rows, MOST_BACKGROUND, replace=False))
        if len(rows) < LEAST_BACKGROUND:
            note = f"{len(rows)} references are too few to say how common a score is; tau is left out"
            return np.full(scaled.shape, np.nan, dtype=np.float32), (note,)
        background = self.scaled(Aims.of_profiles(references.values[rows], references.used, question.set_size))
        owner = np.arange(len(references)) if self.owner is None else self.owner
        keys = references.labels["inchikey14"].to_numpy(dtype=object)[rows]
        same = (self.keys[None, :] == keys[:, None]) & (self.keys[None, :] != "")
        same[np.arange(len(rows)), owner[rows]] = True
        return tau(scaled, np.where(same, np.nan, background)), ()

    def _raw(self, aims: Aims) -> np.ndarray:
        references, question = self.references, self.question
        return connectivity(aims, references.values, references.used, question.measure, extremes=question.extremes)

    def _of_owners(self, scores: np.ndarray) -> np.ndarray:
        return scores if self.owner is None else maximum_quantile(scores, self.owner, len(self.first))


def _best(row: np.ndarray, sign: float) -> float:
    return float(sign * np.nanmax(sign * row))


def _ranking(
    queries: Queries,
    labels: pd.DataFrame,
    columns: dict[str, np.ndarray],
    sign: float,
    top: int,
    told: Sequence[tuple[str, ...]] | None,
) -> pd.DataFrame:
    parts = []
    named = [c for c in LABELS if c in labels]
    for at, query in enumerate(queries.table["query"]):
        order = np.argsort(-sign * columns["normalised"][at], kind="stable")
        # What is scaled by the cell line may order otherwise than the raw score; both are told.
        kept = order[: top or None]
        p = columns["p_value"][at]
        q = corrected(p.astype(np.float64), "benjamini-hochberg")
        part = labels.iloc[kept]
        extra = [c for c in labels if c not in named]
        parts.append(
            pd.concat(
                [
                    pd.DataFrame({"query": query, "rank": np.arange(1, len(kept) + 1)}, index=part.index),
                    part[named[:-2]],
                    pd.DataFrame(
                        {
                            **{c: columns[c][at][kept] for c in ("score", "normalised", "tau", "p_value")},
                            "q_value": q[kept],
                            "same_compound": columns["same_compound"][at][kept],
                            **({"mechanism": ["|".join(told[i]) for i in kept]} if told is not None else {}),
                        },
                        index=part.index,
                    ),
                    part[[*named[-2:], *extra]],
                ],
                axis=1,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _calls(
    queries: Queries,
    similarity: np.ndarray,
    told: Sequence[tuple[str, ...]] | None,
    keys: np.ndarray,
    question: Question,
) -> pd.DataFrame:
    columns = ["query", "mechanism", "share", "neighbours", "compounds", "p_value", "q_value"]
    if told is None:
        return pd.DataFrame(columns=columns)
    compounds, owner = np.unique([k or f"{at}" for at, k in enumerate(keys)], return_inverse=True)
    names = sorted({name for some in told for name in some})
    labels = np.zeros((len(compounds), len(names)), dtype=bool)
    place = {name: at for at, name in enumerate(names)}
    for at, some in zip(owner, told, strict=True):
        labels[at, [place[name] for name in some]] = True
    common = np.flatnonzero(labels.sum(axis=0) >= LEAST_OF_MECHANISM)
    labels, names = labels[:, common], [names[at] for at in common]
    annotated = labels.any(axis=1)
    if not annotated.any():
        return pd.DataFrame(columns=columns)
    best = np.full((len(similarity), len(compounds)), -np.inf)
    for at, compound in enumerate(owner):
        best[:, compound] = np.fmax(best[:, compound], similarity[:, at])
    best[~np.isfinite(best)] = np.nan
    votes = vote(
        best[:, annotated],
        labels[annotated],
        nearest=question.nearest,
        draws=max(question.draws, 1000),
        seed=question.seed,
    )
    parts = []
    for at, query in enumerate(queries.table["query"]):
        q = corrected(votes.p_value[at], "benjamini-hochberg")
        shown = np.flatnonzero(votes.count[at])
        shown = shown[np.lexsort((-votes.share[at, shown], votes.p_value[at, shown]))]
        parts.append(
            pd.DataFrame(
                {
                    "query": query,
                    "mechanism": [names[i] for i in shown],
                    "share": votes.share[at, shown],
                    "neighbours": votes.count[at, shown],
                    "compounds": labels.sum(axis=0)[shown],
                    "p_value": votes.p_value[at, shown],
                    "q_value": q[shown],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[columns]
