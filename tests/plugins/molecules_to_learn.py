"""Molecules whose number of heavy atoms is to be learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
from planted import examples
from rdkit import Chem

from drugexp.contract import MISSING, OBSERVED, Batch, Context, Examples, GeneAxis, Items, Task, Unit, parse_options
from drugexp.learn.network.model import network_model

KNOWN, BY_HEART = 96, 32
"""Molecules to learn from, and those among them that also have random numbers."""

_PIECES = ("C", "CC", "C(C)C", "N", "O", "C(=O)", "c1ccc(cc1)", "C(=O)N", "S", "C(F)(F)C", "CO", "c1ccnc(c1)")
_ENDS = ("C", "O", "N", "F", "Cl", "C#N", "c1ccccc1", "C1CCNCC1")


def chains(count: int, seed: int = 0) -> list[str]:
    """Return SMILES of random chains, of 3 to about 35 heavy atoms."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        middle = "".join(_PIECES[i] for i in rng.integers(0, len(_PIECES), rng.integers(1, 7)))
        mol = Chem.MolFromSmiles("C" + middle + _ENDS[rng.integers(0, len(_ENDS))])
        if mol is not None:
            found[Chem.MolToSmiles(mol)] = None
    return list(found)


def described(featurizer: Any, smiles: list[str]) -> np.ndarray:
    """Return (compound, feature)."""
    items = Items(tuple(smiles), tuple(smiles))
    return featurizer.transform(items, featurizer.fit(items))


def batch_of(feature: str, rows: np.ndarray) -> Batch:
    """Return one sample a compound, in pooled cells, with nothing stated."""
    n = len(rows)
    unstated = np.full(n, np.nan, np.float32)
    return Batch({feature: rows}, {}, np.arange(n, dtype=np.int32), np.full(n, -1, np.int32), unstated, unstated)


def count_and_noise(feature: str, rows: np.ndarray, smiles: list[str]) -> Examples:
    """Return examples of one task: eighths of heavy atoms, and for the first molecules 15 random numbers."""
    values = np.random.default_rng(2).normal(size=(len(rows), 16)).astype(np.float32)
    values[:, :1] = heavy_atoms(smiles)
    state = np.full(values.shape, OBSERVED, np.uint8)
    state[BY_HEART:, 1:] = MISSING
    task = Task("learnt", GeneAxis(tuple(f"G{i}" for i in range(16))), Unit.LOG2FC)
    return examples(batch_of(feature, rows), task, values, groups=np.arange(len(rows)), state=state)


def fitted(network: Any, data: Examples, *, seed: int = 0, **options: Any) -> Any:
    """Return the network trained on all of the data."""
    model = network_model(network)
    return model.fit(data, None, parse_options(model.Options, options), context=Context(), seed=seed)


def explained(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return R2 over the mean of each column."""
    return float(1 - ((truth - prediction) ** 2).sum() / ((truth - truth.mean(0)) ** 2).sum())


def heavy_atoms(smiles: list[str]) -> np.ndarray:
    """Return (compound, 1) counts, in eighths, which is the size of the random numbers beside them."""
    return np.array([[Chem.MolFromSmiles(s).GetNumHeavyAtoms()] for s in smiles], np.float32) / 8
