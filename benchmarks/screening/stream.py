"""One cell, whole profiles: rows a second beside what RDKit alone would take to read them."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping
from pathlib import Path

from device.clock import table

from screening.ceiling import seconds
from screening.processes import Ran, drugexp, ran

WAYS: Mapping[str, tuple[str, ...]] = {
    "nothing kept from before": (),
    "--canonical, nothing kept from before": ("--canonical",),
    "read before (cache)": (),
}


def screened(library: Path, model: str, folder: Path, *more: object, memory: bool = False) -> Ran:
    """Screen a library anew; what was read of structures before stays."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    command = drugexp("screen", library, "--model", model, "-o", folder / "out", "--quiet", *more)
    return ran(command, {"DRUGEXP_CACHE": str(folder / "cache")}, memory=memory)


def forget(folder: Path) -> None:
    """Drop what was read of structures; compiled programs stay."""
    shutil.rmtree(folder / "cache" / "screens", ignore_errors=True)


def stream(library: Path, model: str, folder: Path, rounds: int, workers: int) -> list[str]:
    """Return a table: each way to screen, beside the ceiling of as many processes, in rounds of one turn each."""
    one = folder / "one.smi"
    one.write_text("CCO ethanol\n")
    screened(one, model, folder)  # compiles
    rows = sum(1 for _ in library.open())
    floor: list[float] = []
    empty: list[float] = []
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        floor.append(seconds(library, workers))
        empty.append(screened(one, model, folder, "--workers", workers).seconds)
        for way, options in WAYS.items():
            if "cache" not in way:
                forget(folder)
            else:
                screened(library, model, folder, "--workers", workers)  # keeps what is read lean
            taken[way].append(screened(library, model, folder, "--workers", workers, *options).seconds)
    ceiling, start = rows / statistics.median(floor), statistics.median(empty)
    lines: list[tuple[object, ...]] = [(f"parse + Morgan alone, {workers} processes", ceiling, 1.0)]
    for way, each in taken.items():
        rate = rows / (statistics.median(each) - start)
        lines.append((f"screen, {way}", rate, rate / ceiling))
    told = f"{rows:,} molecules, pooled over cells, dense float16; start-up ({start:.1f} s) taken off."
    return [*table("what | rows/s | of the ceiling", lines), told, ""]
