"""Predicted profiles of compounds that a recipe has not seen: it is trained anew for each fold of scaffolds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import Screen
from drugexp.evaluate.controls import shuffle_compounds
from drugexp.intake.store import read_screen
from drugexp.learn.groups import joint_groups
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.parts import Part
from drugexp.learn.pipeline import apply, fit
from drugexp.learn.recipe import read_recipe
from drugexp.learn.splits import fixed, iterate
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The tested rows of a recipe's primary screen.

    Attributes
    ----------
    screen
        The tested samples.
    predicted, shuffled
        (sample, gene) in the model's space, by the recipe without the sample's scaffold; the same, trained and asked
        with the compounds in disorder.
    group
        (sample,) scaffold groups over all screens of the recipe.
    fold
        (sample,).
    """

    screen: Screen
    predicted: np.ndarray
    shuffled: np.ndarray
    group: np.ndarray
    fold: np.ndarray


def held_out(recipe_file: str | Path, *, column: str = "fold", keep: Path | None = None) -> HeldOut:
    """Train a recipe for each of the folds that a column of its first screen fixes, and predict what was held out.

    Parameters
    ----------
    recipe_file
        A training recipe; its first screen is the one that is predicted.
    column
        Of the samples, with the number of the fold.
    keep
        Where the predictions are kept, and read again.
    """
    recipe, registry, store = read_recipe(recipe_file), discover(), FeatureStore.default()
    known = read_screen(recipe.cells, registry=registry).cells
    read = [identify(read_screen(c.name, registry=registry, options=c.options), known).screen for c in recipe.screens]
    screens = one_structure(read)
    groups = joint_groups(screens, "scaffold")[0]
    splits = list(iterate(screens, fixed(screens, column)))
    rows = np.concatenate([split.test for split in splits])
    fold = np.concatenate([np.full(len(split.test), split.fold) for split in splits])
    if keep is not None and keep.is_file():
        with np.load(keep) as found:
            if np.array_equal(found["rows"], rows):
                return HeldOut(screens[0].take(rows), found["predicted"], found["shuffled"], groups[rows], fold)
    profiles: dict[str, list[np.ndarray]] = {"predicted": [], "shuffled": []}
    for split in splits:
        for name, given in (
            ("predicted", screens),
            ("shuffled", shuffle_compounds(screens, (recipe.seed, split.fold))),
        ):
            parts = [
                Part(screen, train, choice.transform, choice.weight)
                for screen, train, choice in zip(given, split.train, recipe.screens, strict=True)
            ]
            fitted = fit("recipe", recipe.model, parts, known, registry, seed=recipe.seed, store=store)
            test = given[0].take(split.test)
            blank = replace(test, values=np.zeros_like(test.values), state=None, bound=None)
            profiles[name].append(apply(fitted, blank, registry, store=store).mean)
            print(f"fold {split.fold}, {name}: {len(test)} compounds", flush=True)
    made = {name: np.concatenate(parts) for name, parts in profiles.items()}
    if keep is not None:
        np.savez(keep, rows=rows, **made)
    return HeldOut(screens[0].take(rows), made["predicted"], made["shuffled"], groups[rows], fold)


def as_table(found: HeldOut) -> pd.DataFrame:
    """Return the labels of the tested compounds, one row a sample."""
    table = found.screen.perturbations.set_index("id").loc[found.screen.samples["perturbation"]].reset_index()
    return table.assign(fold=found.fold, scaffold_group=found.group)
