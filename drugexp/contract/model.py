"""The protocols a plugin keeps. Nothing here is a base class: any object with these members will do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.batch import Batch, Examples
from drugexp.contract.options import Options
from drugexp.contract.prediction import Prediction
from drugexp.contract.screen import Screen
from drugexp.contract.task import Task

State = dict[str, Any]
"""Nested dicts of numpy arrays, plain JSON values and text. Never a pickle."""


@dataclass(frozen=True)
class Needs:
    """The features a model asks for, by the names of featurisers.

    Attributes
    ----------
    compound
        Compound featurisers, for example ``("morgan_counts",)``.
    cell
        Cell featurisers, for example ``("expression",)``.
    smiles
        Whether ``Batch.smiles`` must be filled.
    """

    compound: tuple[str, ...] = ()
    cell: tuple[str, ...] = ()
    smiles: bool = False


class Progress(Protocol):
    """Where a fit tells how far it is."""

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Say that `done` of `total` steps are behind us."""


class ModelBuilder(Protocol):
    """How a model (an ensemble, say) reaches other models."""

    def build(self, name: str, options: Mapping[str, Any] | None = None) -> tuple[Model, Options]:
        """Return the model registered under `name` and its validated options."""
        ...


def silent(*_: object, **__: object) -> None:
    """Tell nobody how far a fit is."""


@dataclass(frozen=True)
class Context:
    """What a fit or a restore may use of the outside.

    Attributes
    ----------
    models
        Builds other registered models; None outside the platform.
    progress
        Called with steps done, steps in all, and a word.
    checkpoint
        Folder in which a fit may keep what it needs to resume after a kill; None: nowhere.
    axes
        Names of the columns of each feature (for example the genes of ``expression``), where known.
    """

    models: ModelBuilder | None = None
    progress: Progress = silent
    checkpoint: Path | None = None
    axes: Mapping[str, GeneAxis] = field(default_factory=dict)


class Sparse(NamedTuple):
    """Counts by what is not zero among them, which a CPU multiplies sooner than a whole table.

    Attributes
    ----------
    column
        (compound, entry) int32 features; as many entries for each compound.
    value
        (compound, entry) their counts; 0 where there are no more, and then `column` tells nothing.
    """

    column: Any
    value: Any


@dataclass(frozen=True)
class Factors:
    """A fitted model taken apart, so that a grid of compounds x cells costs one encoding each.

    All four are pure JAX functions of arrays; `params` is a pytree of arrays.

    Attributes
    ----------
    params
        Arrays of the fitted model.
    encode_compound
        ``(params, {feature: (compound, feature)}) -> pytree of (compound, ...)``.
    encode_cell
        ``(params, {feature: (cell, feature)}) -> pytree of (cell, ...)``; for
        pooled samples (index -1) the engine passes a row of NaN.
    combine
        ``(params, u, v, dose_um (sample,), hours (sample,)) -> (mean (sample, gene),
        sd (sample, gene))``, with the encodings already gathered for each sample.
    has_sd
        False when `combine` returns zeros for the standard deviation.
    coefficients, basis
        Where the mean is a matrix product, its two sides: arguments of `combine` -> (sample, direction), and
        ``params -> (direction, gene)``. What is linear in a profile then costs directions in the place of genes.
    sparse
        Compound features that `encode_compound` also takes as `Sparse`.
    """

    params: Any
    encode_compound: Callable[[Any, Mapping[str, Any]], Any]
    encode_cell: Callable[[Any, Mapping[str, Any]], Any]
    combine: Callable[[Any, Any, Any, Any, Any], tuple[Any, Any]]
    has_sd: bool = True
    coefficients: Callable[[Any, Any, Any, Any, Any], Any] | None = None
    basis: Callable[[Any], Any] | None = None
    sparse: tuple[str, ...] = ()


@runtime_checkable
class Fitted(Protocol):
    """A model after fitting.

    Optional abilities, asked for by name with ``getattr``. One that a fit cannot
    offer returns None where it is asked.

    - ``factors() -> Factors``: grids cost one encoding for each compound and cell;
    - ``pure_apply() -> PureApply``: one pure function of one example, for gradients and export;
    - ``attribute(batch, genes: Sequence[int]) -> Attribution``: what each feature adds, complete;
    - ``representer_weights(batch) -> Representers``: the share of each training profile;
    - ``predict_task(name, batch) -> Prediction``: the mean of another task than the primary one, in the unit of its
      `Task`; of a task whose loss is ``logistic`` the log-odds.
    """

    def predict(self, batch: Batch) -> Prediction:
        """Return the predicted profiles of the primary task, one row a sample."""
        ...

    def state(self) -> State:
        """Return everything `Model.restore` needs."""
        ...


@runtime_checkable
class Model(Protocol):
    """A model a plugin brings.

    Optional abilities, asked for by name with ``getattr``:

    - ``built_on(options)``: the ``(name, options)`` of the models it builds through
      the context, whose features the platform adds to its own needs;
    - ``training_needs(options, models) -> Needs``: what the fit reads, where that is more than the prediction;
    - ``uses_validation``: True for a model whose fit watches `valid`; others are given None;
    - ``streams``: True for a model whose fit takes values that are on disk (`Rows`), by minibatches;
      others are given arrays;
    - ``knows_compounds``: False for a model that can tell nothing of a compound it
      was not trained on: all of these get one prediction;
    - ``search_space(options) -> Mapping[str, Span | OneOf]``: what may be searched, by
      the names of options (dotted where nested); every point of it is a valid `Options`.
    """

    name: str
    Options: type[Options]

    def needs(self, options: Any) -> Needs:
        """Say which features the fit and the prediction use."""
        ...

    def fit(self, train: Examples, valid: Examples | None, options: Any, *, context: Context, seed: int) -> Fitted:
        """Fit to `train`; `valid` may steer early stopping and is never test data."""
        ...

    def restore(self, state: State, options: Any, *, context: Context) -> Fitted:
        """Return the fitted model that gave `state`."""
        ...


