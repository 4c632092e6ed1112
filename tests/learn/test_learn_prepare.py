"""Preparation of training values: fitted on training rows, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_model import panel, small_screen

from drugexp.contract import CENSORED, MISSING, OBSERVED, Needs, Rows, Screen, parse_options
from drugexp.errors import DrugexpError, InputError, UsageError
from drugexp.learn.assemble import assemble
from drugexp.learn.card import card_text
from drugexp.learn.parts import Part
from drugexp.learn.prepare import STEPS, Step, fit_chain, parse_step
from drugexp.learn.recipe import Recipe
from drugexp.learn.training import train
from drugexp.registry import discover


def batches(screen: Screen, size: float = 2.0, seed: int = 0) -> Screen:
    """Return the screen with three batches, each with a profile of its own on every gene."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 3, size=len(screen))
    values = screen.values + size * rng.normal(size=(3, len(screen.genes)))[at]
    return replace(screen, values=values, samples=screen.samples.assign(batch=np.array(["p1", "p2", "p3"])[at]))


def holes(screen: Screen, share: float = 0.2, seed: int = 1) -> Screen:
    """Return the screen with a share of its entries missing."""
    missing = np.random.default_rng(seed).random(screen.values.shape) < share
    state = np.where(missing, MISSING, OBSERVED).astype(np.uint8)
    return replace(screen, values=np.where(missing, 0, screen.values), state=state)


def cut(screen: Screen, genes: int = 60) -> Screen:
    """Return the screen on its first genes: low-rank fits are quick on these."""
    keep = np.arange(genes)
    state = None if screen.state is None else screen.state[:, keep]
    return replace(screen, values=screen.values[:, keep], genes=screen.genes.subset(keep), state=state)


@pytest.mark.parametrize("name", STEPS)
def test_training_values_do_not_depend_on_what_is_held_out(name: str) -> None:
    screen = holes(batches(cut(small_screen())))
    train = np.arange(len(screen)) % 3 > 0
    spoilt = np.where(train[:, None], screen.values, 1e6)
    needs, registry = Needs(), discover()

    def target(of: Screen) -> np.ndarray:
        part = Part(of, np.flatnonzero(train), prepare=(parse_step(name),))
        found = assemble([part], panel(), needs, registry)
        assert found.notes[0].startswith(f"{screen.name}: {name}")
        return found.examples.primary.values

    clean = target(screen)
    np.testing.assert_array_equal(clean, target(replace(screen, values=spoilt)))
    assert not np.array_equal(clean, screen.values[train]), "the step does something"


def test_without_steps_the_values_are_what_was_measured() -> None:
    screen = holes(small_screen())
    found = assemble([Part(screen, np.arange(len(screen)))], panel(), Needs(), discover())
    np.testing.assert_array_equal(found.examples.primary.values, screen.values)
    np.testing.assert_array_equal(found.examples.primary.state, screen.state)
    assert found.notes == ()


@pytest.mark.parametrize("name", ["impute_mean", "impute_neighbours", "impute_low_rank"])
def test_filled_entries_count_as_measured_but_for_genes_never_measured(name: str) -> None:
    screen = holes(cut(small_screen()))
    state = np.array(screen.state)
    state[:, 0] = MISSING
    screen = replace(screen, state=state)
    filled = fit_chain([parse_step(name)], screen).apply(screen)
    seen = state == OBSERVED
    np.testing.assert_array_equal(filled.values[seen], screen.values[seen])
    assert filled.state is not None
    assert (filled.state[:, 0] == MISSING).all()
    assert (filled.state[:, 1:] == OBSERVED).all()


def test_steps_are_applied_in_their_order_and_each_sees_the_one_before() -> None:
    screen = holes(batches(cut(small_screen())))
    both = fit_chain([parse_step("impute_mean"), parse_step("combat")], screen)
    filled = fit_chain([parse_step("impute_mean")], screen).apply(screen)
    then = fit_chain([parse_step("combat")], filled).apply(filled)
    np.testing.assert_array_equal(both.apply(screen).values, then.values)
    assert both.words == ("impute_mean", "combat (3 batches)")


def test_a_planted_batch_effect_goes() -> None:
    clean = cut(small_screen())
    screen = batches(clean)
    prepared = fit_chain([parse_step("combat")], screen).apply(screen)

    def off(values: np.ndarray) -> float:
        rest = values - clean.values
        return float((rest - rest.mean(axis=0)).std())

    assert off(prepared.values) < 0.35 * off(screen.values)


