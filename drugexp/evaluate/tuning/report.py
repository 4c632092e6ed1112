"""A search on disk: the best settings as a recipe, all variants as a table, and what to think of the score."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract import parse_options
from drugexp.errors import ModelError
from drugexp.evaluate.tuning.outcome import Found
from drugexp.evaluate.tuning.settings import TuneConfig
from drugexp.intake.atomic import atomic_path
from drugexp.intake.toml import toml_text
from drugexp.learn.recipe import Recipe

STUDY, TRIALS, BEST, SUMMARY = "study.sqlite", "trials.csv", "best.toml", "summary.md"


def best_recipe(config: TuneConfig, found: Found, *, beside: Path | None = None, output: Path | None = None) -> Recipe:
    """Return the recipe with the best settings; `drugexp train` takes it.

    Parameters
    ----------
    config
        What was searched.
    found
        The result.
    beside, output
        The folders of the config and of the new recipe: paths that were told beside the one hold beside the other.
    """
    told = config.model_dump(mode="json", exclude_unset=True, exclude={"tune"})
    told["model"]["options"] = json.loads(json.dumps(found.choice.options))
    if beside is not None and output is not None:
        for screen in told["screens"]:
            screen["name"] = _moved(screen["name"], beside, output)
        if told.get("cells"):
            told["cells"] = _moved(told["cells"], beside, output)
        for block, source in told.get("omics", {}).items():
            told["omics"][block] = _moved(source, beside, output)
    return parse_options(Recipe, told)


def recipe_text(recipe: Recipe, found: Found, path: str = "") -> str:
    """Return a recipe as TOML, with where its settings are from.

    Raises
    ------
    ModelError
        If a setting cannot be said in TOML.
    """
    told = recipe.model_dump(mode="json", exclude_unset=True)
    left_out = [name for name, value in found.point.items() if value is None]
    text = "\n".join([f"# {line}" for line in sentences(found, path)] + ["", toml_text(told)])
    if left_out and any(_of(recipe.model.options, name) is not None for name in left_out):
        raise ModelError(f"{left_out[0]} = none cannot be said in a recipe")
    return text


def sentences(found: Found, path: str = "") -> list[str]:
    """Return what there is to say of a search, or of a path."""
    states = [one.state for one in found.tried]
    score, corrected = found.sign * found.chosen.score, found.sign * found.chosen.corrected
    counted = f"{len(states)} variants of {found.choice.name} were tried"
    parts = [f"{states.count(s)} {w}" for s, w in (("stopped", "stopped early"), ("failed", "failed")) if s in states]
    counted += f" ({', '.join(parts)})." if parts else "."
    best = ", ".join(f"{name} = {value}" for name, value in found.point.items())
    first = found.tried[0].score if not path else float("nan")
    among = (
        f"{found.profiles:,} profiles of {len(np.unique(found.groups)):,} scaffold groups, {found.folds} inner folds"
    )
    return [
        counted,
        f"The best: {best}.",
        f"Its {found.metric} is {score:.3f} on {among}"
        + (f"; as the model was told at first: {first:.3f}." if first == first else "."),
        f"The folds that chose it also scored it. On profiles that take no part in the choice it is {corrected:.3f}: "
        f"an optimism of {found.chosen.optimism:.3f}.",
        "For a score that owes nothing to the choice, tune inside of each outer fold: `drugexp evaluate` with a table "
        "`tune` in the model.",
    ]


def write(config: TuneConfig, found: Found, output: Path, *, beside: Path | None = None) -> Recipe:
    """Write `BEST`, `TRIALS` and `SUMMARY` into a folder; return the recipe."""
    recipe = best_recipe(config, found, beside=beside, output=output)
    text = recipe_text(recipe, found, config.tune.path)
    with atomic_path(output / BEST) as partial:
        partial.write_text(text, encoding="utf-8")
    with atomic_path(output / TRIALS) as partial:
        found.table().to_csv(partial, index=False)
    with atomic_path(output / SUMMARY) as partial:
        partial.write_text(
            f"# {config.name}\n\n" + "\n\n".join(sentences(found, config.tune.path)) + "\n", encoding="utf-8"
        )
    return recipe


def _moved(name: str, beside: Path, output: Path) -> str:
    """Return a path that stood beside one folder as it stands beside another; the name of a data set stays."""
    place = beside / name
    return os.path.relpath(place.absolute(), output.absolute()) if place.exists() and place.suffix else name


def _of(options: Any, name: str) -> Any:
    for part in name.split("."):
        options = options.get(part) if isinstance(options, dict) else None
    return options
