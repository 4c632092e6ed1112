"""Chemprop's network: built from options, run on compounds that stand once, taken to arrays and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from chemprop.data import MolGraph
from chemprop.models import MPNN
from chemprop.nn import (
    Aggregation,
    BondMessagePassing,
    MeanAggregation,
    NormAggregation,
    RegressionFFN,
    SumAggregation,
    UnscaleTransform,
)
from drugexp.errors import ModelError

from drugexp_chemprop.graphs import FEATURIZER, join
from drugexp_chemprop.options import ChempropOptions

_AGGREGATION: dict[str, type[Aggregation]] = {"mean": MeanAggregation, "sum": SumAggregation, "norm": NormAggregation}


def build(options: ChempropOptions, extra: int, centre: np.ndarray, scale: np.ndarray) -> MPNN:
    """Return a network with random weights.

    Parameters
    ----------
    options
        Depth, widths and dropout.
    extra
        Number of columns beside a compound's code.
    centre, scale
        (gene,) of the training profiles. In training mode the network gives standardised profiles,
        in evaluation mode those in the unit of the task.
    """
    atoms, bonds = FEATURIZER.shape
    passing = BondMessagePassing(atoms, bonds, options.hidden, depth=options.depth, dropout=options.dropout)
    predictor = RegressionFFN(
        n_tasks=len(centre),
        input_dim=passing.output_dim + extra,
        hidden_dim=options.ffn_hidden,
        dropout=options.dropout,
        output_transform=UnscaleTransform(centre, scale),
    )
    return MPNN(passing, _AGGREGATION[options.aggregation](), predictor)


def encode(network: MPNN, graphs: Sequence[MolGraph]) -> torch.Tensor:
    """Return the codes of compounds, (compound, hidden)."""
    return network.fingerprint(join(graphs, next(network.parameters()).dtype))


def decode(network: MPNN, codes: torch.Tensor, columns: np.ndarray) -> torch.Tensor:
    """Return profiles (sample, gene) from codes (sample, hidden) and conditions (sample, extra)."""
    return network.predictor(torch.cat([codes, torch.as_tensor(columns, dtype=codes.dtype)], dim=1))


def to_arrays(network: MPNN) -> dict[str, np.ndarray]:
    """Return every weight by name, float32."""
    return {name: value.detach().float().numpy().copy() for name, value in network.state_dict().items()}


def from_arrays(network: MPNN, arrays: Mapping[str, np.ndarray]) -> MPNN:
    """Put weights into a network and return it, ready to predict.

    It computes in float64: what stands beside a compound in a batch then
    changes nothing that a float32 shows.

    Raises
    ------
    ModelError
        If an array is missing or has another shape.
    """
    for name, wanted in network.state_dict().items():
        shape = np.shape(arrays[name]) if name in arrays else None
        if shape != tuple(wanted.shape):
            came = "is missing" if shape is None else f"is {shape}, not {tuple(wanted.shape)}"
            raise ModelError(f"chemprop: the array {name!r} {came}; it was written by another version or is damaged")
    network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
    return network.double().eval().requires_grad_(False)