@runtime_checkable
class Network(Protocol):
    """A neural network as pure functions of ONE example; the trainer batches it.

    An example is a dict of ``compound`` and ``cell`` feature dicts with arrays
    (feature,), ``dose_um`` () and ``hours`` (), all without a batch axis and
    with NaN for what is pooled or not stated.
    Optional abilities, asked for by name: ``factorised(options)``, three functions
    ``encode_compound(params, compound)``, ``encode_cell(params, cell)``,
    ``decode(params, u, v, dose_um, hours)`` whose composition is `apply` (the code of a
    compound or cell of which no feature is asked is a pytree without arrays);
    ``sparse(options)``, names of the compound features that ``encode_compound`` also takes as `Sparse`;
    ``product(options)``, where ``decode`` is a matrix product, its two sides: ``coefficients(params, u, v, dose_um,
    hours) -> (direction,)`` and ``basis(params) -> task name -> (direction, gene)``;
    ``spread(options)``, one function ``(params, u, v, dose_um, hours) -> task name -> (gene,)``,
    the network's own standard deviation of what `decode` returns (`u`, `v` are the features
    themselves where it is not factorised);
    ``informed(params, example, task, target, options, *, key) -> (outputs, penalty)``, in
    training in the place of `apply`: it may look at the profile, ``target["values"]`` (gene,) less
    the mean profile (0 where ``target["observed"]`` is False), and adds ``penalty`` () to the loss;
    ``scale_inputs(params, compound, cell, options) -> params``, given the features of
    the training compounds (compound, feature) and cells (cell, feature) before the first update;
    ``search_space`` and ``knows_compounds`` as a `Model` has them.
    """

    name: str
    Options: type[Options]

    def needs(self, options: Any) -> Needs:
        """Say which features the network uses."""
        ...

    def init(self, key: Any, example: Mapping[str, Any], tasks: Sequence[Task], options: Any) -> Any:
        """Return the parameters (a pytree of arrays) for examples of these shapes and these tasks."""
        ...

    def apply(self, params: Any, example: Mapping[str, Any], options: Any, *, key: Any | None) -> Mapping[str, Any]:
        """Return task name -> (gene,) for one example; `key` is given while training (dropout), else None."""
        ...


@dataclass(frozen=True)
class Items:
    """What a featuriser is given, one entry for each unique perturbation or cell.

    Attributes
    ----------
    ids
        Names.
    smiles
        Standardised SMILES of each perturbation, None where it has none (a knock-down).
    targets
        Known target genes of each perturbation.
    blocks
        Block name -> (cell, feature) of unperturbed cells, with its axis in `axes`.
    axes
        Axis of each block.
    molecules
        RDKit molecules parsed once for all featurisers, aligned with `smiles`; may be empty.
    """

    ids: tuple[str, ...]
    smiles: tuple[str | None, ...] = ()
    targets: tuple[tuple[str, ...], ...] = ()
    blocks: Mapping[str, np.ndarray] = field(default_factory=dict)
    axes: Mapping[str, GeneAxis] = field(default_factory=dict)
    molecules: tuple[Any, ...] = ()


@runtime_checkable
class Featurizer(Protocol):
    """Turns compounds or cells into numbers. What it learns, it learns from training items only.

    Optional, asked for by name: an attribute ``lean``, True where it reads atoms, bonds, charges, rings and
    aromaticity of molecules and neither stereo, hybridisation nor conjugation: screens then read structures faster.
    One of cells may have ``uncertainty(items, state)``, the (cell, feature) standard deviation of what `transform`
    could not know because blocks are missing, which widens intervals; ``integrated(items, state)``, an `Integrated`;
    ``fit_outcome(items, outcome)``; and ``options``, a class of `Options` that its constructor takes one of.
    """

    name: str
    of: Literal["compound", "cell"]
    version: str

    def fit(self, items: Items) -> State:
        """Return what `transform` needs (may be empty), learnt from training items."""
        ...

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (item, feature); zeros where an item has nothing to describe."""
        ...


class Reader(Protocol):
    """Turns the verified files of one manifest into a screen."""

    def __call__(self, files: Mapping[str, Path], manifest: Any, **options: Any) -> Screen:
        """Return the screen that the verified `files` (path below the set's folder -> path) hold."""
        ...


class Metric(Protocol):
    """Scores profiles: (sample, gene) truth and prediction, (gene,) training mean -> (sample,) scores.

    Optional, asked for by name: a keyword ``observed``, the (sample, gene) mask of what was measured;
    an attribute ``compares_samples``, True where a sample's score depends on the others.
    """

    def __call__(self, truth: np.ndarray, prediction: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Return one score a sample; NaN where the truth cannot be scored."""
        ...


class Engine(Protocol):
    """Runs jobs that are names, paths and options (no closures), so that any machine can run them."""

    name: str

    def run(self, jobs: Sequence[Mapping[str, Any]], *, progress: Progress) -> Sequence[Mapping[str, Any]]:
        """Run every job and return their results in order."""
        ...
