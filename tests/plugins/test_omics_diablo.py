from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from omics_planted import as_items, matched, planted_classes, without
from sklearn.metrics import balanced_accuracy_score

from drugexp.contract import parse_options
from drugexp.errors import InputError
from drugexp.testing.featurizers import take
from drugexp_omics.diablo.classes import Diablo, fit_diablo
from drugexp_omics.diablo.cross_validated import balanced_error, cross_validate, temper
from drugexp_omics.diablo.featurizer import DiabloComponents, DiabloOptions
from drugexp_omics.pls.covarying import KEEP

TRAINING = slice(0, 120)
NEW = slice(120, None)


def rows(blocks: dict[str, np.ndarray], at: slice | np.ndarray) -> dict[str, np.ndarray]:
    """Return some cells."""
    return {name: values[at] for name, values in blocks.items()}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_supervised_components_are_found(seed: int) -> None:
    """Also where factors of no class are stronger: these are what the blocks alone would give."""
    blocks, truth, classes = planted_classes(240, seed=seed)
    fitted = fit_diablo(rows(blocks, TRAINING), classes[TRAINING], components=2)
    assert matched(fitted.pls.scores(rows(blocks, TRAINING)).values, truth[TRAINING]).min() > 0.95
    assert matched(fitted.pls.scores(rows(blocks, NEW)).values, truth[NEW]).min() > 0.95
    told = np.array(fitted.classes)[fitted.probability(rows(blocks, NEW)).argmax(axis=1)]
    assert (told == classes[NEW]).mean() > 0.93


def test_a_block_of_noise_costs_nothing() -> None:
    blocks, truth, classes = planted_classes(240)
    noise = {**blocks, "protein": np.random.default_rng(5).normal(size=(240, 300))}
    fitted = fit_diablo(rows(noise, TRAINING), classes[TRAINING], components=2)
    assert matched(fitted.pls.scores(rows(noise, NEW)).values, truth[NEW]).min() > 0.95
    at = list(fitted.pls.scales).index("protein")
    assert np.abs(fitted.pls.consensus.pull[:, at]).max() < 0.1
    without_it = fit_diablo(rows(blocks, TRAINING), classes[TRAINING], components=2)
    found, wanted = fitted.probability(rows(noise, NEW)), without_it.probability(rows(blocks, NEW))
    assert np.abs(found - wanted).mean() < 0.03


def test_kept_features_are_those_that_carry_the_classes() -> None:
    rng = np.random.default_rng(3)
    code = np.repeat([0, 1], 50)
    blocks = {name: rng.normal(size=(100, 80)) for name in "ab"}
    for values in blocks.values():
        values[:, :5] += 2.0 * code[:, None]
        values[:, 5:40] += 3 * rng.normal(size=(100, 1))  # strong, and of no class
    fitted = fit_diablo(blocks, [str(c) for c in code], components=1, keep=(5,))
    for weight in fitted.pls.weight.values():
        assert set(np.flatnonzero(weight[:, 0])) == set(range(5))


def test_shares_are_about_as_often_right_as_they_say() -> None:
    blocks, _, classes = planted_classes(600, seed=4)
    hard = {n: v + 6 * np.random.default_rng(1).normal(size=v.shape) for n, v in blocks.items()}
    learnt = rows(hard, TRAINING)
    held = cross_validate(learnt, classes[TRAINING], components=[2], keep=KEEP, between=0.1, shuffles=0)
    plain = fit_diablo(learnt, classes[TRAINING], components=2)
    share = replace(plain, temper=held.temper).probability(rows(hard, NEW))
    np.testing.assert_allclose(share.sum(axis=1), 1)
    right = np.array(plain.classes)[share.argmax(axis=1)] == classes[NEW]
    assert 0.4 < right.mean() < 0.95
    assert abs(share.max(axis=1).mean() - right.mean()) < 0.08


def test_cells_without_blocks_are_told_less_surely_and_none_at_all_not() -> None:
    blocks, _, classes = planted_classes(240, seed=1)
    noisy = {n: v + 2 * np.random.default_rng(1).normal(size=v.shape) for n, v in blocks.items()}
    holes = without(rows(noisy, TRAINING), "expression", np.arange(20, 45))
    fitted = fit_diablo(holes, classes[TRAINING], components=2)
    new = rows(noisy, NEW)
    whole, less = fitted.probability(new), fitted.probability({"copy_number": new["copy_number"]})
    right = np.array(fitted.classes)[less.argmax(axis=1)] == classes[NEW]
    assert right.mean() > 0.6
    assert less.max(axis=1).mean() < whole.max(axis=1).mean()
    none = fitted.probability({"copy_number": np.full((1, 60), np.nan)})
    np.testing.assert_allclose(none, 1 / 3, atol=1e-6)


