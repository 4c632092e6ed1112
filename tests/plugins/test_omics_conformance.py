"""The integrated descriptions of cells are held to the rules that a stranger's featuriser is held to."""

from __future__ import annotations

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


NAMES = ("icluster", "mofa", "omics_measured", "snf")
test_omics = conformance("omics", settings=dict.fromkeys(NAMES, patchy))
test_omics_of_one_block = conformance("omics")
