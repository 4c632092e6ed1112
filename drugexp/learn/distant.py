"""Held-out compounds that resemble nothing in training: scaffold folds below a ceiling of similarity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from drugexp.contract import Screen
from drugexp.errors import ModelError, UsageError
from drugexp.learn.neighbours import nearest_training
from drugexp.learn.splits import Split, iterate, prove, scaffold, split_keys
from drugexp.learn.training import morgan_bits


def distant(screens: Sequence[Screen], ceiling: float, folds: int, seed: int) -> Iterator[Split]:
    """Yield scaffold folds whose training keeps no compound as similar to a held-out one as `ceiling`.

    The test is that of the scaffold split; near compounds leave the training
    rows of every screen. The proof adds ``most_similar``, the highest Tanimoto
    similarity of Morgan bits that is left between training and test.

    Parameters
    ----------
    screens
        Identified screens, the primary first.
    ceiling
        Above 0, at most 1.
    folds, seed
        Of the scaffold split.

    Raises
    ------
    UsageError
        If the ceiling makes no sense.
    ModelError
        If the proof fails.
    """
    if not 0 < ceiling <= 1:
        raise UsageError(f"a ceiling of similarity of {ceiling} makes no sense; it must be above 0 and at most 1")
    labels = scaffold(split_keys(screens), folds, seed)
    for split in iterate(screens, labels):
        held = screens[0].take(split.test)
        far = [_nearest(screen, held) < ceiling for screen in screens]
        train = tuple(rows[keep[rows]] for keep, rows in zip(far, split.train, strict=True))
        proof = prove(screens, train, split.test, labels) | check_ceiling(screens, train, split.test, ceiling)
        yield replace(split, train=train, proof=proof)


def check_ceiling(
    screens: Sequence[Screen], train: Sequence[np.ndarray], test: np.ndarray, ceiling: float
) -> dict[str, float]:
    """Compute anew how similar training and test are at most, from the rows alone; return it as ``most_similar``.

    Raises
    ------
    ModelError
        If it reaches the ceiling.
    """
    held, most = screens[0].take(test), 0.0
    for screen, rows in zip(screens, train, strict=True):
        most = max(most, float(_nearest(screen.take(rows), held).max(initial=0.0)))
        if most >= ceiling:
            raise ModelError(
                f"the split leaks: a training compound is {most:.2f} similar to a held-out one, the ceiling {ceiling}",
                where=screen.name,
            )
    return {"ceiling": ceiling, "most_similar": most}


def _nearest(screen: Screen, held: Screen) -> np.ndarray:
    """Return each sample's similarity to the nearest held-out compound, (sample,); 0 without a structure."""
    table, known = screen.perturbations, held.perturbations
    known = known[known["id"].isin(held.samples["perturbation"].unique()) & (known["smiles"] != "")]
    own = table[table["id"].isin(screen.samples["perturbation"].unique()) & (table["smiles"] != "")]
    found = dict.fromkeys(table["id"], 0.0)
    if len(own) and len(known):
        near = nearest_training(morgan_bits(own["smiles"].tolist()), morgan_bits(known["smiles"].tolist()))[0]
        found |= dict(zip(own["id"], near.tolist(), strict=True))
    return screen.samples["perturbation"].map(found).to_numpy(dtype=np.float64)
