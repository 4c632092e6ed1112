"""Regulatory edges on five simulated networks of 100 genes, 100 samples: python benchmarks/regulation.py > FILE."""

from __future__ import annotations

import time

import numpy as np

from drugexp.biology.regulation.consensus import mean_rank
from drugexp.biology.regulation.correlation import partial_correlation, rank_correlation
from drugexp.biology.regulation.forests import forest_edges
from drugexp.score.edges import edge_scores, shuffled_aupr
from drugexp.simulate.regulation import simulate_regulation

TREES = 100
METHODS = {
    "rank correlation": rank_correlation,
    "partial correlation": partial_correlation,
    f"forests, {TREES} trees": lambda profiles: forest_edges(profiles, TREES),
}

print("# Regulatory edges on simulated networks without loops (not those of DREAM4)\n")
print("Seconds on one core. Chance of AUROC is 0.5. Shuffled: largest AUPR of 20 gold standards dealt out anew.\n")
print("| network | method | AUPR | AUROC | early precision | chance | shuffled | seconds |")
print("|---|---|---|---|---|---|---|---|")
off = ~np.eye(100, dtype=bool)
for seed in range(5):
    network = simulate_regulation(seed=seed)
    truth, found, seconds = network.edges[off] != 0, {}, {}
    for name, method in METHODS.items():
        start = time.perf_counter()
        found[name] = method(network.profiles)
        seconds[name] = f"{time.perf_counter() - start:.1f}"
    found["consensus of the three"] = mean_rank(list(found.values()))
    for name, scores in found.items():
        got, shuffled = edge_scores(scores[off], truth), shuffled_aupr(scores[off], truth).max()
        print(
            f"| {seed} | {name} | {got.aupr:.3f} | {got.auroc:.3f} | {got.early_precision:.3f} "
            f"| {got.chance:.3f} | {shuffled:.3f} | {seconds.get(name, '')} |"
        )
