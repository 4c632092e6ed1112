"""Cost against size: rows, cells and workers, with the memory held; and what 10^9 compounds would take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from device.clock import table

from screening.processes import Ran
from screening.stream import forget, screened

BILLION = 1_000_000_000


def sizes(
    library: Path, wanted: Path, model: str, folder: Path, cells: list[str], counts: list[int], many: int
) -> list[str]:
    """Return tables of seconds, rates and memory, and the plan for 10^9 compounds from the largest runs.

    Parameters
    ----------
    library
        At least as many rows as the largest of `counts`.
    wanted
        Signatures: with many cells scores are kept, and only of hits.
    cells
        Names of the many cells.
    counts
        Rows.
    many
        The most rows that meet many cells, or one worker.
    """
    lines: list[tuple[object, ...]] = []
    last: dict[tuple[int, int], tuple[int, Ran, int]] = {}
    for workers in (1, 2):
        for asked in ([], cells):
            options = [x for cell in asked for x in ("--cell", cell)]
            options += ["--against", wanted, "--hits-only"] if asked else []
            for count in counts:
                if count > many and (asked or workers == 1):
                    continue
                part = folder / f"{count}.smi"
                if not part.is_file():
                    with library.open() as rows, part.open("w") as out:
                        out.writelines(line for line, _ in zip(rows, range(count), strict=False))
                forget(folder)
                found = screened(part, model, folder, "--workers", workers, "--no-cache", *options, memory=True)
                size = sum(p.stat().st_size for p in (folder / "out").rglob("*") if p.is_file())
                summary = json.loads((folder / "out" / "summary.json").read_text())
                assert summary["rows"] == count
                kept = "scores of hits" if asked else "dense float16"
                pairs = count * max(1, len(asked)) / found.seconds
                lines.append(
                    (count, len(asked) or "pooled", workers, kept, found.seconds, pairs, found.peak_mb, size / 1e6)
                )
                last[workers, len(asked)] = count, found, size
                shutil.rmtree(folder / "out")
    head = "compounds | cells | workers | kept | seconds | profiles/s | peak memory, MB | folder, MB"
    plan = [
        (
            len(cells) if asked else "pooled",
            "scores of hits" if asked else "dense float16",
            BILLION / count * found.seconds * workers / 3600,
            BILLION / count * found.seconds / 3600,
            BILLION / count * size / 1e12,
        )
        for (workers, asked), (count, found, size) in last.items()
        if workers == 2
    ]
    return [
        *table(head, lines),
        "Whole processes, start-up and compilation included, nothing kept from before.",
        "",
        "On paper, 10^9 compounds at the rates of the largest runs with two workers:",
        "",
        *table("cells | kept | core hours | hours on two cores | TB", plan),
    ]
