"""Training from a recipe: fit, calibrate on held-out scaffolds, describe the domain."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from drugexp.chemistry.fingerprints import bits as morgan
from drugexp.chemistry.fingerprints import pack
from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import OBSERVED, Cells, Context, Screen, Unit, silent
from drugexp.learn.conformal import Calibration, calibrate
from drugexp.learn.domain import Domain
from drugexp.learn.groups import joint_groups
from drugexp.learn.neighbours import among_training, cut, neighbours
from drugexp.learn.parts import parts_of
from drugexp.learn.pipeline import Pipeline, apply, fit
from drugexp.learn.recipe import Learnt, Recipe
from drugexp.learn.splits import iterate, scaffold, split_keys
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore

Say = Callable[[str], None]


def train(
    recipe: Recipe,
    screens: Sequence[Screen],
    known: Cells,
    registry: Registry,
    *,
    context: Context | None = None,
    store: FeatureStore | None = None,
    say: Say = silent,
) -> Pipeline:
    """Fit, calibrate and describe the model of a recipe.

    Parameters
    ----------
    recipe
        What to train.
    screens
        Identified screens (`learn.identity.identify`), one for each of the recipe's, in its order.
    known
        Cell lines known by name.
    registry
        Where models and featurisers are found.
    context
        Progress and checkpoint folder of the final fit.
    store
        Cache of features on disk.
    say
        Told what is being done.
    """

    def fitted_on(rows: Sequence[np.ndarray], given: Context | None) -> Pipeline:
        return fit(
            recipe.name,
            recipe.model,
            parts_of(screens, recipe.screens, rows),
            known,
            registry,
            seed=recipe.seed,
            valid_share=recipe.valid_share,
            context=given,
            store=store,
        )

    say(f"fitting {recipe.model.name} on {sum(map(len, screens)):,} profiles")
    pipeline = fitted_on([np.arange(len(s)) for s in screens], context)
    calibration, similarity = None, np.empty(0, dtype=np.float32)
    if recipe.calibration.folds:
        calibration, similarity = _calibrate(recipe, screens, registry, fitted_on, store, say)
    return replace(
        pipeline,
        calibration=calibration,
        domain=_domain(recipe, screens, similarity),
        card={**pipeline.card, **_card(recipe, screens, calibration)},
    )


def _calibrate(
    recipe: Recipe,
    screens: Sequence[Screen],
    registry: Registry,
    fitted_on: Callable[[Sequence[np.ndarray], Context | None], Pipeline],
    store: FeatureStore | None,
    say: Say,
) -> tuple[Calibration, np.ndarray]:
    """Return the calibration, and each held-out sample's similarity to its training compounds."""
    primary = screens[0]
    folds = scaffold(split_keys(screens), recipe.calibration.folds, recipe.seed)
    drawn = _drawn(len(primary), recipe.calibration.rows, recipe.seed)
    place = np.full(len(primary), -1, dtype=np.int32)
    place[drawn] = np.arange(len(drawn))
    shape = (len(drawn), len(primary.genes))
    truth, mean, sd = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    fold = np.full(len(drawn), -1)
    similarity = np.full(len(drawn), np.nan, dtype=np.float32)
    has_sd = True
    for split in iterate(screens, folds):
        say(f"calibrating on held-out scaffolds, fold {split.fold + 1} of {recipe.calibration.folds}")
        rows = split.test[place[split.test] >= 0]
        if not len(rows):
            continue
        pipeline = fitted_on(split.train, None)
        test, at = primary.take(rows), place[rows]
        predicted = apply(pipeline, test, registry, store=store)
        truth[at] = pipeline.transform.forward(np.asarray(test.values))
        mean[at], fold[at] = predicted.mean, split.fold
        has_sd = has_sd and predicted.sd is not None
        if predicted.sd is not None:
            sd[at] = predicted.sd
        trained = [screen.take(rows) for screen, rows in zip(screens, split.train, strict=True)]
        similarity[at], _ = near_training(test, trained)
    observed = np.ones(shape, dtype=bool) if primary.state is None else np.asarray(primary.state[drawn]) == OBSERVED
    held = fold >= 0
    found = calibrate(
        truth[held], mean[held], sd[held] if has_sd else None, observed[held], fold[held], recipe.calibration.coverage
    )
    return found, similarity[~np.isnan(similarity)]


def _drawn(samples: int, most: int, seed: int) -> np.ndarray:
    """Return the samples that set the intervals, (row,) ascending: all, or so many drawn at random."""
    if samples <= most:
        return np.arange(samples)
    return np.sort(np.random.default_rng(seed).choice(samples, most, replace=False))


