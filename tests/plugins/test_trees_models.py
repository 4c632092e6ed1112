from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import correlation, planted

from drugexp.contract import CENSORED, MISSING, OBSERVED, Context, Examples
from drugexp.errors import ModelError

pytest.importorskip("lightgbm")
sklearn_datasets = pytest.importorskip("sklearn.datasets")

from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, RandomForestRegressor  # noqa: E402
from sklearn.metrics import r2_score  # noqa: E402
from sklearn.tree import DecisionTreeRegressor  # noqa: E402

from drugexp_trees.boosting import boost, packed, read, unpacked  # noqa: E402
from drugexp_trees.boosting_model import GradientBoosting  # noqa: E402
from drugexp_trees.columns import NOT_STATED, learn_columns  # noqa: E402
from drugexp_trees.forest import grow  # noqa: E402
from drugexp_trees.forest_model import RandomForest  # noqa: E402
from drugexp_trees.options import BoostingOptions, ForestOptions  # noqa: E402

FEATURES = ("morgan_counts", "descriptors")
SMALL: dict[str, dict[str, Any]] = {
    "random-forest": {"trees": 60, "feature_share": 0.3},
    "gradient-boosting": {"rounds": 60, "rank": 6},
}
MODELS = (RandomForest, GradientBoosting)