def test_covariates_are_columns_of_the_samples() -> None:
    screen = batches(cut(small_screen()))
    step = parse_step({"name": "combat", "covariates": ["cell", "dose_um"]})
    chain = fit_chain([step], screen)
    assert chain.words == ("combat (3 batches)",)
    strange = replace(screen, samples=screen.samples.assign(cell="PC3", batch="p9"))
    with pytest.raises(InputError, match="unknown batch 'p9'; valid: p1, p2, p3"):
        chain.apply(strange)
    table = screen.samples.assign(dose_um=np.nan)
    with pytest.raises(InputError, match=r"step 'combat' of `prepare`: covariate 'dose_um' is not stated for 126"):
        fit_chain([step], replace(screen, samples=table))


def test_a_level_that_training_lacks_is_told() -> None:
    screen = batches(cut(small_screen()))
    chain = fit_chain(
        [parse_step({"name": "combat", "covariates": ["cell"]})], screen.take(screen.samples["cell"] != "PC3")
    )
    with pytest.raises(InputError, match="unknown level of the covariate 'cell' 'PC3'; valid: A549, MCF7"):
        chain.apply(screen)


@pytest.mark.parametrize("name", STEPS)
def test_lists_of_top_genes_are_refused(name: str) -> None:
    screen = batches(cut(small_screen()))
    state = np.full(screen.values.shape, CENSORED, dtype=np.uint8)
    listed = replace(screen, state=state, bound=np.ones(len(screen)))
    with pytest.raises(UsageError, match=f"screen 'small_zscore', step '{name}'.*strongest genes only"):
        fit_chain([parse_step(name)], listed)


def test_no_batches_are_told() -> None:
    with pytest.raises(InputError, match="one batch only"):
        fit_chain([parse_step("combat")], small_screen())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("combta", "unknown step of `prepare` 'combta'; nearest: combat"),
        ({"name": "combat", "covariate": []}, "unknown option 'covariate'; nearest: covariates"),
        ({"name": "impute_neighbours", "neighbours": 0}, "option neighbours = 0"),
        ({"steps": "combat"}, "is neither"),
        (7, "is neither"),
    ],
)
def test_a_wrong_step_is_told_with_the_nearest_name(given: object, words: str) -> None:
    recipe = {"name": "r", "model": {"name": "mean"}, "screens": [{"name": "s", "prepare": [given]}]}
    with pytest.raises(UsageError, match=words):
        parse_options(Recipe, recipe)


def test_steps_go_through_json_unchanged() -> None:
    asked = ["quantile", {"name": "combat", "covariates": ["dose_um"]}]
    recipe = parse_options(
        Recipe, {"name": "r", "model": {"name": "mean"}, "screens": [{"name": "s", "prepare": asked}]}
    )
    again = parse_options(Recipe, recipe.model_dump(mode="json"))
    assert again == recipe
    assert [type(step) for step in again.screens[0].prepare] == [STEPS["quantile"], STEPS["combat"]]
    assert isinstance(again.screens[0].prepare[1], Step)


def test_values_on_disk_are_refused_with_a_sentence() -> None:
    class Zeros(Rows):
        def read(self, rows: np.ndarray) -> np.ndarray:
            return np.zeros((len(rows), self.shape[1]), dtype=np.float32)

    screen = small_screen()
    stays = replace(screen, values=Zeros(screen.values.shape).as_values())
    with pytest.raises(DrugexpError, match="needs all rows in memory, and the screen stays on disk"):
        fit_chain([parse_step("impute_mean")], stays)


def test_the_samples_stay_what_they_are() -> None:
    screen = batches(cut(small_screen()))
    prepared = fit_chain([parse_step("quantile")], screen).apply(screen)
    pd.testing.assert_frame_equal(prepared.samples, screen.samples)


def test_the_model_card_tells_what_was_done() -> None:
    screen = batches(small_screen())
    recipe = {
        "name": "r",
        "model": {"name": "mean"},
        "screens": [{"name": "small", "prepare": ["combat"]}],
        "calibration": {"folds": 0},
    }
    card = card_text(train(parse_options(Recipe, recipe), [screen], panel(), discover()))
    assert "- Prepared, on training rows only: small_zscore: combat (3 batches)." in card
