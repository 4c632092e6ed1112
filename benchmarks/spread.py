"""Whether different compounds get different profiles: the spread of predictions beside that of the truth.

    python benchmarks/spread.py [--compounds 1000] [-o benchmarks/results/spread.md]

Needs the data folder (`DRUGEXP_DATA`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from predict import library

from drugexp import api
from drugexp.learn.identity import identify
from drugexp.learn.transforms import signed_log


def spread(values: np.ndarray) -> dict[str, float]:
    """Return how profiles (sample, gene) differ from each other."""
    centred = values - values.mean(axis=0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    plain = values - values.mean(axis=1, keepdims=True)
    plain /= np.maximum(np.linalg.norm(plain, axis=1, keepdims=True), 1e-12)
    off = ~np.eye(len(values), dtype=bool)
    gram = plain @ plain.T
    return {
        "sd over compounds, mean over genes": float(values.std(axis=0).mean()),
        "strength, median norm of a profile": float(np.median(np.linalg.norm(values, axis=1))),
        "mean correlation of two profiles": float(gram[off].mean()),
        "sd of the correlation after centring": float((unit @ unit.T)[off].std()),
        "pairs of identical profiles": float(len(values) - len(np.unique(values, axis=0))),
    }


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compounds", type=int, default=1000)
    parser.add_argument("-o", "--output")
    chosen = parser.parse_args()
    found = api.outcome(library(chosen.compounds)).predictions
    assert found is not None
    screen = identify(api.read_screen("lincs_consensus", structures="open")).screen
    known = api.outcome(list(screen.perturbations["smiles"])).predictions
    assert known is not None
    columns = {
        f"{chosen.compounds:,} library compounds, predicted": spread(signed_log(found.mean)),
        "training compounds, predicted": spread(signed_log(known.mean)),
        "training compounds, measured": spread(signed_log(screen.values)),
    }
    lines = ["| signed log z | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name in next(iter(columns.values())):
        lines.append(f"| {name} | " + " | ".join(f"{column[name]:.4g}" for column in columns.values()) + " |")
    lines.append("\nRows of the measured set that repeat another compound's profile are in the source.")
    print("\n".join(lines))
    if chosen.output:
        Path(chosen.output).write_text("# Spread of predictions\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
