"""Write the scores of a leaderboard into the card of a bundle.

python benchmarks/card.py drugexp/bundles/default benchmarks/results/consensus --cells benchmarks/results/cells.md
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from drugexp.learn.bundle import load_bundle, save_bundle
from drugexp.registry import discover

METRICS = ("centred_pearson", "strength_free_pearson", "discrimination", "r2_over_mean")


def consensus_rows(folder: Path) -> list[dict[str, str]]:
    """Return one row a model, one column a metric, with its 95% interval."""
    table = pd.read_csv(folder / "leaderboard.csv")
    rows = []
    for model, part in table.groupby("model", sort=False):
        found = part.set_index("metric")
        row = {"model": str(model)}
        for metric in METRICS:
            if metric in found.index:
                line = found.loc[metric]
                row[metric] = f"{line['mean']:.3f} [{line['low']:.3f}, {line['high']:.3f}]"
        rows.append(row)
    return rows


def cell_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of the table that `benchmarks/cells.py` wrote."""
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def main() -> None:
    """Rewrite the bundle with its scores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("leaderboard", type=Path)
    parser.add_argument("--cells", type=Path)
    chosen = parser.parse_args()
    pipeline = load_bundle(chosen.bundle, discover())
    scores = {"LINCS consensus, five scaffold-grouped folds, signed log z": consensus_rows(chosen.leaderboard)}
    if chosen.cells:
        scores["Nine cell lines, listed-gene discrimination within a line"] = cell_rows(chosen.cells)
    save_bundle(replace(pipeline, card={**pipeline.card, "scores": scores}), chosen.bundle)
    print(f"wrote the scores into {chosen.bundle}")


if __name__ == "__main__":
    main()
