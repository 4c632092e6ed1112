"""How fast prediction is, as ratios measured in one run.

    python benchmarks/predict.py [--compounds 10000] [-o benchmarks/results/predict.md]

Needs the data folder (`DRUGEXP_DATA`) for its library of real molecules. Four ratios:

- `drugexp predict` from process start to file, over a plain loop of MolFromSmiles + Morgan counts;
- a second run of the same library, whose features are cached;
- a grid of 1,000 compounds x 50 cells, each encoded once, over encoding every pair;
- `drugexp --help` over the help of a bare typer app.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from drugexp import api
from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import Batch, Items
from drugexp.learn.pipeline import Pipeline, describe
from drugexp.predict.engine import run
from drugexp.predict.tiles import FIXED
from drugexp.registry import discover

BARE = "import typer\napp = typer.Typer()\n@app.command()\ndef main(name: str) -> None:\n    print(name)\napp()\n"


def library(count: int) -> list[str]:
    """Return SMILES of the MOSES sample."""
    path = Path(os.environ["DRUGEXP_DATA"]) / "libraries" / "moses_200k.csv.gz"
    with gzip.open(path, "rt") as file:
        next(file)
        return [line.rstrip("\n").split(",")[1] for line, _ in zip(file, range(count), strict=False)]


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median wall time."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def plain_loop(smiles: list[str]) -> None:
    """Parse and fingerprint one after the other with RDKit alone: the floor of anything that reads SMILES."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    for text in smiles:
        generator.GetCountFingerprint(Chem.MolFromSmiles(text))


def whole_process(smiles: list[str]) -> tuple[float, float]:
    """Return the wall time of `drugexp predict` from start to parquet: with an empty feature cache, and again."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "library.smi"
        source.write_text("".join(f"{s} m{i}\n" for i, s in enumerate(smiles)))
        command = [sys.executable, "-m", "drugexp", "predict", str(source), "-o", f"{folder}/out.parquet", "--quiet"]
        # What XLA compiles is kept in the cache folder; one small run fills it, as the first use of a model does.
        environment = {**os.environ, "DRUGEXP_CACHE": f"{folder}/cache"}
        warm = [sys.executable, "-m", "drugexp", "predict", "CCO", "--quiet", "-o", f"{folder}/warm.parquet"]
        subprocess.run(warm, env=environment, check=True)
        taken = []
        for _ in range(2):
            start = time.perf_counter()
            subprocess.run(command, env=environment, check=True)
            taken.append(time.perf_counter() - start)
        return taken[0], taken[1]


def grid_over_pairs(pipeline: Pipeline, smiles: list[str], cells: int) -> tuple[float, float]:
    """Return profiles a second of the factorised grid, and of encoding every pair anew."""
    registry = discover()
    compounds = [c for c in map(parse, smiles) if isinstance(c, Compound)]
    items = Items(tuple(smiles), tuple(c.smiles for c in compounds), molecules=tuple(c.mol for c in compounds))
    compound, cell = describe(pipeline, items, pipeline.cells, registry)
    n = len(compounds)
    pairs = n * cells
    batch = Batch(
        compound=compound,
        cell={k: v[:cells] for k, v in cell.items()},
        compound_index=np.repeat(np.arange(n, dtype=np.int32), cells),
        cell_index=np.tile(np.arange(cells, dtype=np.int32), n),
        dose_um=np.full(pairs, 10, np.float32),
        hours=np.full(pairs, 24, np.float32),
    )
    run(pipeline.fitted, batch.take(np.arange(FIXED.pair)))  # compiles
    grid = pairs / seconds(lambda: run(pipeline.fitted, batch))

    factors = pipeline.fitted.factors()  # type: ignore[attr-defined]
    table = {k: np.concatenate([v, np.full((1, v.shape[1]), np.nan, np.float32)]) for k, v in batch.cell.items()}

    @jax.jit
    def naive(c: dict, x: dict, dose: jax.Array, hours: jax.Array) -> object:
        u = factors.encode_compound(factors.params, c)
        v = factors.encode_cell(factors.params, x)
        return factors.combine(factors.params, u, v, dose, hours)

    def all_pairs(count: int) -> None:
        for start in range(0, count, FIXED.compound):
            rows = slice(start, start + FIXED.compound)
            c = {k: v[batch.compound_index[rows]] for k, v in batch.compound.items()}
            x = {k: v[batch.cell_index[rows]] for k, v in table.items()}
            jax.block_until_ready(naive(c, x, batch.dose_um[rows], batch.hours[rows]))

    all_pairs(FIXED.compound)
    some = FIXED.compound * 8
    return grid, some / seconds(lambda: all_pairs(some))


def help_over_bare() -> tuple[float, float]:
    """Return the median wall time of `drugexp --help` and of a bare typer app's help, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        ours, theirs = [], []
        for _ in range(9):
            for command, into in (
                ([sys.executable, "-m", "drugexp", "--help"], ours),
                ([sys.executable, str(bare), "--help"], theirs),
            ):
                start = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                into.append(time.perf_counter() - start)
        return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compounds", type=int, default=10_000)
    parser.add_argument("-o", "--output")
    chosen = parser.parse_args()
    smiles = library(chosen.compounds)
    floor = seconds(lambda: plain_loop(smiles))
    first, second = whole_process(smiles)
    pipeline = api.load()
    grid, pairs = grid_over_pairs(pipeline, smiles[:1000], 50)
    ours, bare = help_over_bare()
    n = len(smiles)
    rows = [
        ("plain parse + Morgan loop, molecules/s", n / floor, 1.0),
        ("predict, start to file, first run, molecules/s", n / first, floor / first),
        ("predict, start to file, cached features, molecules/s", n / second, floor / second),
        ("every pair encoded anew, profiles/s", pairs, 1.0),
        ("grid of 1,000 compounds x 50 cells, profiles/s", grid, grid / pairs),
        ("bare typer --help, s", bare, 1.0),
        ("drugexp --help, s", ours, ours / bare),
    ]
    lines = ["| what | figure | ratio |", "|---|---|---|", *(f"| {a} | {b:,.2f} | {c:.2f} |" for a, b, c in rows)]
    lines += [
        "",
        f"{n:,} molecules; {os.cpu_count()} cores; jax {jax.__version__}.",
    ]
    print("\n".join(lines))
    if chosen.output:
        Path(chosen.output).write_text("# Prediction speed\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
