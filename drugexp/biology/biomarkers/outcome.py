"""What happened to each patient, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from drugexp.errors import DataError

Kind = Literal["groups", "survival", "response"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """One outcome of each patient.

    Attributes
    ----------
    kind
        ``groups`` (classes), ``survival`` (time to an event, right-censored) or ``response`` (a number).
    values
        (patient,) float64: position among the classes, time (above 0) or the number.
    events
        (patient,) bool: whether the event was seen; False: censored at that time. Of survival alone.
    classes
        Names of the classes. Of two, the second is what a signature speaks for.

    Raises
    ------
    DataError
        If lengths disagree, or a value cannot be.
    """

    kind: Kind
    values: np.ndarray
    events: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values)
        if values.ndim != 1 or not np.isfinite(values).all():
            raise DataError("outcomes must be one finite number a patient.")
        if self.kind == "survival":
            events = np.asarray(self.events, dtype=bool)
            object.__setattr__(self, "events", events)
            if events.shape != values.shape:
                raise DataError(f"{events.shape} events do not fit {values.shape} times.")
            if (values <= 0).any():
                raise DataError("times must be above 0.")
        if self.kind == "groups" and not set(values.tolist()) <= set(range(len(self.classes))):
            raise DataError(f"classes must be positions among {len(self.classes)} names.")

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> Outcome:
        """Return the outcomes of some patients, by position or mask."""
        return replace(self, values=self.values[rows], events=None if self.events is None else self.events[rows])

    @property
    def seen(self) -> np.ndarray:
        """(patient,) bool: whether the event was seen."""
        return np.ones(len(self), dtype=bool) if self.events is None else self.events

    @property
    def strata(self) -> np.ndarray:
        """(patient,) int64 labels that folds and halves should share evenly: classes, events, or fifths of a number."""
        if self.kind == "groups":
            return self.values.astype(np.int64)
        if self.kind == "survival":
            return self.seen.astype(np.int64)
        rank = np.argsort(np.argsort(self.values, kind="stable"), kind="stable")
        return rank * 5 // max(len(self), 1)
