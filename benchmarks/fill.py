"""What stands best for genes that a sample lacks, and do intervals grow by as much as predictions move?

    python benchmarks/fill.py [-o benchmarks/results/fill.md]

Part 1: a share of the 978 landmark genes is hidden in held-out cell lines of `baseline_165` (five folds, three draws of
the hidden genes) and filled from the other lines.

- rmse: over the hidden genes of a line, in log2.
- r, lines: correlation of the filled with the true departure from the mean of the training lines, over the hidden
  genes of a line. The mean itself has none.
- error over stated: the mean squared error over the variance that is stated; 1 is right, below 1 is cautious.

Part 2: the same where another platform measured the genes that are given: lines that arrays of CCLE hold too.
"Over raised" is the error over the variance that a prediction uses, raised by what is seen on the genes that are given.

Part 3: two models that read cells, trained on a simulated screen of 24 of these lines whose effects depend on the
expression of the line. Five other lines lack genes. How far is the prediction from that with all genes (rms, over the
standard deviation of predictions), what is its square over the variance that 16 draws of the missing genes give (1 is
right, below 1 is cautious), and how wide are intervals over those of complete cells?

Intervals are of the mean over lines. Needs the data folder (`DRUGEXP_DATA`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import NormalDist
from typing import get_args

import numpy as np
import pandas as pd

from drugexp.contract import Batch, Block, Cells, Items, Screen, Unit
from drugexp.intake.cells import cell_key
from drugexp.intake.genes import reconcile
from drugexp.intake.store import read_cells, set_files
from drugexp.learn.conformal import interval
from drugexp.learn.identity import identify
from drugexp.learn.pipeline import Pipeline, describe
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.predict import engine
from drugexp.predict.inputs import compound_table, with_own
from drugexp.predict.missing import Filled, fill_missing
from drugexp.predict.queries import grid
from drugexp.predict.spread import spread
from drugexp.preprocess.fill import Way, fit_filler, trial
from drugexp.preprocess.quantile import fit_quantiles, quantile_normalise
from drugexp.registry import discover
from drugexp.score.bootstrap import Interval, bootstrap_mean
from drugexp.simulate import SimulationOptions, simulate

CHOSEN = "what errs least on the genes given"
SHARES, FOLDS, DRAWS, SEED = (0.1, 0.3, 0.5), 5, 3, 0
WAYS = get_args(Way)
MODELS = ("product-kernel", "svd-ridge")
TRAINED, TESTED, COMPOUNDS = 24, 5, 8


def hidden(genes: int, share: float, draw: int) -> np.ndarray:
    """Return which genes are measured, (gene,) bool."""
    measured = np.ones(genes, dtype=bool)
    measured[np.random.default_rng([SEED, draw]).permutation(genes)[: round(share * genes)]] = False
    return measured


def row_r(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the correlation of each row of `a` with that of `b`."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))


def fill_scores(values: np.ndarray, share: float) -> dict[str, dict[str, np.ndarray]]:
    """Return way -> score -> (line,), the mean over draws; "another line": a random training line's values."""
    rows = {name: {"rmse": [], "r": [], "stated": []} for name in (*WAYS, "another line")}
    fold = np.random.default_rng(SEED).permutation(len(values)) % FOLDS
    for draw in range(DRAWS):
        measured = hidden(values.shape[1], share, draw)
        found = {name: {s: np.full(len(values), np.nan) for s in scores} for name, scores in rows.items()}
        for k in range(FOLDS):
            training, held = values[fold != k], np.flatnonzero(fold == k)
            truth, centre = values[held][:, ~measured], training[:, ~measured].mean(axis=0)
            other = np.random.default_rng([SEED, draw, k]).integers(len(training), size=len(held))
            guesses = {"another line": (training[other][:, ~measured], None)}
            for way in WAYS:
                filler = fit_filler(training, measured, way)
                guesses[way] = filler.estimate(values[held]), filler.error
            for name, (guess, error) in guesses.items():
                rmse = np.sqrt(np.mean((guess - truth) ** 2, axis=1))
                found[name]["rmse"][held] = rmse
                if name != "mean":
                    found[name]["r"][held] = row_r(guess - centre, truth - centre)
                if error is not None:
                    found[name]["stated"][held] = rmse**2 / np.mean(error**2)
        for name, scores in found.items():
            for score, each in scores.items():
                rows[name][score].append(each)
    return {name: {s: np.mean(each, axis=0) for s, each in scores.items()} for name, scores in rows.items()}


