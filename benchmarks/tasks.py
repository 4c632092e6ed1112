"""What the tasks of one network give to and take from each other, on compounds whose scaffold is held out.

DRUGEXP_DATA=... python benchmarks/tasks.py configs/tasks.toml -o benchmarks/results/tasks.md
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from drugexp.evaluate.tasks.held_out import material
from drugexp.evaluate.tasks.table import give_and_take
from drugexp.intake.store import read_cells
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.reading import read_choice
from drugexp.learn.recipe import read_recipe
from drugexp.predict.compilation import use_persistent_cache
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore
from drugexp.show.tasks_text import tasks_markdown


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--most", type=int, default=2500, help="samples of a task, drawn at random; 0: all")
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args(arguments)
    begun = time.perf_counter()
    registry, recipe = discover(), read_recipe(asked.recipe)
    use_persistent_cache()
    known = read_cells(recipe.cells, None, registry=registry)
    screens, notes = [], []
    for choice in recipe.screens:
        screen, told = read_choice(choice, known, registry, None, beside=asked.recipe.parent)
        screens.append(identify(screen, known).screen)
        notes += told
    made = material(recipe, one_structure(screens), known, folds=asked.folds, most=asked.most)

    def progress(done: int, total: int, label: str = "") -> None:
        print(f"{time.perf_counter() - begun:6.0f} s  {done}/{total} networks  {label}", file=sys.stderr)

    table = give_and_take(made, registry, store=FeatureStore.default(), progress=progress)
    text = "\n".join(
        [
            f"# What tasks give to and take from each other: recipe `{asked.recipe.stem}`",
            "",
            f"{asked.folds} folds over the scaffolds of all tasks: a held-out compound is unknown to every task. "
            f"At most {asked.most:,} samples of a task. One network and one seed a fold: intervals draw compounds, "
            "and not what another seed would have changed.",
            "",
            *(f"- {note}" for note in notes),
            "",
            tasks_markdown(table),
        ]
    )
    print(text)
    if asked.output:
        asked.output.write_text(text.rstrip() + "\n", encoding="utf-8")
    print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
