"""Which sets of genes move in profiles, beside profiles with shuffled genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from drugexp.biology.movement.profiles import Profiles
from drugexp.biology.movement.ranked import prerank
from drugexp.biology.movement.sets import mean_z, over_representation
from drugexp.biology.movement.strongest import NAMED, named_genes
from drugexp.errors import InputError
from drugexp.intake.genes import reconcile
from drugexp.score.paired import benjamini_hochberg

Test = Literal["mean-z", "over-representation", "gsea"]
LEVEL = 0.05
SHUFFLES = 50


def set_table(
    profiles: Profiles,
    sets: Mapping[str, Sequence[str]],
    *,
    test: Test = "mean-z",
    least: int = 5,
    most: int = 500,
    top: int = 50,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Test whether sets of genes move.

    Parameters
    ----------
    profiles
        What is tested.
    sets
        Name -> genes.
    test
        ``mean-z``; ``over-representation`` among the `top` raised, and among the `top` lowered genes; ``gsea``:
        gseapy's prerank.
    least, most
        Sets with fewer or more genes on the axis are left out.
    draws, seed
        Of ``gsea``, and of profiles with shuffled genes.

    Returns
    -------
    pandas.DataFrame
        One row a profile and set (and direction), by p-value: ``query, set, direction, genes, score, p_value, q_value,
        strongest``; the q-value is Benjamini and Hochberg's over the sets of a profile (of ``gsea`` its own).
    pandas.DataFrame
        One row a profile: ``sets_found`` with q below 0.05, and ``sets_by_chance``, its mean over shuffled genes.
    str
        How many sets were used.

    Raises
    ------
    InputError
        If no set has enough genes on the axis.
    """
    members, names = _members(sets, profiles, least, most)
    note = f"{len(names)} of {len(sets)} sets have {least} to {most} of the {len(profiles.genes)} genes"
    parts, rows = [], []
    for at, query in enumerate(profiles.table["query"]):
        values = profiles.compared[at]
        rng = np.random.default_rng((seed, at))
        if test == "gsea":
            table = _by_gsea(values, profiles, members, names, draws, seed)
            found = int((table["q_value"] < LEVEL).sum())
            shuffled = _by_gsea(rng.permutation(values), profiles, members, names, draws, seed)
            chance = float((shuffled["q_value"] < LEVEL).sum())
        else:
            table, found = _tested(values, profiles, members, names, test, top)
            counts = [_found(rng.permutation(values), members, test, top) for _ in range(min(draws, SHUFFLES))]
            chance = float(np.mean(counts)) if counts else float("nan")
        parts.append(table.assign(query=query))
        rows.append({"query": query, "sets_found": found, "sets_by_chance": chance})
    columns = ["query", "set", "direction", "genes", "score", "p_value", "q_value", "strongest"]
    return pd.concat(parts, ignore_index=True)[columns], pd.DataFrame(rows), note


def _members(
    sets: Mapping[str, Sequence[str]], profiles: Profiles, least: int, most: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    unique = list(dict.fromkeys(gene for genes in sets.values() for gene in genes))
    positions = dict(zip(unique, reconcile(unique, profiles.genes).positions.tolist(), strict=True))
    rows, names = [], []
    for name, genes in sets.items():
        at = sorted({positions[g] for g in genes if positions[g] >= 0})
        if least <= len(at) <= most:
            row = np.zeros(len(profiles.genes))
            row[at] = 1.0
            rows.append(row)
            names.append(name)
    if not rows:
        raise InputError(
            f"no set has {least} to {most} of the {len(profiles.genes)} genes.",
            hint="Name genes by symbol, Ensembl id or Entrez id, or ask for smaller sets with --least.",
        )
    return np.stack(rows), tuple(names)


def _tested(
    values: np.ndarray, profiles: Profiles, members: np.ndarray, names: tuple[str, ...], test: Test, top: int
) -> tuple[pd.DataFrame, int]:
    genes = np.array(profiles.genes.ids)
    parts, found = [], 0
    for direction, score, p_value in _scored(values, members, test, top):
        q = benjamini_hochberg(p_value)
        found += int((q < LEVEL).sum())
        side = np.sign(score) if direction == "" else np.full(len(names), 1.0 if direction == "up" else -1.0)
        parts.append(
            pd.DataFrame(
                {
                    "set": names,
                    "direction": np.where(side >= 0, "up", "down"),
                    "genes": members.sum(axis=1).astype(int),
                    "score": score,
                    "p_value": p_value,
                    "q_value": q,
                    "strongest": [named_genes(values * s, m > 0, genes) for s, m in zip(side, members, strict=True)],
                }
            )
        )
    joined = pd.concat(parts, ignore_index=True)
    return joined.sort_values("p_value", kind="stable"), found


def _scored(values: np.ndarray, members: np.ndarray, test: Test, top: int) -> list[tuple[str, np.ndarray, np.ndarray]]:
    if test == "mean-z":
        found = mean_z(values[None], members)
        return [("", found.score[0], found.p_value[0])]
    lists = np.zeros((2, len(values)))
    order = np.argsort(-values, kind="stable")
    lists[0, order[:top]] = lists[1, order[::-1][:top]] = 1.0
    lists *= np.stack([values > 0, values < 0])
    found = over_representation(lists, members)
    return [(name, found.score[at], found.p_value[at]) for at, name in enumerate(("up", "down"))]


def _found(values: np.ndarray, members: np.ndarray, test: Test, top: int) -> int:
    return sum(int((benjamini_hochberg(p) < LEVEL).sum()) for _, _, p in _scored(values, members, test, top))


def _by_gsea(
    values: np.ndarray, profiles: Profiles, members: np.ndarray, names: tuple[str, ...], draws: int, seed: int
) -> pd.DataFrame:
    ids = np.array(profiles.genes.ids)
    sets = {name: ids[row > 0].tolist() for name, row in zip(names, members, strict=True)}
    found = prerank(values, profiles.genes.ids, sets, draws=draws, seed=seed)
    sizes = dict(zip(names, members.sum(axis=1).astype(int).tolist(), strict=True))
    leading = found["leading_edge"].str.split("|").map(lambda some: "|".join(some[:NAMED]))
    return pd.DataFrame(
        {
            "set": found["set"],
            "direction": np.where(found["normalised"] >= 0, "up", "down"),
            "genes": found["set"].map(sizes),
            "score": found["normalised"],
            "p_value": found["p_value"],
            "q_value": found["q_value"],
            "strongest": leading,
        }
    ).sort_values(["p_value", "q_value"], kind="stable")
