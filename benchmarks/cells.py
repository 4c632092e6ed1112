"""Whether the cell line makes a difference that was learnt: a recipe on new scaffolds in nine cell lines.

    python benchmarks/cells.py configs/default.toml [-o benchmarks/results/cells.md]

Each scaffold-grouped fold of `fastpert_top20` leaves every screen of the recipe; the recipe's model is fitted on the
rest and predicts the held-out compound x cell pairs on the genes both know. Beside it stand the compound-blind
profile of each line, the same model asked for another line of the same compound, asked for no line, and fitted on
shuffled compounds. The score is the discrimination of listed genes within one cell line: of two compounds in one
line, whose listed genes does the prediction rank higher? 0.5 is chance, and exactly what a compound-blind model gets.

Needs the data folder (`DRUGEXP_DATA`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.contract import OBSERVED, Cells, Screen
from drugexp.evaluate.controls import shuffle_compounds
from drugexp.intake.store import read_screen
from drugexp.learn.groups import joint_groups
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.parts import Part
from drugexp.learn.pipeline import Pipeline, apply, fit
from drugexp.learn.recipe import Recipe, read_recipe
from drugexp.learn.splits import Split, iterate, scaffold, split_keys
from drugexp.registry import Registry, discover
from drugexp.represent.cache import FeatureStore
from drugexp.score.bootstrap import bootstrap_difference, bootstrap_mean
from drugexp.score.censored import listed_discrimination

ROWS = ("model", "another line", "no line", "shuffled compounds", "compound-blind")


def another_line(screen: Screen) -> Screen:
    """Ask for the next cell line of the same compound; a compound seen in one line alone gets the next line of all."""
    samples = screen.samples.copy()
    lines = sorted(set(samples["cell"]))
    for _, rows in samples.groupby("perturbation").groups.items():
        cells = samples.loc[rows, "cell"].to_numpy()
        turned = np.roll(cells, 1) if len(cells) > 1 else [lines[(lines.index(cells[0]) + 1) % len(lines)]]
        samples.loc[rows, "cell"] = turned
    return replace(screen, samples=samples)


def no_line(screen: Screen) -> Screen:
    """Ask for the prediction pooled over cells."""
    return replace(screen, samples=screen.samples.assign(cell=""))


def line_means(train: Screen, test: Screen) -> np.ndarray:
    """Return the mean sign of listing of each test row's line, (sample, gene): it knows no compound."""
    sign = np.where(train.state == OBSERVED, np.sign(train.values), 0.0)
    means = {cell: sign[train.samples["cell"] == cell].mean(axis=0) for cell in set(train.samples["cell"])}
    return np.stack([means[c] for c in test.samples["cell"]])


def fold_scores(
    recipe: Recipe, screens: list[Screen], split: Split, known: Cells, registry: Registry, store: FeatureStore
) -> Mapping[str, np.ndarray]:
    """Return the scores of every row on one fold's test samples. The scored screen stands first."""
    scored = screens[0]
    test = scored.take(split.test)
    order = [[s.name for s in screens].index(choice.name) for choice in recipe.screens]

    def fitted(given: list[Screen]) -> Pipeline:
        parts = [
            Part(given[at], split.train[at], choice.transform, choice.weight)
            for at, choice in zip(order, recipe.screens, strict=True)
        ]
        return fit("recipe", recipe.model, parts, known, registry, seed=recipe.seed, store=store)

    pipeline = fitted(screens)
    on_axis = pipeline.genes.positions(scored.genes.ids)
    shared = on_axis >= 0

    def predicted(model: Pipeline, asked: Screen) -> np.ndarray:
        blank = replace(asked, values=np.zeros_like(asked.values), state=None, bound=None)
        return apply(model, blank, registry, store=store).mean[:, on_axis[shared]]

    disordered = shuffle_compounds(screens, (recipe.seed, split.fold))
    profiles = {
        "model": predicted(pipeline, test),
        "another line": predicted(pipeline, another_line(test)),
        "no line": predicted(pipeline, no_line(test)),
        "shuffled compounds": predicted(fitted(disordered), disordered[0].take(split.test)),
        "compound-blind": line_means(scored.take(split.train[0]), test)[:, shared],
    }
    truth, state = test.values[:, shared], test.state[:, shared]
    strata = test.samples["cell"].to_numpy()
    return {name: listed_discrimination(truth, p, state, strata=strata) for name, p in profiles.items()}


def main() -> None:
    """Print and write one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe")
    parser.add_argument("--scored", default="fastpert_top20")
    parser.add_argument("-o", "--output")
    chosen = parser.parse_args()
    recipe, registry, store = read_recipe(chosen.recipe), discover(), FeatureStore.default()
    known = read_screen(recipe.cells, registry=registry).cells
    read = [identify(read_screen(c.name, registry=registry, options=c.options), known).screen for c in recipe.screens]
    screens = one_structure(sorted(read, key=lambda s: s.name != chosen.scored))
    folds = scaffold(split_keys(screens), 5, recipe.seed)
    groups = joint_groups(screens, "scaffold")[0]
    tables = []
    for split in iterate(screens, folds):
        scores = fold_scores(recipe, screens, split, known, registry, store)
        tables.append(pd.DataFrame({**scores, "fold": split.fold, "group": groups[split.test]}))
        print(f"fold {split.fold}: " + ", ".join(f"{n} {np.nanmean(s):.4f}" for n, s in scores.items()), flush=True)
    table = pd.concat(tables, ignore_index=True)
    lines = ["| row | mean | 95% interval | by fold | model minus row |", "|---|---|---|---|---|"]
    for name in ROWS:
        mean = bootstrap_mean(table[name].to_numpy(), table["group"].to_numpy(), seed=0)
        gap = bootstrap_difference(table["model"].to_numpy(), table[name].to_numpy(), table["group"].to_numpy(), seed=0)
        by_fold = " ".join(f"{v:.4f}" for v in table.groupby("fold")[name].mean())
        difference = "" if name == "model" else f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
        lines.append(f"| {name} | {mean.mean:.4f} | {mean.low:.4f} to {mean.high:.4f} | {by_fold} | {difference} |")
    print("\n".join(lines))
    if chosen.output:
        Path(chosen.output).write_text(
            f"# New scaffolds in nine cell lines: recipe `{recipe.name}`\n\n"
            f"Listed-gene discrimination within a cell line on held-out scaffolds of `{chosen.scored}`, "
            f"{len(table):,} pairs; 0.5 is chance.\n\n" + "\n".join(lines) + "\n"
        )


if __name__ == "__main__":
    main()
