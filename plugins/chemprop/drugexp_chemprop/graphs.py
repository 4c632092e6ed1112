"""From the SMILES of a batch to molecule graphs, each unique compound once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from chemprop.data import BatchMolGraph, MolGraph
from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer
from chemprop.utils import make_mol
from drugexp.contract import Batch
from drugexp.errors import ModelError

FEATURIZER = SimpleMoleculeMolGraphFeaturizer()
"""Chemprop's own description of atoms and bonds."""


def molecule_graphs(batch: Batch) -> tuple[list[MolGraph], np.ndarray]:
    """Return the graph of each unique compound of the samples, and each sample's position among them.

    Parameters
    ----------
    batch
        With the SMILES of its perturbations. One that no sample uses may lack a structure.

    Returns
    -------
    graphs
        In the order of ``batch.compound_index``.
    at
        (sample,) int64.

    Raises
    ------
    ModelError
        If a sample's perturbation has no structure, such as a knock-down, or none that can be read.
    """
    used, at = np.unique(batch.compound_index, return_inverse=True)
    smiles = [batch.smiles[i] if batch.smiles else None for i in used]
    lacking = sum(not s for s in smiles)
    if lacking:
        raise ModelError(
            f"{lacking} of {len(smiles)} perturbations have no structure (a knock-down, say), and this model reads "
            "nothing else",
            hint="Leave them out, or choose a model that does not need SMILES.",
        )
    return [_graph(s) for s in smiles if s], at.astype(np.int64)


def _graph(smiles: str) -> MolGraph:
    try:
        return FEATURIZER(make_mol(smiles))
    except RuntimeError:  # what chemprop raises for a SMILES that RDKit refuses
        raise ModelError(f"the SMILES {smiles!r} cannot be read") from None


def join(graphs: Sequence[MolGraph], dtype: torch.dtype = torch.float32) -> BatchMolGraph:
    """Return graphs as one, their atoms and bonds described by numbers of this type."""
    joined = BatchMolGraph(graphs)
    joined.V, joined.E = joined.V.to(dtype), joined.E.to(dtype)
    return joined
