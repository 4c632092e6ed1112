"""How long every signature against every reference takes: 10,000 queries x 10,000 references of 978 genes.

    python benchmarks/connect.py [--queries 10000] [--references 10000] [-o benchmarks/results/connect.md]

The whole size is run; only the row of plain NumPy is extrapolated from few pairs, and says so. Of each block of
references the best 50 of every query so far are kept, as a ranking needs them: the matrix of scores is never held.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import jax
import numpy as np

from drugexp.biology.connect.measures import BLOCK, Aims, blocks
from drugexp.score.connectivity_scale import tau

GENES, DIRECTIONS, SETS, KEPT = 978, 60, 50, 50
MEASURES = ("wtcs", "ks", "xsum", "cosine", "pearson")


def signatures(count: int, seed: int) -> np.ndarray:
    """Return profiles whose genes move together, (signature, gene) float32."""
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(99).normal(size=(DIRECTIONS, GENES))
    made = rng.normal(size=(count, DIRECTIONS)) @ basis / np.sqrt(DIRECTIONS) + 0.5 * rng.normal(size=(count, GENES))
    return made.astype(np.float32)


def ranked(aims: Aims, references: np.ndarray, used: np.ndarray, measure: str) -> tuple[float, np.ndarray]:
    """Return the seconds that all blocks took, and the best scores of each query, (query, kept)."""
    for _ in blocks(aims, references[:BLOCK], used, measure):  # compiles
        pass
    best = np.full((len(aims), KEPT), -np.inf, dtype=np.float32)
    began = time.perf_counter()
    for _, part in blocks(aims, references, used, measure):
        both = np.concatenate([best, part], axis=1)
        best = -np.partition(-both, KEPT - 1, axis=1)[:, :KEPT]
    return time.perf_counter() - began, best


def plain(aims: Aims, references: np.ndarray, count: int) -> float:
    """Return the seconds a pair takes in a loop of NumPy that sorts each reference once."""
    began = time.perf_counter()
    for reference in references[:count]:
        order = np.argsort(-reference, kind="stable")
        weight = np.abs(reference[order])
        for up, down in zip(aims.up[:count], aims.down[:count], strict=True):
            ends = []
            for chosen in (up[order], down[order]):
                hits = chosen * weight
                running = np.cumsum(hits / hits.sum() - (1 - chosen) / (GENES - chosen.sum()))
                ends.append(max(running.max(), running.min(), key=abs))
            _ = (ends[0] - ends[1]) / 2 if np.sign(ends[0]) != np.sign(ends[1]) else 0.0
    return (time.perf_counter() - began) / count**2


def main() -> None:
    """Print and write one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=60)
    parser.add_argument("-o", "--output")
    chosen = parser.parse_args()
    used = np.ones(GENES, dtype=bool)
    references = signatures(chosen.references, 0)
    aims = Aims.of_profiles(signatures(chosen.queries, 1), used, SETS)
    pairs = chosen.queries * chosen.references
    lines = ["| what | seconds | million pairs a second |", "|---|---|---|"]
    for measure in MEASURES:
        seconds, best = ranked(aims, references, used, measure)
        assert np.isfinite(best).all()
        lines.append(
            f"| `{measure}`, all {pairs / 1e6:,.0f} million pairs | {seconds:.1f} | {pairs / seconds / 1e6:.2f} |"
        )
        print(lines[-1], flush=True)
    each = plain(aims, references, min(chosen.plain, chosen.queries, chosen.references))
    told = f"`wtcs` in a loop of NumPy, extrapolated from {chosen.plain**2:,} pairs"
    lines.append(f"| {told} | {each * pairs:,.0f} | {1e-6 / each:.3f} |")
    rng = np.random.default_rng(2)
    scores, others = (rng.normal(size=(n, 1000)).astype(np.float32) for n in (chosen.queries, 1000))
    began = time.perf_counter()
    tau(scores, others)
    seconds = time.perf_counter() - began
    lines.append(f"| tau of {chosen.queries:,} queries and 1,000 references beside 1,000 others | {seconds:.1f} | |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    device = jax.local_devices()[0]
    words = (
        f"{chosen.queries:,} queries x {chosen.references:,} references, {GENES} genes, {SETS} raised and {SETS} "
        f"lowered genes a query; {BLOCK} references at a time, float32, on {device.device_kind} ({device.platform}). "
        f"Largest memory of the whole process: {peak:,.0f} MiB, of which the signatures and sets themselves are "
        f"{(references.nbytes + 3 * aims.up.nbytes) / 2**20:,.0f} MiB."
    )
    print("\n".join([words, "", *lines]))
    if chosen.output:
        Path(chosen.output).write_text("# Connectivity at scale\n\n" + words + "\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