def morgan_bits(smiles: Sequence[str]) -> np.ndarray:
    """Return packed Morgan bits of standard SMILES, (compound, byte) uint8."""
    found = [parse(s) for s in smiles]
    return pack(morgan([c.mol for c in found if isinstance(c, Compound)]))


def training_compounds(screens: Sequence[Screen]) -> dict[str, str]:
    """Return standard SMILES -> name of the compounds whose effect on expression these screens hold.

    A screen of labels or outcomes tells nothing of expression: its compounds do not widen the domain, unless there is
    nothing else.
    """
    names: dict[str, str] = {}
    for screen in _of_profiles(screens):
        used = screen.perturbations["id"].isin(screen.samples["perturbation"].unique())
        table = screen.perturbations[used & (screen.perturbations["kind"] == "compound")]
        for smiles, name, key in zip(table["smiles"], table["name"], table["id"], strict=True):
            names.setdefault(str(smiles), str(name or key))
    return names


def _of_profiles(screens: Sequence[Screen]) -> Sequence[Screen]:
    return [s for s in screens if s.unit not in (Unit.LABEL, Unit.OUTCOME)] or screens


def compound_groups(screens: Sequence[Screen]) -> np.ndarray:
    """Return the scaffold group of each of `training_compounds`, (compound,) int64."""
    found: dict[str, int] = {}
    for screen, groups in zip(screens, joint_groups(screens, "scaffold"), strict=True):
        first = pd.Series(groups, index=screen.samples["perturbation"].to_numpy())
        first = first[~first.index.duplicated()]
        smiles = screen.perturbations.set_index("id")["smiles"].loc[first.index]
        found |= dict(zip(smiles.astype(str), first.tolist(), strict=True))
    return np.array([found[s] for s in training_compounds(screens)], dtype=np.int64)


def near_training(test: Screen, trained: Sequence[Screen]) -> tuple[np.ndarray, np.ndarray]:
    """Return each test sample's similarity to the nearest training compound, and the density around it, (sample,) each.

    Both by Tanimoto similarity (`drugexp.learn.neighbours`); NaN for a perturbation without a structure, such as a
    knock-down.
    """
    unique = list(training_compounds([test]))
    found = neighbours(morgan_bits(unique), morgan_bits(list(training_compounds(trained))))
    row = {smiles: at for at, smiles in enumerate(unique)}
    own = test.perturbations.set_index("id").loc[test.samples["perturbation"], "smiles"]
    at = np.array([row.get(str(s), -1) for s in own], dtype=np.int64)
    padded = (np.append(values, np.float32(np.nan)) for values in (found.similarity, found.density))
    similarity, density = (values[at] for values in padded)
    return similarity, density


def _domain(recipe: Recipe, screens: Sequence[Screen], similarity: np.ndarray) -> Domain:
    """Describe what was learnt.

    A compound is inside above the 5th percentile of held-out scaffolds' similarity. The density's cut is the 5th
    percentile of the training compounds' own, each with its scaffold group left out.
    """
    compounds = training_compounds(screens)
    bits = morgan_bits(list(compounds))
    learnt = recipe.learnt or Learnt()
    samples = [s.samples for s in screens if s.unit is not Unit.OUTCOME] or [s.samples for s in screens]

    def span(column: str) -> tuple[float, float] | None:
        values = np.concatenate([t[column].to_numpy(dtype=np.float64) for t in samples])
        values = values[~np.isnan(values)]
        return (float(values.min()), float(values.max())) if len(values) else None

    seen = tuple(sorted({c for t in samples for c in t["cell"].unique() if c}))
    return Domain(
        bits=bits,
        compounds=tuple(compounds.values()),
        min_similarity=float(np.nanquantile(similarity, 0.05)) if len(similarity) else 0.0,
        cells=seen if learnt.cells is None else learnt.cells,
        dose_um=span("dose_um") if recipe.learnt is None else learnt.dose_um,
        hours=span("hours") if recipe.learnt is None else learnt.hours,
        min_density=cut(among_training(bits, compound_groups(screens)).density),
    )


def _card(recipe: Recipe, screens: Sequence[Screen], calibration: Calibration | None) -> dict[str, Any]:
    """Return the facts of the model card that training knows; scores are added by an evaluation."""
    data: list[Mapping[str, Any]] = [
        {"name": s.name, "profiles": len(s), "perturbations": len(s.perturbations), **dict(s.provenance)}
        for s in screens
    ]
    return {
        "summary": recipe.summary,
        "licence": recipe.licence,
        "recipe": recipe.model_dump(mode="json"),
        "data": data,
        "coverage": None if calibration is None else {"asked": calibration.coverage, "measured": calibration.measured},
        "versions": {p: version(p) for p in ("drugexp", "jax", "numpy", "rdkit")}
        | {"python": platform.python_version()},
        "scores": {},
    }
