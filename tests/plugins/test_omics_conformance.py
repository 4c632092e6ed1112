"""The integrated descriptions of cells are held to the rules that a stranger's featuriser is held to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from omics_planted import planted_factors

from drugexp.contract import GeneAxis, Items
from drugexp.testing import conformance


def patchy() -> dict[str, Any]:
    """Return cells with three blocks, some of which some cells lack."""
    blocks = planted_factors(24, binary="mutation")[0]
    blocks["mutation"][[2, 12]] = np.nan
    blocks["expression"][[5, 20, 21]] = np.nan
    blocks["copy_number"][3, :7] = np.nan
    for values in blocks.values():
        values[23] = np.nan  # nothing is known of the last cell
    axes = {name: GeneAxis(tuple(f"G{i}" for i in range(v.shape[1]))) for name, v in blocks.items()}
    ids = tuple(f"cell{i}" for i in range(24))
    return {"items": Items(ids=ids, blocks={n: v.astype(np.float32) for n, v in blocks.items()}, axes=axes)}


def one_block(name: str) -> Callable[[], dict[str, Any]]:
    """Return what makes cells with one patchy block of a name."""

    def made() -> dict[str, Any]:
        items = patchy()["items"]
        return {
            "items": Items(
                items.ids, blocks={name: items.blocks["copy_number"]}, axes={name: items.axes["copy_number"]}
            )
        }

    return made


JOINT = ("block_pls", "diablo", "icluster", "mofa", "omics_early", "omics_measured", "snf")
SINGLE = {name: one_block(name) for name in ("chromatin", "copy_number", "methylation", "mutation", "protein")}
test_omics = conformance("omics", settings={**dict.fromkeys(JOINT, patchy), **SINGLE})
test_omics_of_one_block = conformance("omics", settings=SINGLE)
