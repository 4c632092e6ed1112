"""Controls: the same screens with what a model should learn from put in disorder.

Both leave rows, profiles and their order alone, so a split made on the true
screens holds for the shuffled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from drugexp.contract import Screen
from drugexp.learn.groups import keys_of

_STRUCTURE = ["smiles", "inchikey14", "scaffold", "targets"]


def shuffle_compounds(screens: Sequence[Screen], seed: Sequence[int]) -> list[Screen]:
    """Give every compound the structure of another one, the same one in all screens.

    Salts, isomers and repeats that share an InChIKey-14 move as one. Profiles
    keep the source's own `group`, since identical profiles stay identical.

    Parameters
    ----------
    screens
        Identified screens, the primary first.
    seed
        Of the random order. Each compound gets the structure of the next one
        in it, so none keeps its own (unless it is alone).
    """
    tables = [screen.perturbations.assign(key=_compound_keys(screen)) for screen in screens]
    stacked = pd.concat([t[t["key"] != ""] for t in tables], ignore_index=True)
    structures = stacked.drop_duplicates("key").set_index("key")[_STRUCTURE]
    order = structures.index[np.random.default_rng(list(seed)).permutation(len(structures))]
    given = pd.DataFrame(structures.loc[np.roll(order, -1)].to_numpy(), index=order, columns=_STRUCTURE)
    shuffled = []
    for screen, table in zip(screens, tables, strict=True):
        compound = (table["key"] != "").to_numpy()
        table.loc[compound, _STRUCTURE] = given.loc[table.loc[compound, "key"]].to_numpy()
        shuffled.append(replace(screen, perturbations=table.drop(columns="key")))
    return shuffled


def shuffle_cells(screen: Screen, seed: Sequence[int]) -> Screen:
    """Permute the cells among the samples of each compound x dose x time.

    What the compound does on average stays; what it does in which cell goes.
    Samples that are alone in their condition trade cells among each other.
    """
    rng = np.random.default_rng(list(seed))
    samples = screen.samples.copy()
    by = samples.groupby(["perturbation", "dose_um", "hours"], dropna=False, sort=True)
    condition, size = by.ngroup().to_numpy(), by["cell"].transform("size").to_numpy()
    condition = np.where(size > 1, condition, -1)
    into = np.argsort(condition, kind="stable")
    out = np.lexsort((rng.random(len(samples)), condition))
    cells = samples["cell"].to_numpy().copy()
    cells[into] = samples["cell"].to_numpy()[out]
    samples["cell"] = cells
    return replace(screen, samples=samples)


def _compound_keys(screen: Screen) -> list[str]:
    """Return one key for each compound, empty for other perturbations."""
    keys = keys_of(screen.perturbations, screen.name, "compound")
    return [min(k) if kind == "compound" else "" for k, kind in zip(keys, screen.perturbations["kind"], strict=True)]