def platform_scores(panel: Cells) -> tuple[int, int, dict[str, dict[str, np.ndarray]]]:
    """Return lines, missing genes, and way -> score -> (line,), where another platform measured what is given.

    Lines of CCLE (arrays, each line standardised) that are in the panel; what they lack of the landmark genes is filled
    from the panel without their fold, and held against the panel's own values.
    """
    table = pd.read_parquet(set_files("gdsc_ccle")["expression.parquet"])
    at = {cell_key(name): i for i, name in enumerate(panel.ids)}
    table = table[[cell_key(name) in at for name in table["cell"]]].drop_duplicates("cell")
    where = np.array([at[cell_key(name)] for name in table["cell"]])
    found = reconcile(table.columns[1:])
    given = found.collapse(table.iloc[:, 1:].to_numpy(np.float64))
    measured, values = np.isfinite(given).all(axis=0), panel.blocks["expression"].values.astype(np.float64)
    rows = {way: {s: np.full(len(where), np.nan) for s in ("rmse", "r", "stated", "raised")} for way in (*WAYS, CHOSEN)}
    tried = {way: np.full(len(where), np.nan) for way in WAYS}
    fold = np.random.default_rng(SEED).permutation(len(where)) % FOLDS
    for k in range(FOLDS):
        held = np.flatnonzero(fold == k)
        training = np.delete(values, where[held], axis=0)
        mapped = np.zeros((len(held), values.shape[1]))
        mapped[:, measured] = quantile_normalise(given[held][:, measured], fit_quantiles(training[:, measured]))
        truth, centre = values[where[held]][:, ~measured], training[:, ~measured].mean(axis=0)
        for way in WAYS:
            filler, scores = fit_filler(training, measured, way), rows[way]
            guess = filler.estimate(mapped)
            tried[way][held], stated = trial(training, measured, way, mapped)
            squares = np.mean((guess - truth) ** 2, axis=1)
            scores["rmse"][held] = np.sqrt(squares)
            scores["stated"][held] = squares / np.mean(filler.error**2)
            scores["raised"][held] = scores["stated"][held] / np.maximum(tried[way][held] / stated, 1.0)
            scores["r"][held] = row_r(guess - centre, truth - centre) if way != "mean" else np.nan
    best = np.argmin(list(tried.values()), axis=0)
    for score in rows[CHOSEN]:
        rows[CHOSEN][score] = np.choose(best, [rows[way][score] for way in WAYS])
    return len(where), int((~measured).sum()), rows


def screen_of_lines(lines: Cells) -> Screen:
    """Return a simulated screen in real lines: what a compound does in a line hangs on the line's expression."""
    made = simulate(SimulationOptions(compounds=80, cells=len(lines.ids), noise=0.3, seed=SEED)).screen
    rng = np.random.default_rng(SEED)
    expression = lines.blocks["expression"].values.astype(np.float64)
    centred = expression - expression.mean(axis=0)
    _, size, axes = np.linalg.svd(centred, full_matrices=False)
    score = centred @ axes[:6].T / size[:6] * np.sqrt(len(lines.ids))  # (line, direction), of unit variance
    effect = rng.normal(size=(6, len(made.genes)))
    cell = made.cells.positions(made.samples["cell"])
    values = made.values + 0.5 * (score @ effect)[cell] * made.values.std()
    samples = made.samples.assign(cell=[lines.ids[i] for i in cell])
    return Screen("lines", values, made.genes, Unit.ZSCORE, samples, made.perturbations, Cells(lines.ids))


def trained(model: str, known: Cells, screen: Screen) -> Pipeline:
    """Return a calibrated pipeline."""
    recipe = Recipe(
        name=model,
        seed=SEED,
        model=ModelChoice(name=model),
        screens=(ScreenChoice(name="lines"),),
        calibration=CalibrationChoice(folds=3),
    )
    return train(recipe, [identify(screen, known).screen], known, discover())


def some(cells: Cells, at: np.ndarray) -> Cells:
    """Return the cells at these positions."""
    block = cells.blocks["expression"]
    return Cells(tuple(cells.ids[i] for i in at), {"expression": Block(block.values[at], block.features, block.unit)})


