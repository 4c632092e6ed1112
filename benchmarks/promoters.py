"""Genes told from planted promoters by every model: python benchmarks/promoters.py (5 min of one core).

A word of eight letters stands anywhere in half of the promoters and raises the gene; the share of G and C raises it
too; a gene's methylation in a cell lowers it there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from drugexp.biology.baseline.design import Design
from drugexp.biology.baseline.promoters.contest import MEASURES, contest

MOTIF = np.array([0, 2, 3, 0, 1, 1, 2, 0], dtype=np.int8)


def planted(genes: int, length: int, cells: int, seed: int) -> tuple[Design, np.ndarray, np.ndarray]:
    """Return expression and methylation, letters of promoters, and the part of each gene's level that is no noise."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(4, size=(genes, length)).astype(np.int8)
    has = rng.random(genes) < 0.5
    for gene in np.flatnonzero(has):
        at = rng.integers(length - len(MOTIF))
        codes[gene, at : at + len(MOTIF)] = MOTIF
    share = np.isin(codes, (1, 2)).mean(axis=1)
    truth = 2 * has + 0.7 * (share - share.mean()) / share.std()
    level = 8 + truth + 0.5 * rng.normal(size=genes)
    x = rng.normal(size=(cells, genes, 1))
    y = level - 0.8 * x[..., 0] + 0.5 * rng.normal(size=(cells, genes))
    names = tuple(f"c{i}" for i in range(cells)), tuple(f"g{i}" for i in range(genes))
    return Design(*names, y, ("methylation",), x), codes, truth


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=600)
    parser.add_argument("--length", type=int, default=300)
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/results/promoters.md"))
    asked = parser.parse_args()
    design, codes, truth = planted(asked.genes, asked.length, 20, 0)
    folds = np.arange(asked.genes) % 4
    ceiling = np.corrcoef(truth, design.expression.mean(axis=0))[0, 1]
    lines = [
        "# Expression from promoters",
        "",
        f"{asked.genes} genes with promoters of {asked.length} letters, 20 cells, four folds of genes. A word of eight "
        "letters, anywhere in half of the promoters, raises the gene; so does the share of G and C; methylation "
        f"lowers the gene in a cell. What is planted correlates with the genes' levels by {ceiling:.3f}: no "
        "promoter can tell more.",
        "",
        "| | across genes, r | R2 over the mean | across cells, r | seconds |",
        "|---|---|---|---|---|",
    ]
    seen = set()
    for models in (["linear", "svm", "forest"], ["cnn"], ["rnn"]):
        begun = time.perf_counter()
        rows = contest(design, codes, models, folds, 0)
        took = (time.perf_counter() - begun) / max(len(rows) - 1, 1)
        for row in rows:
            if row.label in seen:
                continue
            seen.add(row.label)
            told = [f"{i.mean:.3f} [{i.low:.3f}, {i.high:.3f}]" for i in (getattr(row, m) for m in MEASURES)]
            lines.append(f"| {row.label} | {' | '.join(told)} | {took:.0f} |")
            print(lines[-1], flush=True)
    asked.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
