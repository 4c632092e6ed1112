"""Training from disk: the same numbers in the same order, so the same network to the last bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from small_model import panel, small_screen
from test_trainer import fit, same, task

from drugexp.contract import (
    MISSING,
    OBSERVED,
    Batch,
    Context,
    Examples,
    Rows,
    Screen,
    Target,
)
from drugexp.errors import DataError
from drugexp.intake.screen_io import read_screen_folder, write_screen
from drugexp.learn import conformal
from drugexp.learn.assemble import Part
from drugexp.learn.network import feed, held_out
from drugexp.learn.network.tables import Prior
from drugexp.learn.pipeline import apply
from drugexp.learn.pipeline import fit as fit_parts
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.learn.transforms import fit_transform
from drugexp.registry import discover

pytestmark = pytest.mark.usefixtures("compiled_once")

SAMPLES, FEATURES = 300, 10


class Shelf(Rows):
    """An array that is read as if it were on disk, and counts what is read."""

    def __init__(self, array: np.ndarray) -> None:
        super().__init__(array.shape, array.dtype)
        self.array, self.most = array, 0

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.most = max(self.most, len(rows))
        return self.array[rows]


def shelved(examples: Examples) -> Examples:
    """Put all values and states of examples on disk."""
    targets = [
        replace(t, values=Shelf(t.values).as_values(), state=None if t.state is None else Shelf(t.state).as_values())
        for t in examples.targets
    ]
    return replace(examples, targets=tuple(targets))


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Two tasks; the second knows some of the samples and entries, and gives them weights."""
    rng = np.random.default_rng(0)
    bits = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    nothing = np.full(SAMPLES, np.nan, np.float32)
    at = np.arange(SAMPLES, dtype=np.int32)
    batch = Batch({"bits": bits}, {}, at, np.full(SAMPLES, -1, np.int32), nothing, nothing)
    first = (bits @ rng.normal(size=(FEATURES, 6)) + 5).astype(np.float32)
    some = rng.permutation(SAMPLES)[:200].astype(np.int32)
    second = (bits @ rng.normal(size=(FEATURES, 4)))[some].astype(np.float32)
    state = rng.choice([MISSING, OBSERVED], size=second.shape, p=[1 / 3, 2 / 3]).astype(np.uint8)
    weight = rng.uniform(0.5, 2.0, len(some)).astype(np.float32)
    targets = (
        Target(task("a", 6), at, first, np.ones(SAMPLES, np.float32)),
        Target(task("b", 4, weight=0.5), some, second, weight, state),
    )
    return Examples(batch, targets, np.arange(SAMPLES))


@pytest.mark.parametrize("more", [{}, {"members": 2, "noise": 0.1, "correlation": 0.5, "evaluate_every": 1}])
def test_a_network_from_disk_is_the_network_from_memory_to_the_last_bit(examples, more):
    train, valid = examples.take(np.arange(40, SAMPLES)), examples.take(np.arange(40))
    in_memory = fit(train, valid, **more)
    streamed = fit(shelved(train), shelved(valid), **more)
    assert same(in_memory, streamed)
    assert in_memory.history == streamed.history


def test_validation_samples_are_read_by_parts_and_give_the_same_losses(examples, monkeypatch):
    """More tiles than are read together, the last one not full."""
    monkeypatch.setattr(held_out, "_TILE", 16)
    in_memory = fit(examples, examples)
    monkeypatch.setattr(held_out, "_TILES", 2)
    assert in_memory.history == fit(shelved(examples), shelved(examples)).history


def test_no_more_is_read_at_once_than_the_updates_of_one_call_need(examples):
    read = shelved(examples)
    orders = [[feed.Order(0, k, len(t.rows), 6)] for k, t in enumerate(read.targets)]
    priors = {name: Prior(np.zeros(size), np.zeros(size)) for name, size in (("a", 6), ("b", 4))}
    (food,) = feed.Feed(read, priors, orders, 4)([feed.Calls(0, 3)])
    assert read.primary.values.most == 24
    assert [goals.values.shape for goals in food.goals] == [(24, 6), (24, 4)]
    assert food.tables.dose_um.shape == (48,)


