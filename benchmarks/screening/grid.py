"""Many cells: whole profiles and scores beside every pair encoded anew, and the decoder beside bare products."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

import numpy as np
from device.ceilings import FULL, rates
from device.clock import table
from device.decode import Grid, decoding, speeds
from device.inputs import library as described

from drugexp import api
from drugexp.registry import discover
from screening.stream import screened

PAIRS, SOME = 512, 2048
"""Pairs decoded at once, as a screen does; compounds of the measurement inside of one process."""


def write_signature(path: Path, genes: tuple[str, ...]) -> None:
    """Write a signature of random changes of all genes."""
    values = np.random.default_rng(0).normal(size=len(genes))
    path.write_text("gene,wanted\n" + "".join(f"{g},{v:.3f}\n" for g, v in zip(genes, values, strict=True)))


def grid(library: Path, moses: Path, model: str, folder: Path, cells: int, rounds: int, workers: int) -> list[str]:
    """Return a table of profiles a second."""
    pipeline = api.load(model)
    features = described(moses, SOME, cells, pipeline, discover()).bundled
    taken_apart = pipeline.fitted.factors()  # type: ignore[attr-defined]
    found = Grid(taken_apart, features, PAIRS)
    inside = decoding(found)
    speed = speeds(found, inside, rounds)
    flops = sum(p.flops for p in inside) / PAIRS
    best = rates(2048, 2048, 2048, rounds)[FULL][0]

    one, wanted = folder / "one.smi", folder / "wanted.csv"
    one.write_text("CCO ethanol\n")
    write_signature(wanted, pipeline.genes.ids)
    asked = [x for cell in pipeline.cells.ids[:cells] for x in ("--cell", cell)]
    ways = {
        "dense float16": (),
        "scores of one signature, hits only": ("--against", wanted, "--hits-only"),
        "scores of one signature, all kept": ("--against", wanted),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    starts: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, options in ways.items():
            starts[way].append(screened(one, model, folder, *asked, *options, "--workers", workers).seconds)
            seconds[way].append(screened(library, model, folder, *asked, *options, "--workers", workers).seconds)
    shutil.rmtree(folder / "out")
    rows = sum(1 for _ in library.open())
    naive = speed["anew"]
    lines: list[tuple[object, ...]] = [("every pair encoded anew, nothing read or written", naive, 1.0)]
    for way in ways:
        net = max(statistics.median(seconds[way]) - statistics.median(starts[way]), 1e-9)
        lines.append((f"screen, {way}", rows * cells / net, rows * cells / net / naive))
    shares: list[tuple[object, ...]] = [
        ("one product of 2048 x 2048 matrices", best / 1e9, 1.0),
        ("the decoder's products alone, same shapes", flops * speed[f"bare {FULL}"] / 1e9, None),
        ("the decoder", flops * speed[FULL] / 1e9, None),
    ]
    shares = [(what, rate, rate / (best / 1e9)) for what, rate, _ in shares]  # type: ignore[operator]
    return [
        *table("what | profiles/s | of naive pairs", lines),
        f"{rows:,} compounds x {cells} cells, from file to folder; their structures had been read before; start-up "
        "taken off.",
        "",
        *table("matrix products in float32 | Gflop/s | of the machine's", shares),
        f"{flops / 1e6:.2f} Mflop a profile, {PAIRS} profiles at once. The decoder against its own bare products: "
        f"{speed[FULL] / speed[f'bare {FULL}']:.2f}.",
        "",
    ]
