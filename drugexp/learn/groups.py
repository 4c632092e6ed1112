"""Groups over all screens in play: what must leave together when it is held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from drugexp.contract import Level, Screen
from drugexp.contract.tables import looked_up


def keys_of(perturbations: pd.DataFrame, screen: str, level: Level) -> list[set[str]]:
    """Return for each perturbation the keys that tie it to others.

    ``compound`` ties by InChIKey-14 (or id, where there is none), by the
    standard structure, since sources give a salt and its parent keys of their
    own, and by the source's own `group`, which names rows that must never be
    split (one profile under two keys, say); ``scaffold`` adds the scaffold.
    """
    keys = []
    columns = perturbations[["id", "kind", "inchikey14", "scaffold", "group", "smiles"]].fillna("").astype(str)
    for row in columns.itertuples(index=False):
        if row.kind != "compound":
            keys.append({f"{row.kind}:{row.id}"})
            continue
        mine = {f"key:{row.inchikey14}"} if row.inchikey14 else {f"id:{screen}:{row.id}"}
        if row.smiles:
            mine.add(f"structure:{row.smiles}")
        if row.group:
            mine.add(f"group:{screen}:{row.group}")
        if level == "scaffold" and row.scaffold:
            mine.add(f"scaffold:{row.scaffold}")
        keys.append(mine)
    return keys


def joint_groups(screens: Sequence[Screen], level: Level = "scaffold") -> list[np.ndarray]:
    """Return for each screen the group of each sample, (sample,) int64.

    Two perturbations of any two screens share a group when a chain of shared
    keys (see `keys_of`) joins them.

    Parameters
    ----------
    screens
        All screens in play; a held-out group must leave every one of them.
    level
        How far a group reaches.
    """
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    first: list[list[str]] = []
    for screen in screens:
        mine = []
        for keys in keys_of(screen.perturbations, screen.name, level):
            ordered = sorted(keys)
            for other in ordered[1:]:
                parent[find(other)] = find(ordered[0])
            mine.append(ordered[0])
        first.append(mine)
    number: dict[str, int] = {}
    result = []
    for screen, mine in zip(screens, first, strict=True):
        roots = np.array([number.setdefault(find(key), len(number)) for key in mine], dtype=np.int64)
        at = pd.Series(roots, index=screen.perturbations["id"])
        result.append(looked_up(screen.samples["perturbation"], at))
    return result


def row_keys(screen: Screen, rows: np.ndarray, level: Level) -> list[set[str]]:
    """Return the keys (see `keys_of`) of the perturbation of each of some samples; equal ones are one set.

    Parameters
    ----------
    screen
        The screen.
    rows
        (row,) positions of samples.
    level
        As of `keys_of`.
    """
    table = screen.perturbations
    keys = dict(zip(table["id"], keys_of(table, screen.name, level), strict=True))
    return [keys[name] for name in screen.samples["perturbation"].to_numpy()[rows]]
