"""The rules of featurisers."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from drugexp.contract import Items
from drugexp.learn.assemble import as_items, join_perturbations
from drugexp.represent.items import cell_items
from drugexp.testing.arrays import changed, expect_close, marks
from drugexp.testing.disk import through_disk
from drugexp.testing.rule import ConformanceError, NotApplicableError, expect, listed
from drugexp.testing.screens import kit_screen
from drugexp.testing.things import Thing

_FIT, _ALL = 8, 16
_TARGETS = ("EGFR", "HDAC1", "TUBB", "TOP2A")


class FeaturizerTrial:
    """A featuriser and the items it is tried on.

    Parameters
    ----------
    thing
        The featuriser.
    items
        Items to describe; None: compounds or cells of `kit_screen`.
    """

    def __init__(self, thing: Thing, *, items: Items | None = None) -> None:
        self.thing, self.title, self._items = thing, thing.title, items

    def build(self) -> Any:
        """Return a new featuriser."""
        return self.thing.loaded()

    @cached_property
    def items(self) -> Items:
        """All items."""
        if self._items is not None:
            return self._items
        of = getattr(self.build(), "of", None)
        if of == "cell":
            cells = kit_screen().cells
            return cell_items(cells, np.arange(len(cells.ids)))
        if of != "compound":
            raise ConformanceError(f"it describes {of!r}; expected 'compound' or 'cell'")
        items = take(as_items(join_perturbations([kit_screen()])[0]), np.arange(_ALL))
        count = len(items.ids)
        return replace(items, targets=tuple((_TARGETS[i % 4], _TARGETS[i % 3]) for i in range(count)))

    @cached_property
    def learnt(self) -> Items:
        """The items to learn from: the first ones."""
        count = len(self.items.ids)
        return take(self.items, np.arange(min(_FIT, max(count - 1, 1))))

    @cached_property
    def state(self) -> Any:
        """What it learnt from them."""
        return self.fit(self.build(), self.learnt)

    def fit(self, made: Any, items: Items) -> Any:
        """Return what a featuriser learns from items; one that learns from classes is told two, in turn."""
        if not getattr(made, "supervised", False):
            return made.fit(items)
        place = {name: i for i, name in enumerate(self.items.ids)}
        return made.fit_outcome(items, ["ab"[place[name] % 2] for name in items.ids])

    @cached_property
    def features(self) -> np.ndarray:
        """All items described with that."""
        return self.build().transform(self.items, self.state)


def take(items: Items, rows: np.ndarray) -> Items:
    """Return some items of either kind."""

    def some(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[i] for i in rows) if values else ()

    return Items(
        ids=some(items.ids),
        smiles=some(items.smiles),
        targets=some(items.targets),
        blocks={name: block[rows] for name, block in items.blocks.items()},
        axes=items.axes,
        molecules=some(items.molecules),
    )


def members(trial: FeaturizerTrial) -> None:
    """It has a name, a version, says what it describes, and has fit, transform and, if supervised, fit_outcome."""
    made = trial.build()
    for member in ("name", "version"):
        value = getattr(made, member, None)
        expect(isinstance(value, str) and bool(value), f"its {member} is {value!r}, not a text")
    expect(getattr(made, "of", None) in ("compound", "cell"), "`of` is neither 'compound' nor 'cell'")
    wanted = ("fit", "transform", *(["fit_outcome"] if getattr(made, "supervised", False) else []))
    lacking = [m for m in wanted if not callable(getattr(made, m, None))]
    expect(not lacking, f"it lacks {', '.join(lacking)}")
    declared = trial.thing.declared or trial.thing.name
    expect(made.name == declared, f"it calls itself {made.name!r}; it is registered as {declared!r}")


def one_row_an_item(trial: FeaturizerTrial) -> None:
    """It returns (item, feature) numbers, all finite."""
    found, count = trial.features, len(trial.items.ids)
    expect(isinstance(found, np.ndarray) and found.dtype.kind in "fiub", f"a {type(found).__name__} of no numbers came")
    expect(found.ndim == 2 and len(found) == count, f"shape {found.shape} came; expected ({count}, feature)")
    expect(bool(np.isfinite(found).all()), f"{int((~np.isfinite(found)).sum())} features are NaN or infinite")


def deterministic(trial: FeaturizerTrial) -> None:
    """Learnt and asked again, it says the same."""
    made = trial.build()
    expect_close(
        made.transform(trial.items, trial.fit(made, trial.learnt)), trial.features, "the second description", within=0
    )


def company_free(trial: FeaturizerTrial) -> None:
    """Order and company of the items do not matter, and one alone will do."""
    order = np.random.default_rng(0).permutation(len(trial.items.ids))
    for rows, what in ((order, "in another order"), (order[:1], "of one item alone")):
        found = trial.build().transform(take(trial.items, rows), trial.state)
        expect_close(found, trial.features[rows], f"the description {what}")


def learns_from_one(trial: FeaturizerTrial) -> None:
    """One training item is enough."""
    made = trial.build()
    found = made.transform(trial.items, trial.fit(made, take(trial.items, np.arange(1))))
    expect(bool(np.isfinite(found).all()), "learnt from one item, it gives NaN or infinity")


def state_survives_disk(trial: FeaturizerTrial) -> None:
    """Its state is arrays, plain JSON and text, and means the same after the disk."""
    found = trial.build().transform(trial.items, through_disk(trial.state))
    expect_close(found, trial.features, "the description with the state from disk", within=0)


def learns_when_told(trial: FeaturizerTrial) -> None:
    """It learns in fit alone: describing other items changes neither its state nor later fits."""
    made = trial.build()
    state = trial.fit(made, trial.learnt)
    before = marks(state)
    made.transform(trial.items, state)
    touched = changed(before, marks(state))
    expect(not touched, f"transform wrote into the state: {', '.join(touched)}")
    rest = np.arange(len(trial.learnt.ids), len(trial.items.ids))
    trial.fit(made, take(trial.items, rest) if len(rest) else trial.items)
    again = made.transform(trial.items, trial.fit(made, trial.learnt))
    expect_close(again, trial.features, "the description after a fit to other items", within=0)


def nothing_without_a_structure(trial: FeaturizerTrial) -> None:
    """A compound without structure and known targets is a row of zeros."""
    if trial.build().of != "compound":
        raise NotApplicableError("it describes cells")
    first = take(trial.items, np.arange(2))
    bare = replace(first, smiles=(first.smiles[0], None), targets=(first.targets[0], ()), molecules=())
    found = trial.build().transform(bare, trial.state)
    expect(not np.any(found[1]), f"{int(np.count_nonzero(found[1]))} features are not 0")
    expect_close(found[0], trial.features[0], "the description beside an item without structure")


def inputs_untouched(trial: FeaturizerTrial) -> None:
    """It writes into nothing that it is given."""
    before = marks(trial.items)
    made = trial.build()
    made.transform(trial.items, trial.fit(made, trial.items))
    touched = changed(before, marks(trial.items))
    expect(not touched, f"it wrote into {', '.join(touched)}")


RULES = listed(
    members,
    one_row_an_item,
    deterministic,
    company_free,
    learns_from_one,
    state_survives_disk,
    learns_when_told,
    nothing_without_a_structure,
    inputs_untouched,
)
