"""Training from a recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drugexp.contract import Context, Progress, Screen, silent
from drugexp.intake.omics.known import known_cells
from drugexp.learn.bundle import save_bundle
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.reading import read_choice
from drugexp.learn.recipe import Recipe, ScreenChoice, read_recipe
from drugexp.learn.training import train as fit_recipe
from drugexp.memory import give_back
from drugexp.predict.compilation import use_persistent_cache
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore


def train(
    recipe: str | Path | Recipe,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = silent,
) -> Pipeline:
    """Train a model as a recipe says, and write its bundle where an output is named.

    Parameters
    ----------
    recipe
        A TOML file or a `Recipe`.
    output
        Bundle folder.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    checkpoint
        Folder in which the fit may keep what it needs to resume after a kill.
    progress, say
        Told how far it is.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    beside = None if isinstance(recipe, Recipe) else Path(recipe).parent
    recipe = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    registry = discover()
    use_persistent_cache()
    known = known_cells(recipe.cells, recipe.omics, data_dir, registry=registry, beside=beside, say=say)

    def identified(choice: ScreenChoice) -> Screen:
        screen, notes = read_choice(choice, known, registry, data_dir, beside=beside)
        for note in notes:
            say(f"note: {note}")
        found = identify(screen, known)
        if found.rejected:
            say(f"{choice.name}: {len(found.rejected)} compounds have no usable structure and are left out")
        return found.screen

    screens = [identified(choice) for choice in recipe.screens]
    give_back()
    context = Context(progress=progress, checkpoint=Path(checkpoint) if checkpoint else None)
    pipeline = fit_recipe(
        recipe, one_structure(screens), known, registry, context=context, store=FeatureStore.default(), say=say
    )
    if output is not None:
        save_bundle(pipeline, output)
    return pipeline
