"""The adapter that makes any `Network` a `Model`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from pydantic import create_model

from drugexp.contract.abilities import OneOf, PureApply, Span
from drugexp.contract.axis import GeneAxis
from drugexp.contract.batch import Batch, Examples
from drugexp.contract.model import Context, Factors, Needs, Network, State
from drugexp.contract.options import Options
from drugexp.contract.prediction import Prediction
from drugexp.contract.task import Task
from drugexp.contract.units import Unit
from drugexp.errors import ModelError, PluginError, unknown
from drugexp.learn.network import trainer
from drugexp.learn.network.factors import network_factors
from drugexp.learn.network.options import TRAINING_SPACE, TrainingOptions
from drugexp.learn.network.tables import with_pooled_row
from drugexp.learn.network.trainer import Trained
from drugexp.learn.network.trees import from_nested, to_nested

_TILE = 256  # rows computed together; always padded to it, so that a row's numbers do not depend on its company


def network_model(network: type[Network]) -> NetworkModel:
    """Return the model that trains networks of this class.

    Its options are the network's own and those of `TrainingOptions`, flat.

    Raises
    ------
    PluginError
        If the network has an option of a name the trainer uses.
    """
    return NetworkModel(network())


class NetworkModel:
    """A network with the core's trainer around it: a `Model`."""

    uses_validation = True  # the trainer stops early by it
    streams = True  # it takes the rows of each update from disk

    def __init__(self, network: Network) -> None:
        self.network = network
        self.name = network.name
        shared = sorted(set(network.Options.model_fields) & set(TrainingOptions.model_fields))
        if shared:
            raise PluginError(
                f"network {network.name!r}: the trainer has options of the same names: {', '.join(shared)}"
            )
        # A network without options of its own may name the plain base, which TrainingOptions extends.
        plain = issubclass(TrainingOptions, network.Options)
        bases = (TrainingOptions,) if plain else (network.Options, TrainingOptions)
        self.Options: type[Options] = create_model(f"{network.Options.__name__}AndTraining", __base__=bases)

    def _own(self, options: Any) -> Any:
        return _part(self.network.Options, options)

    def needs(self, options: Any) -> Needs:
        """Say which features the network uses."""
        return self.network.needs(self._own(options))

    @property
    def knows_compounds(self) -> bool:
        """Whether the network can tell compounds apart that it was not trained on."""
        return getattr(self.network, "knows_compounds", True)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what may be searched of the network, if it tells, and of the trainer."""
        own = getattr(self.network, "search_space", None)
        return {**({} if own is None else own(self._own(options))), **TRAINING_SPACE}

    def fit(
        self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int
    ) -> FittedNetwork:
        """Train on the examples; `valid` steers early stopping.

        Raises
        ------
        ModelError
            As the trainer does.
        """
        own = self._own(options)
        template = _template(_shapes(train.batch.compound), _shapes(train.batch.cell))
        trained = trainer.train(
            self.network,
            own,
            train,
            valid,
            _part(TrainingOptions, options),
            template=template,
            context=context,
            seed=seed,
            prepare=lambda params: self._scaled(params, train.batch, own),
        )
        tasks = tuple(target.task for target in train.targets)
        return FittedNetwork(self.network, own, tasks, template, trained)

    def _scaled(self, params: Any, batch: Batch, options: Any) -> Any:
        """Let a network that asks for it see the compounds and cells that training samples use, and no others."""
        scale = getattr(self.network, "scale_inputs", None)
        if scale is None:
            return params
        compounds = np.unique(batch.compound_index)
        cells = np.unique(batch.cell_index[batch.cell_index >= 0])
        return scale(
            params,
            {name: table[compounds] for name, table in batch.compound.items()},
            {name: table[cells] for name, table in batch.cell.items()},
            options,
        )

    def restore(self, state: State, options: Any, *, context: Context) -> FittedNetwork:
        """Return the fitted network that gave `state`.

        Raises
        ------
        ModelError
            If an array of the network is missing or has another shape.
        """
        own = self._own(options)
        tasks = tuple(_task(entry) for entry in state["tasks"])
        template = _template(state["inputs"]["compound"], state["inputs"]["cell"])
        one = jax.eval_shape(lambda key: self.network.init(key, template, tasks, own), jax.random.key(0))
        number = len(state["best_step"])
        stacked = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((number, *leaf.shape), leaf.dtype), one)
        trained = Trained(
            params=jax.tree.map(jnp.asarray, from_nested(state["params"], stacked, what=f"network {self.name!r}")),
            centres={name: np.asarray(c) for name, c in state.get("centres", {}).items()}
            | {tasks[0].name: np.asarray(state["centre"])},
            best_step=np.asarray(state["best_step"]),
            history=list(state["history"]),
        )
        return FittedNetwork(self.network, own, tasks, template, trained)


class FittedNetwork:
    """A trained network, or several of them: a `Fitted` with the abilities ``factors`` and ``pure_apply``."""

    def __init__(
        self, network: Network, options: Any, tasks: tuple[Task, ...], template: Mapping[str, Any], trained: Trained
    ) -> None:
        self._tasks, self._template, self._trained = tasks, template, trained
        self._network, self._options = network, options
        self._factors = self._factors_of(tasks[0].name)
        self._encode_compound = jax.jit(self._factors.encode_compound)
        self._encode_cell = jax.jit(self._factors.encode_cell)
        self._combines: dict[str, Any] = {}

    def _factors_of(self, name: str) -> Factors:
        known = self._trained
        return network_factors(
            self._network, self._options, known.params, name, known.centres[name], len(known.best_step)
        )

    @property
    def history(self) -> list[dict[str, Any]]:
        """Losses at each look at the validation samples."""
        return self._trained.history

    def factors(self) -> Factors:
        """Return the network taken apart: mean and spread over its members."""
        return self._factors

    def pure_apply(self) -> PureApply:
        """Return the network as one function of one example: the mean over its members."""
        return PureApply.of(self._factors)

    def predict(self, batch: Batch) -> Prediction:
        """Return the mean over members, and their standard deviation where there are several."""
        return self._predict(self._tasks[0], self._factors, batch)

    def predict_task(self, name: str, batch: Batch) -> Prediction:
        """Return the mean over members of another task; of what is or is not so, of its log-odds.

        Raises
        ------
        ModelError
            If the network has not learnt the task, learnt it as classes, or was saved before it kept its mean profile.
        """
        found = {task.name: task for task in self._tasks if task.name in self._trained.centres}
        if name not in found or found[name].loss == "classes":
            told = [each for each, task in found.items() if task.loss != "classes"]
            raise ModelError(unknown("task", name, told), where=f"network {self._network.name!r}")
        return self._predict(found[name], self._factors_of(name), batch)

    def _predict(self, task: Task, factors: Factors, batch: Batch) -> Prediction:
        params = factors.params
        if task.name not in self._combines:
            self._combines[task.name] = jax.jit(factors.combine)
        combine = self._combines[task.name]
        compounds, at_compound = np.unique(batch.compound_index, return_inverse=True)
        u = _tiled(lambda x: self._encode_compound(params, x), {n: t[compounds] for n, t in batch.compound.items()})
        # A pooled cell's index is -1: the row of NaN stands last.
        cells, at_cell = np.unique(batch.cell_index, return_inverse=True)
        known = {name: table[cells] for name, table in with_pooled_row(batch.cell).items()}
        v = _tiled(lambda x: self._encode_cell(params, x), known)
        pairs = {
            "u": jax.tree.map(lambda code: code[at_compound], u),
            "v": jax.tree.map(lambda code: code[at_cell], v),
            "dose_um": np.asarray(batch.dose_um, np.float32),
            "hours": np.asarray(batch.hours, np.float32),
        }
        mean, sd = _tiled(lambda x: combine(params, x["u"], x["v"], x["dose_um"], x["hours"]), pairs)
        return Prediction(mean, task.genes, task.unit, sd if factors.has_sd else None)

    def state(self) -> State:
        """Return tasks, shapes of the inputs, parameters by name, and how training went."""
        return {
            "tasks": [_record(task) for task in self._tasks],
            "inputs": {kind: _shapes(self._template[kind], skip=0) for kind in ("compound", "cell")},
            "params": to_nested(self._trained.params),
            "centre": np.asarray(self._trained.centres[self._tasks[0].name]),
            **self._other_centres(),
            "best_step": [int(step) for step in self._trained.best_step],
            "history": self._trained.history,
        }

    def _other_centres(self) -> dict[str, Any]:
        """Return the mean profiles of all tasks but the primary one; the state of a single task is as it always was."""
        known = self._trained.centres
        others = {t.name: np.asarray(known[t.name]) for t in self._tasks[1:] if t.name in known}
        return {"centres": others} if others else {}


def _part(cls: type[Options], options: Any) -> Any:
    return cls.model_validate({name: getattr(options, name) for name in cls.model_fields})


def _shapes(tables: Mapping[str, np.ndarray], skip: int = 1) -> dict[str, Any]:
    """Return feature name -> [shape of one row, type]."""
    return {name: [list(table.shape[skip:]), str(table.dtype)] for name, table in tables.items()}


def _template(compound: Mapping[str, Any], cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return one example of zeros with these shapes; cells are float32, since a pooled one is NaN."""
    return {
        "compound": {name: np.zeros(shape, dtype) for name, (shape, dtype) in compound.items()},
        "cell": {name: np.zeros(shape, np.float32) for name, (shape, _) in cell.items()},
        "dose_um": np.float32(0),
        "hours": np.float32(0),
    }