def prediction_scores(pipeline: Pipeline, smiles: list[str], lines: Cells, share: float) -> dict[str, np.ndarray]:
    """Return "WAY moved", "WAY ratio" and "WAY wider" -> (line,), in the model's space."""
    registry, own = discover(), frozenset(lines.ids)
    queries = grid(compound_table(smiles, None, None), list(lines.ids), [10.0], [24.0])
    ids = tuple(c.smiles for c in queries.compounds)
    items = Items(ids=ids, smiles=ids, targets=((),) * len(ids))
    block = lines.blocks["expression"]
    measured = hidden(len(block.features), share, 0)
    lacking = Block(np.where(measured, block.values, np.nan), block.features, block.unit)

    def predicted(filled: Filled) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        compound, cell = describe(pipeline, items, filled.cells, registry)
        batch = Batch(
            compound=compound,
            cell=cell,
            compound_index=queries.compound_index,
            cell_index=filled.cells.positions(queries.table["cell"]).astype(np.int32),
            dose_um=queries.table["dose_um"].to_numpy(dtype=np.float32),
            hours=queries.table["hours"].to_numpy(dtype=np.float32),
        )
        mean, sd = engine.run(pipeline.fitted, batch)
        low, high = interval(mean, sd, pipeline.calibration)
        return mean.astype(np.float64), (high - low) / 2, spread(pipeline, batch, filled, registry)

    whole, _, _ = predicted(Filled(with_own(pipeline.cells, lines)))
    width = NormalDist().inv_cdf((1 + pipeline.calibration.coverage) / 2)
    rows = [(queries.table["cell"] == name).to_numpy() for name in lines.ids]
    found = {}
    for way in WAYS:
        cells = with_own(pipeline.cells, Cells(lines.ids, {"expression": lacking}))
        mean, half, drawn = predicted(fill_missing(cells, pipeline.cells, own, way))
        moved = (mean - whole) ** 2
        found[f"{way} moved"] = np.array([np.sqrt(moved[r].mean()) for r in rows]) / whole.std()
        found[f"{way} ratio"] = np.array([moved[r].mean() / np.mean(drawn[r] ** 2) for r in rows])
        found[f"{way} wider"] = np.array([np.mean(np.hypot(half[r], width * drawn[r]) / half[r]) for r in rows])
    return found


def spoken(values: np.ndarray) -> str:
    values = values[~np.isnan(values)]
    if not len(values):
        return ""
    interval: Interval = bootstrap_mean(values, seed=SEED)
    return f"{interval.mean:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    panel = read_cells("baseline_165")
    block = panel.blocks["expression"]
    values = block.values.astype(np.float64)
    head = "rmse | r, lines | error over stated"
    lines = [f"| hidden | filled by | {head} |", "|---|---|---|---|---|"]
    for share in SHARES:
        for name, scores in fill_scores(values, share).items():
            shown = " | ".join(spoken(scores[s]) for s in ("rmse", "r", "stated"))
            lines.append(f"| {share:.0%} | {name} | {shown} |")
    count, missing, rows = platform_scores(panel)
    lines += [
        "",
        f"| {missing} genes of {count} lines that arrays of CCLE measured, filled by | {head} | over raised |",
        "|---" * 5 + "|",
    ]
    for name, scores in rows.items():
        lines.append(f"| {name} | {' | '.join(spoken(scores[s]) for s in scores)} |")
    print("\n".join(lines), flush=True)
    order = np.random.default_rng(SEED).permutation(len(panel.ids))
    known, tested = some(panel, order[:-TESTED]), some(panel, order[-TESTED:])
    screen = screen_of_lines(some(panel, order[:TRAINED]))
    smiles = screen.perturbations["smiles"].tolist()[:COMPOUNDS]
    heads = ("model", "hidden", "filled by", "moved", "moved over drawn, squared", "width over that of all genes")
    lines += ["", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for model in MODELS:
        pipeline = trained(model, known, screen)
        for share in SHARES:
            scores = prediction_scores(pipeline, smiles, tested, share)
            for way in WAYS:
                shown = " | ".join(spoken(scores[f"{way} {s}"]) for s in ("moved", "ratio", "wider"))
                lines.append(f"| {model} | {share:.0%} | {way} | {shown} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.output:
        chosen.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