def test_a_killed_run_from_disk_resumes_to_the_same_bits_also_from_memory(examples, tmp_path):
    dials = {"checkpoint_seconds": 0.0, "steps_per_call": 4}

    class Killed(BaseException):
        pass

    def kill(done, total, message=""):
        if done == 12:
            raise Killed

    with pytest.raises(Killed):
        fit(shelved(examples), **dials, context=Context(progress=kill, checkpoint=tmp_path))
    resumed = fit(examples, **dials, context=Context(checkpoint=tmp_path))
    assert same(resumed, fit(examples))


def test_what_cannot_be_read_ends_the_training_with_its_own_words(examples):
    class Broken(Shelf):
        def read(self, rows):
            raise DataError("the file ends before its last row.", where="big.screen")

    spoilt = replace(examples, targets=(replace(examples.primary, values=Broken(examples.primary.values)),))
    with pytest.raises(DataError, match="ends before its last row"):
        fit(spoilt)


@pytest.mark.parametrize("steps", [("gene_scale",), ("signed_log", "gene_scale")])
def test_transforms_are_fitted_and_applied_the_same(steps):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(20_000, 3)).astype(np.float32) * [1, 10, 0.1]
    observed = rng.random(values.shape) < 0.9
    in_memory = fit_transform(steps, values, observed)
    streamed = fit_transform(steps, Shelf(values), Shelf(observed))
    np.testing.assert_array_equal(in_memory.scale, streamed.scale)
    known = np.where(observed, in_memory.forward(values), np.nan)
    np.testing.assert_allclose(np.nanstd(known, axis=0, ddof=1), 1.0, rtol=1e-5)


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Screen, Screen]:
    """A screen in memory and on disk."""
    write_screen(small_screen(), tmp_path / "small.screen")
    folder = tmp_path / "small.screen"
    return read_screen_folder(folder), read_screen_folder(folder, on_disk_from=0)


def test_a_pipeline_from_a_screen_on_disk_is_the_one_from_memory(stored):
    small = {"epochs": 1, "batch_size": 16, "width": 8, "code": 4, "rank": 4, "cell_features": ()}
    choice = ModelChoice(name="compound-blind", options=small)
    rows = np.arange(0, len(stored[0]), 2)
    found = []
    for screen in stored:
        part = Part(screen, rows, ("signed_log", "gene_scale"))
        pipeline = fit_parts("p", choice, [part], panel(), discover(), seed=0, valid_share=0.0)
        found.append([pipeline.transform.scale, *jax.tree.leaves(pipeline.fitted.state()["params"])])
    assert isinstance(stored[1].values, Rows)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_that_does_not_stream_is_given_arrays_or_refused_with_the_sizes(stored, monkeypatch):
    on_disk = stored[1]

    def fitted():
        choice = ModelChoice(name="tanimoto-kernel-ridge")
        return fit_parts("p", choice, [Part(on_disk, np.arange(len(on_disk)))], panel(), discover(), seed=0)

    assert np.isfinite(apply(fitted(), stored[0], discover()).mean).all()
    monkeypatch.setattr("drugexp.contract.rows.BLOCK", 10)
    monkeypatch.setattr("drugexp.contract.rows.free_memory", lambda: 1000)
    with pytest.raises(DataError, match=r"126 x 978 values take 0\.0 GB .* are free.*Networks are trained from disk"):
        fitted()


def test_so_many_held_out_samples_set_the_intervals_as_the_recipe_says(monkeypatch):
    """Of a screen of 126 samples 100; none are drawn where all are used."""
    seen = []

    def calibrate(truth, *rest):
        seen.append(len(truth))
        return conformal.calibrate(truth, *rest)

    monkeypatch.setattr("drugexp.learn.training.calibrate", calibrate)
    for rows in (100, 126):
        choice = CalibrationChoice(folds=2, rows=rows)
        model = ModelChoice(name="tanimoto-kernel-ridge")
        recipe = Recipe(name="few", model=model, screens=(ScreenChoice(name="small"),), calibration=choice)
        assert train(recipe, [small_screen()], panel(), discover()).calibration is not None
    assert seen == [100, 126]
