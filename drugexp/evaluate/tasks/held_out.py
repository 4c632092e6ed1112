"""Folds over the scaffolds of all tasks, and what a network of some tasks predicts of each that is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from drugexp.contract import OBSERVED, Cells, Screen
from drugexp.errors import ModelError, UsageError
from drugexp.evaluate.tasks.judging import Judged, judge_outcomes, judge_profiles
from drugexp.learn.groups import joint_groups
from drugexp.learn.parts import Part, parts_of
from drugexp.learn.pipeline import Pipeline, fit, inputs
from drugexp.learn.precision import full_precision
from drugexp.learn.recipe import ModelChoice, Recipe, ScreenChoice
from drugexp.learn.splits import balanced
from drugexp.learn.transforms import fit_transform
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore


@dataclass(frozen=True, eq=False)
class Material:
    """What networks of tasks are trained and judged on.

    Attributes
    ----------
    recipe
        Names the screens and the model.
    screens
        Identified, one for each of the recipe's.
    known
        Cell lines known by name.
    groups
        For each screen, (sample,) scaffold group over all screens.
    folds
        For each screen, (sample,) the fold in which a sample is held out.
    """

    recipe: Recipe
    screens: tuple[Screen, ...]
    known: Cells
    groups: tuple[np.ndarray, ...]
    folds: tuple[np.ndarray, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the screens, which are the tasks of the table."""
        return tuple(screen.name for screen in self.screens)


def material(recipe: Recipe, screens: Sequence[Screen], known: Cells, *, folds: int, most: int = 0) -> Material:
    """Return screens with joint folds.

    Parameters
    ----------
    recipe
        Its seed deals the groups to folds.
    screens
        Identified.
    known
        Cell lines known by name.
    folds
        How many. Groups are as even as can be by the compounds of each, over all screens.
    most
        Most samples of a screen, drawn at random; 0: all.

    Raises
    ------
    UsageError
        If screens are mixed in or classes, which have no scores of their own, or there is one task alone.
    """
    if len(screens) < 2:
        raise UsageError("one task gives nothing to another; the recipe needs at least two screens")
    other = [c.name for c in recipe.screens if c.mix is not None or c.classes is not None]
    if other:
        raise UsageError(f"{other[0]!r} is mixed in or learnt as classes, and has no score of its own")
    if len({s.name for s in screens}) < len(screens):
        raise UsageError("two screens of the recipe have the same name")
    rng = np.random.default_rng(recipe.seed)
    few = [s.take(np.sort(rng.choice(len(s), most, replace=False))) if most and len(s) > most else s for s in screens]
    groups = joint_groups(few, "scaffold")
    pairs = pd.concat(
        [
            pd.DataFrame({"group": g, "compound": s.samples["perturbation"].astype(str).to_numpy()})
            for g, s in zip(groups, few, strict=True)
        ]
    ).drop_duplicates()
    label = dict(zip(pairs["group"], balanced(pairs["group"].to_numpy(), folds, recipe.seed), strict=True))
    labels = [np.array([label[one] for one in own.tolist()]) for own in groups]
    return Material(recipe, tuple(few), known, tuple(groups), tuple(labels))


def shuffled(screen: Screen, seed: int) -> Screen:
    """Return a screen whose compounds have dealt their structures among each other; labels keep their samples."""
    table = screen.perturbations.copy()
    order = np.random.default_rng(seed).permutation(len(table))
    for column in ("smiles", "targets"):
        table[column] = table[column].to_numpy()[order]
    return replace(screen, perturbations=table)


def held_out(
    material: Material,
    chosen: Sequence[int],
    registry: Registry,
    *,
    options: Mapping[str, object] | None = None,
    mixed_up: Sequence[int] = (),
    store: FeatureStore | None = None,
) -> tuple[dict[str, Judged], dict[str, float]]:
    """Train one network a fold on some tasks, and judge what it says of their held-out samples.

    Parameters
    ----------
    material
        Screens and folds.
    chosen
        Positions of the tasks.
    registry
        Where the model is found.
    options
        In the place of the model's own.
    mixed_up
        Positions of tasks whose compounds are shuffled in training. Samples that are judged keep theirs.
    store
        Cache of features.

    Returns
    -------
    tuple
        Task -> its scores over all folds; and task -> its mean learnt weight, empty where weights are fixed.
    """
    recipe = material.recipe
    model = ModelChoice(name=recipe.model.name, options={**recipe.model.options, **(options or {})})
    training = [shuffled(s, recipe.seed + 1) if at in mixed_up else s for at, s in enumerate(material.screens)]
    found: dict[str, list[Judged]] = {material.names[at]: [] for at in chosen}
    weights: list[dict[str, float]] = []
    for fold in sorted({int(f) for at in chosen for f in np.unique(material.folds[at])}):
        choices: list[ScreenChoice | None] = [
            recipe.screens[at] if at in chosen else None for at in range(len(training))
        ]
        rows = [np.flatnonzero(labels != fold) for labels in material.folds]
        parts = parts_of(training, choices, rows)
        pipeline = fit(
            recipe.name, model, parts, material.known, registry, seed=recipe.seed + fold, valid_share=0, store=store
        )
        weights.append(_weights(pipeline))
        for at in chosen:
            test = np.flatnonzero(material.folds[at] == fold)
            if len(test):
                part = next(p for p in parts if p.screen is training[at])
                truth = material.screens[at]
                found[truth.name].append(_judged(pipeline, truth, test, part, registry, store))
    learnt = {name: float(np.mean([w[name] for w in weights])) for name in weights[0]} if weights[0] else {}
    return {name: Judged.joined(each, _order(material, name)) for name, each in found.items()}, learnt


def _order(material: Material, name: str) -> np.ndarray:
    labels = material.folds[material.names.index(name)]
    return np.concatenate([np.flatnonzero(labels == fold) for fold in np.unique(labels)])


def _weights(pipeline: Pipeline) -> dict[str, float]:
    history = getattr(pipeline.fitted, "history", None) or [{}]
    return {name: float(np.mean(each)) for name, each in history[-1].get("weights", {}).items()}


def _judged(
    pipeline: Pipeline, screen: Screen, test: np.ndarray, part: Part, registry: Registry, store: FeatureStore | None
) -> Judged:
    """Return how the samples `test` of a screen are predicted, in the model's space or on the outcomes' own scales."""
    told = screen.take(test)
    batch = inputs(pipeline, told, registry, store=store)
    ask = getattr(pipeline.fitted, "predict_task", None)
    if ask is None:
        raise ModelError(f"model {pipeline.model.bare!r} cannot be asked for its tasks one by one")
    train = screen.take(part.rows)
    known, past = _values(told), _values(train)
    with full_precision():
        if not part.outcomes:
            transform = fit_transform(part.steps, np.nan_to_num(past), np.isfinite(past))
            truth, before = (transform.forward(values) for values in (known, past))
            return judge_profiles(truth, ask(screen.name, batch).mean, before)
        predicted = np.full(known.shape, np.nan)
        for head in pipeline.outcomes:
            if head.screen == screen.name:
                predicted[:, screen.genes.positions(head.columns)] = head.told(ask(head.task, batch).mean)
    return judge_outcomes(predicted, told, train, known, past)


def _values(screen: Screen) -> np.ndarray:
    values = np.asarray(screen.values, np.float64)
    return values if screen.state is None else np.where(np.asarray(screen.state) == OBSERVED, values, np.nan)
