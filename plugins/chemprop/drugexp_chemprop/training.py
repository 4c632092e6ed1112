"""The training loop: one network, one table of rows, early stopping on another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from chemprop.data import MolGraph
from chemprop.models import MPNN
from chemprop.schedulers import build_NoamLike_LRSched

from drugexp_chemprop.network import decode, encode, from_arrays, to_arrays
from drugexp_chemprop.options import ChempropOptions


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples as the network is trained on them.

    Attributes
    ----------
    graphs
        One for each unique compound.
    at
        (row,) position among them.
    columns
        (row, extra) float32: the conditions.
    values
        (row, gene) float32, standardised; NaN where nothing was measured.
    weight
        (row,) float32, mean 1.
    """

    graphs: Sequence[MolGraph]
    at: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.at)


def train(
    network: MPNN,
    rows: Rows,
    valid: Rows | None,
    options: ChempropOptions,
    rng: np.random.Generator,
    say: Callable[[int, float], None],
) -> int:
    """Train a network in place and leave it ready to predict, with the weights of its best epoch.

    Parameters
    ----------
    network
        With random weights.
    rows
        What it learns from.
    valid
        What tells the best epoch; None: the last one is the best.
    options
        Epochs, learning rates, patience.
    rng
        Shuffles the rows. Dropout draws from PyTorch's own generator.
    say
        Told the epoch, from 1, and its loss, at each epoch's end.

    Returns
    -------
    int
        The best epoch.
    """
    steps = -(-len(rows) // options.batch_size)
    optimiser = torch.optim.AdamW(network.parameters(), options.init_lr, weight_decay=options.weight_decay)
    rate = build_NoamLike_LRSched(
        optimiser,
        options.warmup_epochs * steps,
        max(options.epochs - options.warmup_epochs, 0) * steps,
        options.init_lr,
        options.max_lr,
        options.final_lr,
    )
    best, best_loss, kept = 0, np.inf, to_arrays(network)
    for epoch in range(1, options.epochs + 1):
        network.train()
        order = rng.permutation(len(rows))
        total = 0.0
        for take in np.array_split(order, steps):
            loss = _loss(network, rows, take)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
            total += loss.item() * len(take)
        loss = total / len(rows) if valid is None else _validation(network, valid, options.batch_size)
        say(epoch, loss)
        if valid is None or loss < best_loss:
            best, best_loss, kept = epoch, loss, to_arrays(network)
        elif epoch - best >= options.patience:
            break
    from_arrays(network, kept)
    return best


def _loss(network: MPNN, rows: Rows, take: np.ndarray) -> torch.Tensor:
    """Return the weighted mean squared error over what was measured; a compound is encoded once."""
    used, at = np.unique(rows.at[take], return_inverse=True)
    codes = encode(network, [rows.graphs[i] for i in used])[torch.from_numpy(at)]
    target = torch.from_numpy(rows.values[take])
    seen = target.isfinite()
    error = (decode(network, codes, rows.columns[take]) - target.nan_to_num()) ** 2
    return (error * seen * torch.from_numpy(rows.weight[take])[:, None]).sum() / seen.sum().clamp(min=1)


@torch.no_grad()
def _validation(network: MPNN, rows: Rows, batch_size: int) -> float:
    network.on_validation_model_eval()  # chemprop's: no dropout, yet standardised profiles
    chunks = np.split(np.arange(len(rows)), range(batch_size, len(rows), batch_size))
    return sum(_loss(network, rows, take).item() * len(take) for take in chunks) / len(rows)
