"""Training from disk: does a fivefold larger screen need more memory?

    python benchmarks/out_of_core.py [--folder /tmp] [-o benchmarks/results/out_of_core.md]

Writes synthetic GCTX screens of 200,000 and 1,000,000 profiles x 978 genes (2,000 compounds x 50 cells x doses and
times, with a planted mechanism) block by block, and trains the multi-task network for one epoch on each, each in a
fresh process with a cache of its own. Peak memory is what the process ever held resident (VmHWM of Linux), from the
first reading of the file to the fitted pipeline. Beside the loss on held-out compounds stands that of the mean
training profile. Needs 9 GB of disk, which are free again at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from drugexp import api
from drugexp.contract import Screen
from drugexp.contract.rows import blocks
from drugexp.intake.formats.expression import annotation_table
from drugexp.intake.formats.gctx import gctx_writer
from drugexp.intake.formats.labels import labels_of
from drugexp.intake.genes import landmark_axis
from drugexp.intake.screen_io import write_screen
from drugexp.intake.store import read_cells
from drugexp.learn.assemble import Part
from drugexp.learn.identity import identify
from drugexp.learn.models import Builder
from drugexp.learn.network.tables import mean_profile
from drugexp.learn.pipeline import prepare
from drugexp.learn.recipe import read_recipe
from drugexp.registry import discover
from drugexp.simulate import SimulationOptions, simulate
from drugexp.simulate import blocks as simulated_blocks

DESIGNS = {
    200_000: {"doses_um": (1.0, 10.0), "hours": (24.0,)},
    1_000_000: {"doses_um": (0.04, 0.1, 1.0, 3.3, 10.0), "hours": (6.0, 24.0)},
}
SHAPE = {"compounds": 2_000, "cells": 50, "pathways": 12, "noise": 1.0, "seed": 0}
RECIPE = """name = "from_disk"
cells = "cells.screen"

[model]
name = "multitask"
options = {{ epochs = 1, batch_size = 1024, steps_per_call = 16 }}

[[screens]]
name = "{screen}"
transform = ["gene_scale"]

[calibration]
folds = 0
"""


def write_gctx(path: Path, options: SimulationOptions) -> None:
    """Write the simulated screen as a GCTX file; memory is that of one block."""
    axis, start = landmark_axis(), 0
    genes = annotation_table(axis.ids, {"namespace": [axis.namespace] * len(axis)})
    with gctx_writer(path, genes) as out:
        for block in simulated_blocks(options, genes=axis):
            labels = labels_of(block.screen)
            ids = [f"s{start + i}" for i in range(len(labels))]
            out.append(block.screen.values, labels.set_axis(ids, axis=0))
            start += len(labels)


def peak_mb() -> float:
    """Return the most memory that this process ever held resident, in MB."""
    held = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert held is not None
    return int(held.group(1)) / 1000


def mean_loss(recipe_path: Path) -> float:
    """Return the mean squared error of the mean training profile on the validation samples, in the model's space."""
    recipe, registry = read_recipe(recipe_path), discover()
    known = read_cells(recipe.cells, registry=registry, beside=recipe_path.parent)
    screen: Screen = identify(api.read_screen(recipe_path.parent / recipe.screens[0].name), known).screen
    part = Part(screen, np.arange(len(screen)), recipe.screens[0].transform)
    ready = prepare(recipe.model, [part], known, Builder(registry), seed=recipe.seed, valid_share=recipe.valid_share)
    assert ready.valid is not None
    centre, held_out = mean_profile(ready.train.primary), ready.valid.primary.values
    return sum(float(((v - centre) ** 2).sum()) for _, v in blocks(held_out)) / held_out.size


def train(recipe_path: Path) -> dict[str, float]:
    """Train as a user does, in this process; return what is measured."""
    recipe, started = read_recipe(recipe_path), time.monotonic()
    screen = api.read_screen(recipe_path.parent / recipe.screens[0].name)
    rows, opened = len(screen), time.monotonic()
    after_opening = peak_mb()
    del screen
    pipeline = api.train(recipe_path)
    fitted, peak = time.monotonic(), peak_mb()
    return {
        "rows": rows,
        "copying_s": opened - started,
        "training_s": fitted - opened,
        "opening_mb": after_opening,
        "peak_mb": peak,
        "loss": pipeline.fitted.history[-1]["best"][0],
        "mean_loss": mean_loss(recipe_path),
    }


def measured(rows: int, folder: Path) -> dict[str, float]:
    """Write a screen of so many rows, and train on it in a fresh process; nothing of it stays on disk."""
    options = SimulationOptions(**SHAPE, **DESIGNS[rows])
    with tempfile.TemporaryDirectory(dir=folder) as place:
        here = Path(place)
        write_gctx(here / "screen.gctx", options)
        few = simulate(options.model_copy(update={"compounds": 1}), genes=landmark_axis()).screen
        write_screen(few, here / "cells.screen")
        (here / "recipe.toml").write_text(RECIPE.format(screen="screen.gctx"))
        size = (here / "screen.gctx").stat().st_size
        told = subprocess.run(
            [sys.executable, __file__, "--train", str(here / "recipe.toml")],
            env=os.environ | {"DRUGEXP_CACHE": str(here / "cache")},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout
    return {"file_gb": size / 1e9, **json.loads(told.splitlines()[-1])}


def main() -> None:
    """Print and write one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--train", type=Path, help="train this recipe and print what is measured")
    parser.add_argument("--rows", type=int, nargs="+", default=list(DESIGNS))
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    if chosen.train:
        print(json.dumps(train(chosen.train)))
        return
    lines = [
        "| profiles | file | copied to the cache | one epoch | profiles/s | peak memory | values alone "
        "| loss on new compounds | of the mean profile |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    found = []
    for rows in chosen.rows:
        f = measured(rows, chosen.folder)
        found.append(f)
        print(f, flush=True)
        lines.append(
            f"| {f['rows']:,} | {f['file_gb']:.1f} GB | {f['copying_s']:.0f} s | {f['training_s']:.0f} s | "
            f"{f['rows'] / f['training_s']:,.0f} | {f['peak_mb']:,.0f} MB | {f['rows'] * 978 * 4 / 1e6:,.0f} MB | "
            f"{f['loss']:.4f} | {f['mean_loss']:.4f} |"
        )
    growth = found[-1]["peak_mb"] / found[0]["peak_mb"] - 1
    text = "\n".join([*lines, "", f"Peak memory grows by {growth:.1%} from the first to the last."])
    print(text)
    if chosen.output:
        chosen.output.write_text(f"# Training from disk\n\n{text}\n")


if __name__ == "__main__":
    main()
