"""Measure how well hidden entries of real tables are told: by the mean, nearest rows, and a low-rank matrix.

python benchmarks/impute.py -o benchmarks/results/impute.md
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drugexp.intake.store import read_cells, read_screen
from drugexp.learn.transforms import signed_log
from drugexp.preprocess.impute import Fill, fit_mean, fit_neighbours
from drugexp.preprocess.low_rank import fit_low_rank

FITS: dict[str, Callable[[np.ndarray], Fill]] = {
    "mean": fit_mean,
    "10 neighbours": fit_neighbours,
    "low rank": fit_low_rank,
}
HIDDEN, HELD_OUT = 0.1, 0.2
"""Share of the entries that are hidden, and of the rows that no fit sees."""


def errors(whole: np.ndarray, seed: int = 0) -> list[float]:
    """Return the root mean square error of each fit on hidden entries of held-out rows."""
    rng = np.random.default_rng(seed)
    hidden = rng.random(whole.shape) < HIDDEN
    holes = np.where(hidden, np.nan, whole)
    order = rng.permutation(len(whole))
    cut = round((1 - HELD_OUT) * len(whole))
    train, test = order[:cut], order[cut:]
    return [
        float(np.sqrt(np.mean((fit(holes[train]).fill(holes[test]) - whole[test])[hidden[test]] ** 2)))
        for fit in FITS.values()
    ]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", "--output", type=Path, required=True)
    chosen = parser.parse_args()
    tables = {
        "`lincs_consensus`, signed log z": signed_log(np.asarray(read_screen("lincs_consensus").values)),
        "`baseline_165`, log2 expression": np.asarray(read_cells("baseline_165").blocks["expression"].values),
        "`tggates_phh`, log2 fold change": np.asarray(read_screen("tggates_phh").values),
    }
    lines = ["| | " + " | ".join(FITS) + " |", "|" + "---|" * (len(FITS) + 1)]
    for name, whole in tables.items():
        size = f"{whole.shape[0]:,} x {whole.shape[1]}"
        found = " | ".join(f"{e:.3f}" for e in errors(whole.astype(np.float64)))
        lines.append(f"| {name}, {size} | {found} |")
    chosen.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
