"""Selection inside a fit sees training rows alone and goes with the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_model import panel, small_screen

from drugexp.contract import Screen
from drugexp.errors import UsageError
from drugexp.learn.bundle import load_bundle, save_bundle
from drugexp.learn.parts import Part
from drugexp.learn.pipeline import Pipeline, apply, fit, inputs
from drugexp.learn.recipe import ModelChoice
from drugexp.learn.selecting import Selection
from drugexp.registry import discover
from drugexp.represent.features import COLUMNS

SCREEN = small_screen()
ROWS = np.arange(0, len(SCREEN), 2)
REST = np.setdiff1d(np.arange(len(SCREEN)), ROWS)


def fitted(*select: Selection, screen: Screen = SCREEN, model: str = "svd-ridge", **options: Any) -> Pipeline:
    choice = ModelChoice(name=model, options=options, select=select)
    return fit("small", choice, [Part(screen, ROWS)], panel(), discover(), seed=0)


@pytest.mark.parametrize("by", ["variance", "mutual_information", "lasso", "stability"])
def test_no_held_out_value_has_a_say(by: str) -> None:
    told = (Selection(feature="morgan_counts", by=by, keep=20, draws=3),)
    values = SCREEN.values.copy()
    values[REST] = 777.0
    ours, other = fitted(*told), fitted(*told, screen=replace(SCREEN, values=values))
    kept = ours.states["compound:morgan_counts"][COLUMNS]
    np.testing.assert_array_equal(kept, other.states["compound:morgan_counts"][COLUMNS])
    assert 1 <= len(kept) <= 20
    test = SCREEN.take(REST)
    registry = discover()
    assert inputs(ours, test, registry).compound["morgan_counts"].shape[1] == len(kept)
    np.testing.assert_array_equal(apply(ours, test, registry).mean, apply(other, test, registry).mean)


def test_columns_of_cells_and_their_genes_go_together_and_selections_chain() -> None:
    told = (
        Selection(feature="expression", by="variance", keep=50),
        Selection(feature="expression", by="variance", keep=10),
        Selection(feature="morgan_counts", by="variance", keep=15),
    )
    pipeline = fitted(*told)
    kept = pipeline.states["cell:expression"][COLUMNS]
    batch = inputs(pipeline, SCREEN, discover())
    assert batch.cell["expression"].shape[1] == len(kept) == 10
    assert batch.compound["morgan_counts"].shape[1] == 15
    whole = inputs(fitted(), SCREEN, discover()).cell["expression"][:3]  # the three cells of the training rows
    np.testing.assert_array_equal(kept, np.sort(np.argsort(-whole.var(axis=0), kind="stable")[:10]))


def test_the_bundle_keeps_what_was_selected(tmp_path: Path) -> None:
    pipeline = fitted(Selection(feature="morgan_counts", keep=25), model="tanimoto-kernel-ridge")
    again = load_bundle(save_bundle(pipeline, tmp_path / "kept"), discover())
    test = SCREEN.take(REST)
    np.testing.assert_array_equal(apply(again, test, discover()).mean, apply(pipeline, test, discover()).mean)
    assert again.model.select == (Selection(feature="morgan_counts", keep=25),)


def test_few_columns_are_enough_for_a_planted_end_group() -> None:
    """The end group sets the profile: its own columns tell nearly all that a thousand tell."""
    test, registry = SCREEN.take(REST), discover()
    truth = SCREEN.values[REST] - SCREEN.values[ROWS].mean(0)

    def score(pipeline: Pipeline) -> float:
        rest = apply(pipeline, test, registry).mean - SCREEN.values[ROWS].mean(0)
        return float(np.mean([np.corrcoef(p, y)[0, 1] for p, y in zip(rest, truth, strict=True)]))

    few = fitted(Selection(feature="morgan_counts", keep=40))
    assert score(few) > 0.9 * score(fitted())


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Selection(feature="morgan_cuonts"), "nearest: morgan_counts"),
        (Selection(feature="maccs"), "unknown feature to select from"),
    ],
)
def test_what_makes_no_sense_is_refused(told: Selection, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        fitted(told)


def test_pooled_cells_cannot_tell_genes_apart() -> None:
    pooled = replace(SCREEN, samples=SCREEN.samples.assign(cell=""))
    with pytest.raises(UsageError, match="no training sample states a cell"):
        fitted(Selection(feature="expression"), screen=pooled)
