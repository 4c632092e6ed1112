"""The model `chemprop`: what drugexp calls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from chemprop.models import MPNN
from drugexp.contract import Batch, Context, Examples, GeneAxis, Needs, Prediction, State, Unit
from drugexp.errors import ModelError

from drugexp_chemprop import training
from drugexp_chemprop.conditions import CELL_FEATURE, Conditions
from drugexp_chemprop.graphs import molecule_graphs
from drugexp_chemprop.network import build, decode, encode, from_arrays, to_arrays
from drugexp_chemprop.options import ChempropOptions
from drugexp_chemprop.reproducible import reproducible
from drugexp_chemprop.targets import measured, moments

_COMPOUNDS, _ROWS = 256, 4096  # encoded, and decoded, together


class Chemprop:
    """A directed message passing network over the bonds of a compound, to all genes of the primary task.

    References
    ----------
    Yang et al., Analyzing Learned Molecular Representations for Property
    Prediction, J. Chem. Inf. Model. 2019; Heid et al., Chemprop, ibid. 2024.
    """

    name = "chemprop"
    Options = ChempropOptions
    uses_validation = True

    def needs(self, options: ChempropOptions) -> Needs:
        """Ask for SMILES, and for the cell's expression where wished."""
        return Needs(cell=(CELL_FEATURE,) if options.use_cell else (), smiles=True)

    def fit(
        self, train: Examples, valid: Examples | None, options: ChempropOptions, *, context: Context, seed: int
    ) -> FittedChemprop:
        """Train on the primary task; `valid` tells when to stop.

        Raises
        ------
        ModelError
            If a training sample's perturbation has no structure, or nothing was measured.
        """
        task = train.primary.task
        conditions = Conditions.learn(train.all(), use_cell=options.use_cell)
        centre, scale = moments(measured(train.primary), train.primary.weight)
        rows = _rows(train, conditions, centre, scale)
        if not np.isfinite(rows.values).any():
            raise ModelError(f"task {task.name!r}: no training sample has a measured value")
        watched = None
        # Examples drop a task that has lost all its rows, and the next one would come first.
        if options.patience and valid is not None and valid.primary.task.name == task.name:
            watched = _rows(valid, conditions, centre, scale)
        members, epochs = [], []
        for member in range(options.ensemble):

            def say(epoch: int, loss: float, done: int = member * options.epochs) -> None:
                context.progress(done + epoch, options.ensemble * options.epochs, f"loss {loss:.4f}")

            draw = np.random.SeedSequence([seed, member])
            with reproducible(int(draw.generate_state(1)[0]), options.threads):
                network = build(options, conditions.width, centre, scale)
                epochs.append(training.train(network, rows, watched, options, np.random.default_rng(draw), say))
            members.append(network)
        return FittedChemprop(members, conditions, task.genes, task.unit, epochs)

    def restore(self, state: State, options: ChempropOptions, *, context: Context) -> FittedChemprop:
        """Return the fitted model that gave `state`.

        Raises
        ------
        ModelError
            If an array is missing or does not fit the options.
        """
        genes = GeneAxis.restore(state["genes"])
        conditions = Conditions.restore(state["conditions"])
        blank = np.zeros(len(genes), dtype=np.float32)
        with reproducible(0, options.threads):  # building draws weights, which are then replaced
            members = [
                from_arrays(build(options, conditions.width, blank, blank), arrays) for arrays in state["members"]
            ]
        return FittedChemprop(members, conditions, genes, Unit(state["unit"]), state["epochs"])


class FittedChemprop:
    """One trained network, or several whose spread is a standard deviation."""

    def __init__(
        self, members: Sequence[MPNN], conditions: Conditions, genes: GeneAxis, unit: Unit, epochs: Sequence[int]
    ) -> None:
        self._members, self._conditions = tuple(members), conditions
        self._genes, self._unit, self._epochs = genes, unit, list(epochs)

    @torch.no_grad()
    def predict(self, batch: Batch) -> Prediction:
        """Return the mean over the networks, and their standard deviation where there are several.

        Raises
        ------
        ModelError
            If a sample's perturbation has no structure.
        """
        mean = np.zeros((len(batch), len(self._genes)), dtype=np.float32)
        sd = np.zeros_like(mean) if len(self._members) > 1 else None
        graphs, at = molecule_graphs(batch)
        codes = [
            torch.cat([encode(network, graphs[i : i + _COMPOUNDS]) for i in range(0, len(graphs), _COMPOUNDS)])
            for network in self._members
            if graphs
        ]
        for start in range(0, len(batch), _ROWS):
            rows = slice(start, start + _ROWS)
            columns = self._conditions.columns(batch.take(np.arange(len(batch))[rows]))
            pairs = zip(self._members, codes, strict=True)
            each = torch.stack([decode(network, code[at[rows]], columns) for network, code in pairs])
            mean[rows] = each.mean(dim=0).numpy()
            if sd is not None:
                sd[rows] = each.std(dim=0).numpy()
        return Prediction(mean, self._genes, self._unit, sd)

    def state(self) -> State:
        """Return the weights of every network by name, the scales of the conditions, the axis and the unit."""
        return {
            "genes": self._genes.state(),
            "unit": self._unit.value,
            "conditions": self._conditions.state(),
            "epochs": self._epochs,
            "members": [to_arrays(network) for network in self._members],
        }


def _rows(examples: Examples, conditions: Conditions, centre: np.ndarray, scale: np.ndarray) -> training.Rows:
    """Return the primary task of examples as the network is trained on it."""
    batch, target = examples.all(), examples.primary
    graphs, at = molecule_graphs(batch)
    weight = np.asarray(target.weight, dtype=np.float32)
    return training.Rows(
        graphs=graphs,
        at=at,
        columns=conditions.columns(batch),
        values=(measured(target) - centre) / scale,
        weight=weight / max(float(weight.mean()), 1e-12),
    )
