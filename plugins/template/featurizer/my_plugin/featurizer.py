"""Numbers of atoms by element, scaled by what the training compounds have."""

import numpy as np

from drugexp.chemistry.parse import Compound, parse

ELEMENTS = ("C", "N", "O", "F", "P", "S", "Cl", "Br", "I")


class MyPlugin:
    """Describes compounds. What it learns, it learns in `fit`, from training compounds alone."""

    name = "my-plugin"
    of = "compound"
    version = "1"

    def fit(self, items):
        """Return the state: mean and spread of each column."""
        counts = _counts(items)
        return {"mean": counts.mean(axis=0), "spread": np.maximum(counts.std(axis=0), 1e-3)}

    def transform(self, items, state):
        """Return (item, element) float32; zeros where an item has no structure, such as a knock-down."""
        scaled = (_counts(items) - state["mean"]) / state["spread"]
        return np.where(np.array([bool(s) for s in items.smiles])[:, None], scaled, 0).astype(np.float32)


def _counts(items):
    counts = np.zeros((len(items.ids), len(ELEMENTS)))
    for row, smiles in enumerate(items.smiles):
        compound = parse(smiles) if smiles else None
        if isinstance(compound, Compound):
            symbols = [atom.GetSymbol() for atom in compound.mol.GetAtoms()]
            counts[row] = [symbols.count(element) for element in ELEMENTS]
    return counts