def _record(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "genes": list(task.genes.ids),
        "namespace": task.genes.namespace,
        "unit": str(task.unit),
        "loss": task.loss,
        "weight": task.weight,
    }


def _task(record: Mapping[str, Any]) -> Task:
    genes = GeneAxis(tuple(record["genes"]), record["namespace"])
    return Task(record["name"], genes, Unit(record["unit"]), record["loss"], record["weight"])


def _tiled(function: Any, tree: Any) -> Any:
    """Return function(tree) for arrays with a leading axis, computed in padded tiles, as numpy arrays."""
    leaves = jax.tree.leaves(tree)
    if not leaves:
        return function(tree)
    pieces = []
    for start in range(0, max(len(leaves[0]), 1), _TILE):
        rows = slice(start, start + _TILE)
        result = function(jax.tree.map(partial(_padded, rows=rows), tree))
        kept = len(leaves[0][rows])
        pieces.append(jax.tree.map(partial(_head, count=kept), result))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *pieces)


def _padded(array: np.ndarray, rows: slice) -> np.ndarray:
    tile = np.asarray(array[rows])
    return np.pad(tile, [(0, _TILE - len(tile))] + [(0, 0)] * (tile.ndim - 1))


def _head(array: Any, count: int) -> np.ndarray:
    return np.asarray(array)[:count]