def friedman(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Friedman's first problem: five columns act, five do nothing."""
    X, y = sklearn_datasets.make_friedman1(rows, 10, noise=1.0, random_state=seed)
    return X.astype(np.float32), y[:, None]


def fit(model: Any, train: Examples, **options: Any) -> Any:
    chosen = model.Options(compound_features=FEATURES, **(SMALL[model.name] | options))
    return model().fit(train, None, chosen, context=Context(), seed=0)


@pytest.mark.parametrize("extra", [False, True])
def test_the_forest_does_as_well_as_scikit_learns_and_finds_what_acts(extra: bool) -> None:
    (X, y), (new, truth) = friedman(400, 0), friedman(400, 1)
    options = ForestOptions(trees=100, feature_share=0.5, leaf_rows=2, extra_trees=extra)
    grown = grow(X, y, np.ones(len(X)), np.arange(len(X)), options, seed=0)
    found = np.vstack([block.mean(axis=1) for block in grown.forest.outputs(new)])
    kind = ExtraTreesRegressor if extra else RandomForestRegressor
    oracle = kind(100, max_features=0.5, min_samples_leaf=2, bootstrap=True, random_state=0).fit(X, y[:, 0])
    assert r2_score(truth, found) == pytest.approx(r2_score(truth, oracle.predict(new)), abs=0.03)
    assert set(np.argsort(-grown.importance)[:5]) == {0, 1, 2, 3, 4}
    left_out = r2_score(y, grown.mean)
    assert left_out == pytest.approx(r2_score(truth, found), abs=0.07)


def test_the_arrays_of_a_tree_say_what_the_tree_says() -> None:
    X, y = friedman(200, 0)
    T = np.hstack([y, -(y**2)])
    options = ForestOptions(trees=4, feature_share=1.0, leaf_rows=3)
    grown = grow(X, T, np.ones(200), np.arange(200), options, seed=7)
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(200, np.full(200, 1 / 200), size=4)
    seeds = rng.integers(0, 2**31 - 1, 4)
    for k, block in enumerate(np.swapaxes(np.vstack(list(grown.forest.outputs(X))), 0, 1)):
        rows = np.flatnonzero(drawn[k])
        oracle = DecisionTreeRegressor(max_features=1.0, min_samples_leaf=3, random_state=int(seeds[k]))
        oracle.fit(X[rows], T[rows], sample_weight=drawn[k][rows].astype(float))
        np.testing.assert_allclose(block, oracle.predict(X), rtol=1e-6)


def test_boosting_does_as_well_as_scikit_learns_and_finds_what_acts() -> None:
    (X, y), (new, truth) = friedman(400, 0), friedman(400, 1)
    options = BoostingOptions(
        rounds=150, learning_rate=0.1, leaves=8, leaf_rows=5, feature_share=1.0, row_share=1.0, ridge=0.0
    )
    (text,) = boost(X, y, np.ones(400), options, seed=0)
    oracle = GradientBoostingRegressor(
        n_estimators=150, learning_rate=0.1, max_leaf_nodes=8, max_depth=None, min_samples_leaf=5, random_state=0
    ).fit(X, y[:, 0])
    booster = read(text)
    assert r2_score(truth, booster.predict(new)) == pytest.approx(r2_score(truth, oracle.predict(new)), abs=0.03)
    assert set(np.argsort(-booster.feature_importance("gain"))[:5]) == {0, 1, 2, 3, 4}


def test_the_same_seed_gives_the_same_text_and_bytes_give_it_back() -> None:
    X, y = friedman(100, 0)
    options = BoostingOptions(rounds=10)
    once, again, other = (boost(X, y, np.ones(100), options, seed)[0] for seed in (1, 1, 2))
    assert once == again != other
    assert unpacked(packed(once)) == once


@pytest.mark.parametrize("model", MODELS)
def test_planted_structure_is_found_restored_to_the_bit_and_gone_when_shuffled(model: Any) -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    fitted = fit(model, train)
    found = fitted.predict(test.batch)
    again = model().restore(fitted.state(), model.Options(), context=Context()).predict(test.batch)
    np.testing.assert_array_equal(again.mean, found.mean)
    assert correlation(test.primary.values, found.mean) > 0.6
    chance = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(150)
        broken = replace(train, targets=(replace(train.primary, values=train.primary.values[order]),))
        chance.append(correlation(test.primary.values, fit(model, broken).predict(test.batch).mean))
    assert abs(np.mean(chance)) < 0.15


@pytest.mark.parametrize("model", MODELS)
def test_what_is_missing_is_not_read(model: Any) -> None:
    data = planted(60, 2)
    rng = np.random.default_rng(0)
    state = rng.choice([MISSING, OBSERVED, CENSORED], data.primary.values.shape, p=[0.2, 0.7, 0.1]).astype(np.uint8)
    found = []
    for filler in (np.nan, 1e6):
        values = np.where(state == OBSERVED, data.primary.values, filler).astype(np.float32)
        target = replace(data.primary, values=values, state=state, bound=np.ones(len(values), np.float32))
        found.append(fit(model, replace(data, targets=(target,))).predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    assert correlation(data.primary.values, found[0]) > 0.6


def test_the_spread_and_noise_of_the_forest_hold_on_new_compounds() -> None:
    data = planted(400, noise=0.3, seed=2)
    train, test = data.take(np.arange(250)), data.take(np.arange(250, 400))
    told = fit(RandomForest, train, trees=100).predict(test.batch)
    z = (test.primary.values - told.mean) / told.sd
    assert 0.85 < np.sqrt((z**2).mean()) < 1.15
    assert told.sd[:, 0].std() > 0


def test_shapley_values_add_up_and_the_acting_bin_leads() -> None:
    data = planted(200)
    counts = np.random.default_rng(0).poisson(1.0, (200, 40)).astype(np.float32)
    values = np.zeros((200, 12)) + 3.0 * (counts[:, [4]] > 0)
    batch = replace(data.batch, compound=dict(data.batch.compound) | {"morgan_counts": counts})
    train = Examples(batch, (replace(data.primary, values=values.astype(np.float32)),), data.groups)
    fitted = fit(GradientBoosting, train)
    found = fitted.attribute(batch, [0, 7])
    np.testing.assert_allclose(found.total, fitted.predict(batch).mean[:, [0, 7]], atol=1e-5)
    assert np.abs(found.compound["morgan_counts"]).mean(axis=(0, 1)).argmax() == 4
    assert fitted.importance.argmax() == 4


def test_pooled_cells_and_doses_that_are_not_stated_stand_apart() -> None:
    data = planted(20, 3)
    pooled = replace(data.batch, cell_index=np.where(np.arange(60) % 2, data.batch.cell_index, -1).astype(np.int32))
    columns = learn_columns(pooled, ("morgan_counts",), ("expression",), 16)
    X = columns.matrix(pooled)
    assert X.shape == (60, 40 + 2 + 2)  # three cells span two directions
    assert (X[::2, 40:42] == NOT_STATED).all()
    assert (X[1::2, 40:42] != NOT_STATED).all()
    assert (X[:, 42:] == NOT_STATED).all()


def test_one_profile_is_too_few_to_boost() -> None:
    with pytest.raises(ModelError, match="at least 2"):
        fit(GradientBoosting, planted(1))
