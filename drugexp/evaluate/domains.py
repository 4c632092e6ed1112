"""Whether held-out compounds and cells lie inside of what a fold's training rows teach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drugexp.contract import Cells, Screen
from drugexp.contract.tables import coded
from drugexp.learn.assemble import join_cells
from drugexp.learn.near_cells import near_cells
from drugexp.learn.neighbours import among_training, cut
from drugexp.learn.training import compound_groups, morgan_bits, near_training, training_compounds

COLUMNS = ("similarity", "density", "far", "sparse", "cell_correlation", "cell_far", "cell_sparse")


def domain_of(test: Screen, trained: Sequence[Screen], known: Cells) -> dict[str, np.ndarray]:
    """Return for each test sample how near it is to training, and whether that is outside, (sample,) float32 each.

    The cuts are made as for a model that ships, on the training rows alone: 5% of the training compounds lie below,
    each with its own scaffold group left out; of the training cells likewise, each with itself left out.

    Parameters
    ----------
    test
        The held-out samples.
    trained
        The training rows of all screens.
    known
        Cell lines known by name.

    Returns
    -------
    dict
        ``similarity`` to the nearest training compound and ``density`` around it; ``far``, ``sparse``: 1 below the
        cut, else 0; NaN without a structure. ``cell_correlation`` of expression with the nearest training cell;
        ``cell_far``, ``cell_sparse``; NaN where the cell itself was in training, without expression, and with fewer
        than three training cells.
    """
    similarity, density = near_training(test, trained)
    own = among_training(morgan_bits(list(training_compounds(trained))), compound_groups(trained))
    return {
        "similarity": similarity,
        "density": density,
        "far": _below(similarity, cut(own.similarity)),
        "sparse": _below(density, cut(own.density)),
        **_cells(test, trained, known),
    }


def _below(values: np.ndarray, least: float) -> np.ndarray:
    return np.where(np.isnan(values), np.nan, values < least).astype(np.float32)


def _cells(test: Screen, trained: Sequence[Screen], known: Cells) -> dict[str, np.ndarray]:
    index, names = coded(test.samples["cell"])
    seen = {str(c) for screen in trained for c in screen.samples["cell"].unique() if c}
    cells = join_cells([test, *trained], known)
    at = cells.positions(names)
    asked = Cells(
        tuple(cells.ids[i] for i in at if i >= 0),
        {n: type(b)(b.values[at[at >= 0]], b.features, b.unit) for n, b in cells.blocks.items()},
    )
    found = near_cells(asked, cells, tuple(sorted(seen)))
    new = np.array([name not in seen for name in asked.ids], dtype=bool)
    told = new & (found.near.position >= 0) & np.isfinite(found.min_correlation)
    place = {name: i for i, name in enumerate(asked.ids)}
    of_name = np.array([place.get(str(name), -1) for name in names], dtype=np.int64)
    columns = {
        "cell_correlation": found.near.similarity,
        "cell_far": found.far,
        "cell_sparse": found.sparse,
    }
    padded = {n: np.append(np.where(told, v, np.nan), np.nan).astype(np.float32) for n, v in columns.items()}
    return {n: v[of_name][index] for n, v in padded.items()}
