"""A pipeline: features, transform and fitted model that belong together; and how one is fitted and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from drugexp.contract import (
    Batch,
    Cells,
    Context,
    Examples,
    Fitted,
    GeneAxis,
    Items,
    Model,
    Needs,
    Options,
    Prediction,
    Screen,
    State,
    Unit,
)
from drugexp.errors import ModelError
from drugexp.learn.assemble import Assembled, as_items, assemble, cell_index, join_cells, join_perturbations
from drugexp.learn.conformal import Calibration
from drugexp.learn.domain import Domain
from drugexp.learn.models import Builder
from drugexp.learn.outcomes import Head
from drugexp.learn.parts import Part
from drugexp.learn.precision import full_precision
from drugexp.learn.recipe import ModelChoice
from drugexp.learn.transforms import Transform
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.represent.features import cell_features, perturbation_features, uncertainty


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Everything a prediction needs; training data are no longer part of it.

    Attributes
    ----------
    name
        The model's name for the user.
    model
        Plugin name and options.
    fitted
        The fitted model, in the space of the transformed targets.
    genes, unit
        Axis and unit of what is given to the user.
    transform
        From the unit to the model's space, and back.
    needs
        The features the model asks for.
    states
        What featurisers learnt.
    cells
        Cell lines known by name: the panel's, and those of the training data.
    calibration
        None before it is calibrated.
    domain
        None before it is described.
    card
        Data, licences, versions, scores.
    outcomes
        What the model tells beside profiles, or in their place; see `drugexp.predict.outcomes`.
    """

    name: str
    model: ModelChoice
    fitted: Fitted
    genes: GeneAxis
    unit: Unit
    transform: Transform
    needs: Needs
    states: Mapping[str, State]
    cells: Cells
    calibration: Calibration | None = None
    domain: Domain | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    outcomes: tuple[Head, ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model and what it is about to be fitted to.

    Attributes
    ----------
    choice
        The model as it is kept: its qualified name and all its options.
    model, options
        The model and its options.
    needs
        The features of a prediction.
    joined
        The training rows of all parts, without those set aside.
    train, valid, context
        What `Model.fit` is given.
    """

    choice: ModelChoice
    model: Model
    options: Options
    needs: Needs
    joined: Assembled
    train: Examples
    valid: Examples | None
    context: Context


def prepare(
    choice: ModelChoice,
    parts: Sequence[Part],
    known: Cells,
    builder: Builder,
    *,
    seed: int,
    valid_share: float = 0.1,
    context: Context | None = None,
    store: FeatureStore | None = None,
) -> Prepared:
    """Return a model and the examples it is to be fitted to; see `fit`."""
    model, options = builder.build(choice.name, choice.options)
    asked = builder.training_needs(choice.name, choice.options)
    joined = assemble(parts, known, asked, builder.registry, selections=choice.select, store=store)
    train, valid = joined.examples if getattr(model, "streams", False) else joined.examples.in_memory(), None
    if getattr(model, "uses_validation", False) and valid_share > 0:
        train, valid = set_aside(train, valid_share, seed)
    kept = ModelChoice(
        name=builder.qualified(choice.name),
        label=choice.label,
        options=options.model_dump(mode="json"),
        select=choice.select,
    )
    return Prepared(
        choice=kept,
        model=model,
        options=options,
        needs=builder.needs(choice.name, choice.options),
        joined=replace(joined, examples=train),
        train=train,
        valid=valid,
        context=replace(context or Context(), models=builder, axes=joined.axes),
    )


def as_pipeline(name: str, ready: Prepared, fitted: Fitted, primary: Screen) -> Pipeline:
    """Return the pipeline of a model that was fitted to prepared examples of a primary screen."""
    return Pipeline(
        name=name,
        model=ready.choice,
        fitted=fitted,
        genes=primary.genes,
        unit=primary.unit,
        transform=ready.joined.transforms[0],
        needs=ready.needs,
        states=ready.joined.states,
        cells=ready.joined.cells,
        card={"prepared": list(ready.joined.notes)},
        # A model that cannot be asked for its other tasks predicts none of them.
        outcomes=ready.joined.outcomes if hasattr(fitted, "predict_task") else (),
    )


def fit(
    name: str,
    choice: ModelChoice,
    parts: Sequence[Part],
    known: Cells,
    registry: Registry,
    *,
    seed: int,
    valid_share: float = 0.1,
    context: Context | None = None,
    store: FeatureStore | None = None,
) -> Pipeline:
    """Fit a model on the training rows of the parts.

    Parameters
    ----------
    name
        The name of the result.
    choice
        Model and options.
    parts
        The primary screen first.
    known
        Cell lines known by name.
    registry
        Where models and featurisers are found.
    seed
        The same seed gives the same fit.
    valid_share
        Share of the groups set aside for models that watch a validation set (``uses_validation``).
    context
        Progress and checkpoint folder; the model builder is filled in.
    store
        Cache of features on disk.
    """
    ready = prepare(
        choice, parts, known, Builder(registry), seed=seed, valid_share=valid_share, context=context, store=store
    )
    with full_precision():
        fitted = ready.model.fit(ready.train, ready.valid, ready.options, context=ready.context, seed=seed)
    return as_pipeline(name, ready, fitted, parts[0].screen)


def set_aside(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples | None]:
    """Split whole groups of the primary task off for validation; they leave every task.

    Returns the training examples and the validation examples (None when there
    are fewer than five groups to choose from).
    """
    groups = np.unique(examples.groups[examples.primary.rows])
    if len(groups) < 5:
        return examples, None
    rng = np.random.default_rng(seed)
    held = rng.permutation(groups)[: max(1, round(share * len(groups)))]
    inside = np.isin(examples.groups, held)
    return examples.take(~inside), examples.take(inside)


def describe(
    pipeline: Pipeline,
    perturbations: Items,
    cells: Cells,
    registry: Registry,
    *,
    store: FeatureStore | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the compound and cell features as the pipeline's model saw them in training.

    Parameters
    ----------
    pipeline
        Gives the featurisers and what they learnt.
    perturbations
        With standard SMILES.
    cells
        Cells with their blocks.
    """
    compound, _ = perturbation_features(
        perturbations, pipeline.needs.compound, registry, states=_learnt(pipeline, "compound"), store=store
    )
    return compound, describe_cells(pipeline, cells, registry)


def describe_cells(pipeline: Pipeline, cells: Cells, registry: Registry) -> dict[str, np.ndarray]:
    """Return the cell features as the pipeline's model saw them in training; see `describe`."""
    cell, _ = cell_features(cells, pipeline.needs.cell, registry, states=_learnt(pipeline, "cell"))
    return cell


def cell_uncertainty(pipeline: Pipeline, cells: Cells, registry: Registry) -> dict[str, np.ndarray]:
    """Return what missing blocks cost those featurisers that tell it, name -> (cell, feature) standard deviation."""
    return uncertainty(cells, pipeline.needs.cell, registry, _learnt(pipeline, "cell"))


def _learnt(pipeline: Pipeline, of: str) -> dict[str, State]:
    return {n.partition(":")[2]: s for n, s in pipeline.states.items() if n.startswith(of)}


def inputs(pipeline: Pipeline, screen: Screen, registry: Registry, *, store: FeatureStore | None = None) -> Batch:
    """Return what the pipeline's model is given of the samples of a screen."""
    perturbations, (index,) = join_perturbations([screen])
    cells = join_cells([screen], pipeline.cells)
    compound, cell = describe(pipeline, as_items(perturbations), cells, registry, store=store)
    return Batch(
        compound=compound,
        cell=cell,
        compound_index=index,
        cell_index=cell_index(screen, cells),
        dose_um=screen.samples["dose_um"].to_numpy(dtype=np.float32),
        hours=screen.samples["hours"].to_numpy(dtype=np.float32),
        smiles=tuple(s or None for s in perturbations["smiles"]) if pipeline.needs.smiles else (),
    )


def apply(pipeline: Pipeline, screen: Screen, registry: Registry, *, store: FeatureStore | None = None) -> Prediction:
    """Predict the samples of a screen, in the model's space.

    Raises
    ------
    ModelError
        If the model returns another axis or values that are not finite.
    """
    batch = inputs(pipeline, screen, registry, store=store)
    with full_precision():
        prediction = pipeline.fitted.predict(batch)
    return checked(pipeline, prediction, len(batch))


def checked(pipeline: Pipeline, prediction: Prediction, rows: int) -> Prediction:
    """Return a prediction that has the shape asked for and is finite, or raise `ModelError`."""
    where = f"model {pipeline.model.bare!r}"
    if prediction.mean.shape != (rows, len(pipeline.genes)):
        raise ModelError(f"{prediction.mean.shape} values came for {rows} x {len(pipeline.genes)}", where=where)
    if not np.isfinite(prediction.mean).all():
        raise ModelError("the prediction holds NaN or infinity", where=where)
    return prediction
