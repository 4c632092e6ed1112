"""A model on trial: fitted and asked exactly as training and prediction do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drugexp.contract import Batch, Context, Fitted, Model, Options, Prediction, Screen, parse_options
from drugexp.errors import DrugexpError
from drugexp.learn.models import Builder
from drugexp.learn.parts import Part
from drugexp.learn.pipeline import Pipeline, Prepared, as_pipeline, inputs, prepare
from drugexp.learn.recipe import ModelChoice
from drugexp.learn.splits import Split, iterate, scaffold, split_keys
from drugexp.testing.arrays import changed, marks
from drugexp.testing.rule import ConformanceError, NotApplicableError
from drugexp.testing.screens import kit_screen
from drugexp.testing.things import Thing

SEED = 0
_FOLDS = 4


@dataclass(frozen=True)
class Handed(Builder):
    """A builder that also knows one model that is not registered."""

    own: str = ""
    make: Callable[[], Model] | None = None

    def build(self, name: str, options: Mapping[str, Any] | None = None) -> tuple[Model, Options]:
        """Return the model that was handed over, or a registered one."""
        if self.make is None or name != self.own:
            return super().build(name, options)
        model = self.make()
        return model, parse_options(model.Options, options, where=f"model {name!r}")

    def qualified(self, name: str) -> str:
        """Return the name itself for what was handed over."""
        return name if self.make is not None and name == self.own else super().qualified(name)


@dataclass(frozen=True, eq=False)
class First:
    """The fit that rules share, what it predicts, and which inputs it wrote into."""

    ready: Prepared
    pipeline: Pipeline
    batch: Batch
    prediction: Prediction
    touched: tuple[str, ...]


class ModelTrial:
    """A model, its options, and the screens it is tried on.

    Parameters
    ----------
    thing
        The model.
    options
        Its options; what is left out has its default.
    screens
        The primary one first, with standard structures; None: `kit_screen`.
    """

    quick: Mapping[str, Any] = {}
    """Options that make a trial short, beneath those that are given."""

    def __init__(
        self, thing: Thing, *, options: Mapping[str, Any] | None = None, screens: Sequence[Screen] | None = None
    ) -> None:
        self.thing, self.title = thing, thing.title
        self.given = {**self.quick, **(options or {})}
        self.screens = tuple(screens) if screens else (kit_screen(),)
        self.builder = self._builder()

    def _builder(self) -> Builder:
        if self.thing.declared is not None:
            return Builder(self.thing.registry)
        return Handed(self.thing.registry, own=self.thing.name, make=self.thing.loaded)

    def build(self) -> tuple[Model, Any]:
        """Return a new model and its options."""
        return self.builder.build(self.thing.name, self.given)

    @cached_property
    def split(self) -> Split:
        """Held-out scaffolds: the training rows of each screen, the test rows of the first."""
        return next(iterate(self.screens, scaffold(split_keys(self.screens), _FOLDS, SEED)))

    @property
    def primary(self) -> Screen:
        """The screen the model predicts."""
        return self.screens[0]

    @property
    def test(self) -> Screen:
        """The test rows."""
        return self.primary.take(self.split.test)

    def prepare(self, screens: Sequence[Screen] | None = None, rows: Sequence[np.ndarray] | None = None) -> Prepared:
        """Return the model and what it is to be fitted to: by default, the training rows of all screens."""
        screens = self.screens if screens is None else screens
        rows = self.split.train if rows is None else rows
        parts = [Part(screen, np.asarray(r)) for screen, r in zip(screens, rows, strict=True)]
        choice = ModelChoice(name=self.thing.name, options=dict(self.given))
        return prepare(choice, parts, screens[0].cells, self.builder, seed=SEED)

    def fit(self, ready: Prepared) -> Pipeline:
        """Return the fitted model with what a prediction needs."""
        fitted = ready.model.fit(ready.train, ready.valid, ready.options, context=ready.context, seed=SEED)
        return as_pipeline("trial", ready, fitted, self.primary)

    def inputs(self, pipeline: Pipeline, screen: Screen) -> Batch:
        """Return the samples of a screen as the model sees them."""
        return inputs(pipeline, screen, self.thing.registry)

    def restore(self, state: Any) -> Fitted:
        """Return what a new model makes of a state."""
        model, options = self.build()
        return model.restore(state, options, context=Context(models=self.builder))

    def predict(self, pipeline: Pipeline, screen: Screen) -> Prediction:
        """Return the prediction of the samples of a screen."""
        return pipeline.fitted.predict(self.inputs(pipeline, screen))

    @cached_property
    def _outcome(self) -> First | Exception:
        try:
            ready = self.prepare()
            before = marks({"train": ready.train, "valid": ready.valid})
            pipeline = self.fit(ready)
            touched = changed(before, marks({"train": ready.train, "valid": ready.valid}))
            batch = self.inputs(pipeline, self.test)
            before = marks({"batch": batch})
            prediction = pipeline.fitted.predict(batch)
            touched += changed(before, marks({"batch": batch}))
            return First(ready, pipeline, batch, prediction, tuple(touched))
        except Exception as error:  # noqa: BLE001 - told by the rule 'fits', once
            return error

    @property
    def first(self) -> First:
        """The shared fit; rules that need it do not apply where there is none."""
        if isinstance(self._outcome, Exception):
            raise NotApplicableError("it could not be fitted; see the rule 'fits'")
        return self._outcome

    def require_fit(self) -> None:
        """Raise what went wrong in the shared fit, if anything did."""
        if isinstance(self._outcome, DrugexpError):
            raise ConformanceError(
                f"it refuses the screens it is tried on: {self._outcome} "
                "If it needs other options or screens, give them with options= and screens="
            )
        if isinstance(self._outcome, Exception):
            raise self._outcome
