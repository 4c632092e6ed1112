"""Drug response on GDSC2: naive baselines, one block of the cells added at a time, and predicted profiles.

DRUGEXP_DATA=... python benchmarks/response.py > benchmarks/results/response.md
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import numpy as np

from drugexp.api.responding import PROFILE, with_profiles
from drugexp.biology.response.build import build
from drugexp.biology.response.contest import contest
from drugexp.biology.response.kernels import STRUCTURE
from drugexp.biology.response.ladder import ladder
from drugexp.biology.response.spec import Spec
from drugexp.biology.response.splits import HOLDS, check_hold
from drugexp.intake.response_sets import read_response_set
from drugexp.show.response_text import markdown

BLOCKS = ("expression", "mutation", "copy_number", "methylation")


def main() -> None:
    """Print a table and a verdict for each split."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", nargs="+", default=["cell", "compound"], choices=HOLDS)
    parser.add_argument("--cells", type=int, default=0, help="so many cells, drawn by the seed; 0: all")
    parser.add_argument("--screen", default="gdsc2")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all-blocks", action="store_true", help="only cells that have every block")
    asked = parser.parse_args()
    if not os.environ.get("DRUGEXP_DATA"):
        sys.exit("DRUGEXP_DATA names no data folder")
    built, said = with_profiles(build(read_response_set("gdsc_ccle", screen=asked.screen)), "default")
    grid = built.grid
    keep = np.arange(len(grid.cells))
    if asked.all_blocks:
        keep = keep[np.all([np.isfinite(grid.blocks[b]).any(axis=1) for b in BLOCKS], axis=0)]
    if asked.cells:
        keep = np.sort(np.random.default_rng(asked.seed).permutation(keep)[: asked.cells])
    grid = grid.take(keep, np.arange(len(grid.compounds)))
    specs = ladder(["kernel", "ridge", "boosting"], [STRUCTURE, PROFILE], BLOCKS)
    specs += [Spec("kernel", (STRUCTURE,), (block,)) for block in BLOCKS[1:]]
    print(f"# Drug response ({asked.screen.upper()})\n")
    print(
        f"{len(grid.cells)} cell lines{' that have every block' if asked.all_blocks else ''}, {len(grid.compounds)} "
        "compounds with a structure; 95% intervals draw held-out cells or compounds again. Normalised: after effects "
        "of compound and cell, fitted together to the training pairs, are taken off; within a compound: over cells; "
        "within a cell: over compounds. 0 is what these effects alone reach; the other naive rows show what errors of "
        "estimated effects alone seem to tell.\n"
    )
    print("\n".join(f"- {note}" for note in (*built.notes, said)))
    begun = time.perf_counter()

    def progress(done: int, total: int, label: str) -> None:
        print(f"{time.perf_counter() - begun:7.0f} s {done}/{total} {label}", file=sys.stderr, flush=True)

    for split in asked.splits:
        done = contest(grid, specs, check_hold(split), seed=asked.seed, progress=progress)
        print("\n" + markdown(done, "ln IC50 (uM)"), flush=True)


if __name__ == "__main__":
    main()
