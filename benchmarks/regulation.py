"""Regulatory edges: simulated networks with and without loops, and real profiles against DoRothEA.

    python benchmarks/regulation.py [-o benchmarks/results/regulation.md]

The real part needs the data folder (`DRUGEXP_DATA`) with the set `gene_sets`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

import drugexp
from drugexp.biology.regulation.consensus import mean_rank
from drugexp.biology.regulation.methods import METHODS
from drugexp.score.edges import edge_scores, shuffled_aupr
from drugexp.simulate.regulation import simulate_regulation

GENES, SAMPLES, SEEDS = 100, 100, 5
TARGETS = 100
"""Of DoRothEA that are drawn: forests of all would take an hour."""
SURE = ("A", "B", "C")
"""Levels of confidence of DoRothEA that count as known."""


def simulated(feedback: float) -> list[str]:
    """Return the table of simulated networks, medians over seeds with the least and the most."""
    found: dict[str, list[tuple[float, ...]]] = {}
    at, off = np.arange(GENES), ~np.eye(GENES, dtype=bool)
    chances = []
    for seed in range(SEEDS):
        net = simulate_regulation(GENES, SAMPLES, seed=seed, feedback=feedback)
        truth, scores = net.edges[off] != 0, {}
        for name, method in METHODS.items():
            start = time.perf_counter()
            scores[name] = method.find(net.profiles, at, seed)
            _note(found, name, scores[name][off], truth, time.perf_counter() - start)
        _note(found, "consensus", mean_rank(list(scores.values()), at)[off], truth, float("nan"))
        chances.append(truth.mean())
    lines = [
        f"{SEEDS} networks of {GENES} genes, {SAMPLES} profiles each; medians, least and most. "
        f"Chance of AUPR and early precision: {np.mean(chances):.3f}; of AUROC 0.5.",
        "",
        "| method | AUPR | best of 20 shuffled | AUROC | early precision | seconds, one core |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in found.items():
        aupr, shuffled, auroc, early, seconds = (np.array(c) for c in zip(*rows, strict=True))
        title = METHODS[name].title if name in METHODS else "mean rank of all five"
        took = "" if np.isnan(seconds).any() else f"{np.median(seconds):.1f}"
        lines.append(
            f"| {title} | {_three(aupr)} | {shuffled.max():.3f} | {_three(auroc)} | {_three(early)} | {took} |"
        )
    return [*lines, ""]


def _note(
    found: dict[str, list[tuple[float, ...]]], name: str, scores: np.ndarray, truth: np.ndarray, s: float
) -> None:
    got = edge_scores(scores, truth)
    found.setdefault(name, []).append((got.aupr, shuffled_aupr(scores, truth).max(), got.auroc, got.early_precision, s))


def _three(values: np.ndarray) -> str:
    return f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f})"


def real(folder: Path) -> list[str]:
    """Return the table of measured profiles of compounds against DoRothEA."""
    known = pd.read_parquet(folder / "gene_sets" / "dorothea_hs.parquet")
    known = known[known["confidence"].isin(SURE)].rename(columns={"tf": "regulator"})
    lines = [
        f"DoRothEA, confidence {' '.join(SURE)}; regulators are its transcription factors among the genes, targets "
        f"{TARGETS} of theirs, drawn. "
        "95% intervals over regulators.",
        "",
        "| profiles | method | AUPR | 95% interval | best of 20 shuffled | chance | AUROC | early precision |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, tamed in (("lincs_consensus", True), ("baseline_165", False)):
        screen = drugexp.read_screen(name)
        values = np.array(screen.values[:], dtype=np.float64)
        frame = pd.DataFrame(np.sign(values) * np.log1p(np.abs(values)) if tamed else values, columns=screen.genes.ids)
        factors = sorted(set(known["regulator"]) & set(frame.columns))
        gold = known[known["regulator"].isin(factors) & known["target"].isin(set(frame.columns))]
        aims = sorted(set(gold["target"]) - set(factors))
        some = np.random.default_rng(0).choice(aims, size=min(TARGETS, len(aims)), replace=False)
        kept = sorted({*factors, *some})
        frame, gold = frame[kept], gold[gold["target"].isin(kept)]
        found = drugexp.network(frame, methods="all", regulators=factors, gold=gold[["regulator", "target"]])
        for row in found.scores().itertuples(index=False):
            lines.append(
                f"| {name}, {found.samples:,} x {len(frame.columns)} | {row.method} | {row.aupr:.4f} | "
                f"[{row.low:.4f}, {row.high:.4f}] | {row.shuffled:.4f} | {row.chance:.4f} | {row.auroc:.3f} | "
                f"{row.early_precision:.4f} |"
            )
        print("\n".join(lines[-6:]), flush=True)
    return [*lines, ""]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--simulated", action="store_true", help="Leave out the real profiles.")
    chosen = parser.parse_args()
    lines = ["# Regulatory edges", "", "## Simulated networks without loops", "", *simulated(0.0)]
    lines += ["## Simulated networks with feedback (one edge in ten more, against the order)", "", *simulated(0.1)]
    data = os.environ.get("DRUGEXP_DATA")
    if data and not chosen.simulated:
        lines += ["## Measured profiles against DoRothEA", "", *real(Path(data))]
    print("\n".join(lines))
    if chosen.output:
        chosen.output.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
