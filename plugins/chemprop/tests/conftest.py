"""A small screen whose profiles are set by the end group of each compound, and a little by the dose."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from drugexp.contract import Batch, Examples, GeneAxis, Target, Task, Unit

CORES = ("c1ccc({})cc1", "c1ccc2cc({})ccc2c1", "C1CCC({})CC1", "c1cc({})ccn1", "C1CCN({})CC1", "c1cc({})sc1")
ENDS = ("N", "O", "Cl", "C(=O)O", "C(F)(F)F")
SMILES = tuple(core.format("C" + end) for core, end in product(CORES, ENDS))
GENES = GeneAxis(tuple(f"G{i}" for i in range(12)))
DOSES = (0.1, 10.0)


def batch_of(compounds: np.ndarray, dose_um: np.ndarray, cells: int = 0) -> Batch:
    """Return samples of these compounds; the table of perturbations ends with one that has no structure."""
    n = len(compounds)
    table = np.random.default_rng(5).normal(size=(cells, 8)).astype(np.float32)
    return Batch(
        compound={},
        cell={"expression": table} if cells else {},
        compound_index=compounds.astype(np.int32),
        cell_index=(np.arange(n) % cells if cells else np.full(n, -1)).astype(np.int32),
        dose_um=dose_um.astype(np.float32),
        hours=np.full(n, np.nan, dtype=np.float32),
        smiles=(*SMILES, None),
    )


def examples_of(keep: np.ndarray, *, cells: int = 0, seed: int = 0) -> Examples:
    """Return the compounds `keep`, each at two doses in every cell; in the second cell profiles have the other sign."""
    rng = np.random.default_rng(seed)
    effect = np.random.default_rng(99).normal(size=(len(ENDS), len(GENES)))
    each = max(cells, 1)  # of a compound and dose
    compounds = np.repeat(keep, len(DOSES) * each)
    dose = np.tile(np.repeat(DOSES, each), len(keep))
    batch = batch_of(compounds, dose, cells)
    strength = np.where(dose > 1, 2.0, 1.0) * np.where(batch.cell_index == 1, -1, 1)
    values = strength[:, None] * effect[compounds % len(ENDS)] + 0.1 * rng.normal(size=(len(dose), len(GENES)))
    target = Target(
        task=Task("planted", GENES, Unit.ZSCORE),
        rows=np.arange(len(dose)),
        values=values.astype(np.float32),
        weight=np.ones(len(dose), dtype=np.float32),
    )
    return Examples(batch, (target,), compounds.astype(np.int64))


@pytest.fixture(scope="session")
def seen() -> np.ndarray:
    """Compounds with all but the last core."""
    return np.arange(len(SMILES) - len(ENDS))


@pytest.fixture(scope="session")
def held_out() -> np.ndarray:
    """Compounds with a core that is not among the seen ones."""
    return np.arange(len(SMILES) - len(ENDS), len(SMILES))