def test_order_names_and_company_do_not_matter() -> None:
    blocks, _, classes = planted_classes(100)
    fitted = fit_diablo(blocks, classes, components=2)
    share = fitted.probability(blocks)
    order = np.random.default_rng(2).permutation(100)
    mixed = fit_diablo(rows(blocks, order), classes[order], components=2)
    np.testing.assert_allclose(mixed.probability(blocks), share, atol=1e-5)
    renamed = np.array([{"a": "z", "b": "y", "c": "x"}[c] for c in classes])
    other = fit_diablo(blocks, renamed, components=2)
    assert other.classes == ("x", "y", "z")
    np.testing.assert_allclose(other.probability(blocks)[:, ::-1], share, atol=1e-5)
    np.testing.assert_allclose(fitted.probability(rows(blocks, slice(7, 8))), share[7:8], atol=1e-9)
    np.testing.assert_array_equal(Diablo.restore(fitted.state()).probability(blocks), share)


def test_cross_validation_counts_components_and_sees_through_shuffled_classes() -> None:
    blocks, _, classes = planted_classes(120, seed=2)
    held = cross_validate(blocks, classes, components=[1, 2, 3], keep=(10,), between=0.1, shuffles=4)
    assert held.chosen == 2
    assert held.error[0] > held.error[1] + 0.1
    assert held.shuffled.min() > 0.5
    assert abs(held.shuffled.mean() - 2 / 3) < 0.1
    np.testing.assert_allclose(1 - held.recall.mean(), held.error[1])


def test_noise_tells_no_classes() -> None:
    rng = np.random.default_rng(0)
    blocks = {n: rng.normal(size=(60, 300)) for n in "ab"}
    classes = np.array(list("xy"))[rng.integers(2, size=60)]
    made = DiabloComponents(parse_options(DiabloOptions, {"shuffles": 3}))
    items = as_items(blocks)
    found = made.integrated(items, made.fit_outcome(items, list(classes)))
    errors = found.tables["errors"].set_index("of")["balanced_error"]
    assert errors["held-out cells"] > 0.35
    assert errors["one class throughout"] == 0.5


def test_balanced_error_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    code, told = rng.integers(3, size=50), rng.integers(3, size=50)
    error, deviation, recall = balanced_error((code == told)[None].astype(float), code, 3)
    assert 1 - error[0] == pytest.approx(balanced_accuracy_score(code, told))
    assert 0.04 < deviation[0] < 0.12
    assert recall.shape == (1, 3)


def test_shares_that_say_too_much_are_tempered() -> None:
    rng = np.random.default_rng(0)
    log = 2 * rng.normal(size=(4000, 3))
    true = np.exp(log) / np.exp(log).sum(axis=1, keepdims=True)
    code = (true.cumsum(axis=1) < rng.random((4000, 1))).sum(axis=1)
    loud = true**3 / (true**3).sum(axis=1, keepdims=True)
    assert temper(true, code) == pytest.approx(1, rel=0.1)
    assert temper(loud, code) == pytest.approx(3, rel=0.1)


def test_the_featuriser_tells_classes_and_how_well() -> None:
    blocks, truth, classes = planted_classes(120)
    lost = np.arange(20, 30)
    items = as_items(without(blocks, "expression", lost))
    made = DiabloComponents(parse_options(DiabloOptions, {"shuffles": 2}))
    state = made.fit_outcome(items, list(classes))
    found = made.integrated(items, state)
    np.testing.assert_array_equal(found.values, made.transform(items, state))
    np.testing.assert_array_equal(found.sd, made.uncertainty(items, state))
    assert found.sd is not None
    assert (found.sd[lost] > 0).all()
    assert found.probability is not None
    assert list(found.probability) == ["a", "b", "c"]
    tuning = found.tables["tuning"]
    assert tuning["components"].tolist() == [1, 2, 3]
    assert tuning.loc[tuning["chosen"], "components"].tolist() == [found.values.shape[1]]
    assert matched(found.values, truth).min() > 0.93
    assert found.tables["classes"]["cells"].sum() == 120
    assert len(found.tables["errors"]) == 4
    assert "balanced error rate" in found.notes[0]
    assert "67% for one class throughout" in found.notes[0]
    few = made.integrated(take(items, np.arange(3)), state)
    np.testing.assert_allclose(few.values, found.values[:3], atol=1e-6)


def test_what_cannot_be_learnt_is_said() -> None:
    items = as_items(planted_classes(40)[0])
    made = DiabloComponents(parse_options(DiabloOptions, {"shuffles": 1, "components": 1}))
    with pytest.raises(InputError, match="block_pls"):
        made.fit(items)
    one = made.integrated(items, made.fit_outcome(items, ["a"] * 40))
    assert not one.values.any()
    assert "all of one class" in one.notes[0]
    assert one.probability is not None
    assert (one.probability == 1).to_numpy().all()
    rare = made.integrated(items, made.fit_outcome(items, ["a"] * 20 + ["b"] * 19 + ["c"]))
    assert "c (1)" in " ".join(rare.notes)
