"""How fast `drugexp screen` is, as ratios measured in one run.

    python benchmarks/screen.py stream grid peers sizes [--model FOLDER] [-o benchmarks/results/screen]

Needs the data folder (`DRUGEXP_DATA`) for its library of real molecules. Each section is a table in a file of its own
and names its model: the network of `benchmarks/network.toml`, which is trained first (a minute), or another.

- `stream`: 200,000 molecules, one cell, beside parse + Morgan alone in as many processes;
- `grid`: 20,000 molecules x 50 cells, whole profiles and scores, beside every pair encoded anew;
- `peers`: `chemprop predict` and a script of RDKit and PyTorch (`--peers`: Python of an environment that has them);
- `sizes`: seconds, rates and memory from 10^4 to 10^6 molecules, 1 and 50 cells, 1 and 2 workers.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from itertools import cycle
from pathlib import Path

import jax
from device.inputs import read
from screening.grid import grid, write_signature
from screening.peers import peers
from screening.processes import drugexp as command
from screening.processes import ran
from screening.sizes import sizes
from screening.stream import stream

import drugexp
from drugexp import api

SECTIONS = ("stream", "grid", "peers", "sizes")
RECIPE = Path(__file__).with_name("network.toml")


def write_library(path: Path, smiles: list[str], count: int) -> Path:
    """Write so many rows with names of their own; a shorter list of molecules comes round again."""
    with path.open("w") as file:
        file.writelines(f"{text} m{i}\n" for i, text in zip(range(count), cycle(smiles), strict=False))
    return path


def main() -> None:
    """Measure the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="+", choices=SECTIONS)
    parser.add_argument("--model", help="Bundle folder or name; default: the network, trained anew.")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--grid-rows", type=int, default=20_000)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 50_000, 100_000, 1_000_000])
    parser.add_argument(
        "--many", type=int, default=100_000, help="The most rows that meet 50 cells, or 1 worker, in `sizes`."
    )
    parser.add_argument("--cells", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--folder", type=Path, help="Where to work; default: a temporary one.")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        measured(chosen, folder)


def measured(chosen: argparse.Namespace, folder: Path) -> None:
    """Measure each section in a folder to work in, and tell."""
    moses = Path(os.environ["DRUGEXP_DATA"]) / "libraries" / "moses_200k.csv.gz"
    model = chosen.model
    if model is None:
        model = str(folder / "network")
        ran(command("train", RECIPE, "-o", model))
    pipeline = api.load(model)
    smiles = read(moses, chosen.rows)
    library = write_library(folder / "library.smi", smiles, chosen.rows)
    for section in chosen.sections:
        if section == "stream":
            lines = stream(library, model, folder, chosen.rounds, chosen.workers)
        elif section == "grid":
            few = write_library(folder / "few.smi", smiles, chosen.grid_rows)
            lines = grid(few, moses, model, folder, chosen.cells, chosen.rounds, chosen.workers)
        elif section == "peers":
            if chosen.peers is None:
                raise SystemExit("peers needs --peers PYTHON, of an environment with chemprop, torch and rdkit")
            few = write_library(folder / "few.smi", smiles, chosen.grid_rows)
            lines = peers(few, model, folder, chosen.peers, chosen.rounds, chosen.workers)
        else:
            big = write_library(folder / "big.smi", smiles, max(chosen.counts))
            wanted = folder / "wanted.csv"
            write_signature(wanted, pipeline.genes.ids)
            cells = list(pipeline.cells.ids[: chosen.cells])
            lines = sizes(big, wanted, model, folder, cells, chosen.counts, chosen.many)
        told = f"Model: {pipeline.name} ({pipeline.model.bare}). {os.cpu_count()} cores, jax {jax.__version__}, "
        told += f"drugexp {drugexp.__version__}, medians of {chosen.rounds}."
        text = "\n".join(
            [f"# Screening: {section}", "", *lines, told if section != "sizes" else told.rpartition(",")[0] + "."]
        )
        print(text)
        if chosen.output is not None:
            chosen.output.mkdir(parents=True, exist_ok=True)
            (chosen.output / f"{section}.md").write_text(text + "\n")


if __name__ == "__main__":
    main()
