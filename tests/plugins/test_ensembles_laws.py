"""Laws of ensembles, on planted examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feature_ridge import FeatureRidge, WithRidge
from planted import GENES, correlation, planted

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import CENSORED, MISSING, OBSERVED, Batch, Context, Examples, Task, Unit, parse_options
from drugexp.contract.axis import GeneAxis
from drugexp.errors import ModelError, UsageError
from drugexp.learn.state import flatten, unflatten
from drugexp.predict import engine
from drugexp.registry import discover
from drugexp_ensembles.residuals import residual

BUILDER = WithRidge(discover())
CONTEXT = Context(models=BUILDER)
RIDGE = {"name": "tanimoto-kernel-ridge"}
LINEAR = {"name": "feature-ridge"}


def fit(name: str, train: Examples, *, seed: int = 0, **options: object):
    model, chosen = BUILDER.build(name, options)
    return model.fit(train, None, chosen, context=CONTEXT, seed=seed)


def shuffled(data: Examples, seed: int = 0) -> Examples:
    order = np.random.default_rng(seed).permutation(len(data))
    return replace(data, targets=(replace(data.primary, values=data.primary.values[order]),))


def weights(fitted) -> list[float]:
    return [member["weight"] for member in fitted.report["members"]]


def test_a_blend_of_one_is_that_model_and_weights_are_shares() -> None:
    data = planted(40, 3)
    other = {"name": "svd-ridge", "options": {"rank": 5}}
    a, b = (fit(m["name"], data, **m.get("options", {})).predict(data.batch).mean for m in (RIDGE, other))
    alone = fit("blend", data, members=[RIDGE]).predict(data.batch).mean
    np.testing.assert_array_equal(alone, a)
    found = fit("blend", data, members=[RIDGE, other], weights=[1.0, 3.0]).predict(data.batch)
    np.testing.assert_allclose(found.mean, 0.25 * a + 0.75 * b, atol=1e-5)
    assert found.sd is None
    with pytest.raises(UsageError, match="1 weights for 2 members"):
        fit("blend", data, members=[RIDGE, other], weights=[1.0])


def test_members_see_only_what_they_ask_for() -> None:
    data = planted(40, 3)
    FeatureRidge.shown.clear()
    fit("blend", data, members=[LINEAR, RIDGE]).predict(data.batch)
    assert set(data.batch.compound) > {"morgan_counts"}
    assert set(FeatureRidge.shown) == {("morgan_counts",)}


def test_a_bag_is_the_mean_of_its_members_and_states_their_spread_held_to_the_errors_out_of_bag() -> None:
    data = planted(40)
    fitted = fit("bagging", data, member=RIDGE, draws=5)
    each = np.stack([member.predict(data.batch).mean for member in fitted.members]).astype(np.float64)
    found = fitted.predict(data.batch)
    np.testing.assert_allclose(found.mean, each.mean(0), atol=1e-5)
    held = fitted.params["share"] * each.var(0, ddof=1) + fitted.params["rest"]
    np.testing.assert_allclose(found.sd, np.sqrt(held), atol=1e-5)


def test_bags_draw_whole_groups_and_out_of_bag_is_honest() -> None:
    data = planted(120, 3, noise=0.5)  # three rows of one compound are one group
    real, broken = (fit("bagging", d, draws=12).report["out_of_bag"] for d in (data, shuffled(data)))
    assert real["rows"] >= 0.95 * len(data)
    assert real["centred_pearson"] > 0.5
    assert abs(broken["centred_pearson"]) < 0.1
    assert broken["r2_over_mean"] < 0.05


def test_one_seed_is_enough_where_nothing_is_random() -> None:
    data = planted(30)
    with pytest.raises(ModelError, match="does not depend on the seed"):
        fit("seeds", data, member=RIDGE, count=3)
    alone = fit("tanimoto-kernel-ridge", data).predict(data.batch).mean
    np.testing.assert_array_equal(fit("seeds", data, member=RIDGE, count=1).predict(data.batch).mean, alone)
    bag = {"name": "bagging", "options": {"draws": 2}}
    twice = fit("seeds", data, member=bag, count=2, seed=7)
    parts = [fit("bagging", data, draws=2, seed=s).predict(data.batch).mean for s in (7, 8)]
    np.testing.assert_allclose(twice.predict(data.batch).mean, (parts[0] + parts[1]) / 2, atol=1e-5)


def test_boosting_a_linear_smoother_has_a_closed_form() -> None:
    """After m stages of shrinkage v, (I - v S)^m of the base's residual is left (Buehlmann and Yu 2003)."""
    data, stages, v = planted(30), 4, 0.4
    fitted = fit("boosting", data, members=[RIDGE], stages=stages, shrinkage=v, folds=0)
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    K, n = count_tanimoto(X, X), len(X)
    centre = np.eye(n) - 1.0 / n
    S = 1.0 / n + K @ np.linalg.solve(K + 3.0 * np.eye(n), centre)  # penalty 3 over the mean
    left = np.linalg.matrix_power(np.eye(n) - v * S, stages) @ (Y - Y.mean(0))
    np.testing.assert_allclose(fitted.predict(data.batch).mean, Y - left, atol=1e-4)


def test_boosting_stops_at_once_on_shuffled_targets_and_goes_on_where_there_is_something() -> None:
    data = planted(120, noise=0.5)
    real = fit("boosting", data, stages=6, shrinkage=0.5)
    assert real.report["stages"] >= 3
    assert min(real.report["held_out_error"]) < 0.8
    assert fit("boosting", shuffled(data), stages=6, shrinkage=0.5).report["stages"] <= 1


def test_a_residual_counts_observed_entries_and_what_lies_outside_of_a_bound() -> None:
    task = Task("t", GeneAxis(("a", "b", "c", "d")), Unit.LOG2FC)
    state = np.array([[OBSERVED, CENSORED, CENSORED, MISSING]], np.uint8)
    data = planted(1)
    target = replace(
        data.primary,
        task=task,
        values=np.array([[3.0, 0.0, 0.0, np.nan]], np.float32),
        state=state,
        bound=np.array([1.0], np.float32),
    )
    found = residual(target, np.array([[1.0, 0.5, -3.0, 9.0]]))
    np.testing.assert_array_equal(found.values, [[2.0, 0.0, 2.0, 0.0]])
    np.testing.assert_array_equal(found.observed, [[True, True, True, False]])


@pytest.mark.parametrize("method", ["nnls", "ridge"])
def test_stacking_gives_the_weight_to_the_better_member_and_none_to_a_useless_one(method: str) -> None:
    data = planted(150, noise=0.3)
    good, worse = (RIDGE | {"options": {"penalty": penalty}} for penalty in (0.3, 300.0))
    members = [good, {"name": "blend", "options": {"members": [{"name": "mean"}]}}, worse]
    found = fit("stacking", data, members=members, weights=method, penalty=0.01)
    better, useless, _ = weights(found)
    assert better > 0.7
    assert abs(useless) < 1e-6
    scores = [member["r2_over_mean"] for member in found.report["members"]]
    assert scores[0] == max(scores) > 0.2


@pytest.mark.parametrize("rank", [0, 4])
def test_stacking_on_shuffled_targets_predicts_the_mean(rank: int) -> None:
    data = planted(200, seed=3)
    train, test = data.take(np.arange(150)), data.take(np.arange(150, 200))
    found = fit("stacking", train, rank=rank)
    told = found.predict(test.batch).mean
    assert correlation(test.primary.values, told) > 0.6
    broken = shuffled(train)
    nothing = fit("stacking", broken, rank=rank)
    assert max(weights(nothing)) < 0.15
    rest = nothing.predict(test.batch).mean - broken.primary.values.mean(0)
    power = ((train.primary.values - train.primary.values.mean(0)) ** 2).mean()
    assert (rest**2).mean() < 0.02 * power


def two_sided(seed: int) -> tuple[Examples, Examples]:
    """Return training and test examples of which each of two features tells one half, with noise of its own."""
    rng = np.random.default_rng(seed)
    n = 360
    tables = [rng.poisson(1.0, (n, 10)) + (np.arange(10) == 0) for _ in range(2)]
    effect = [rng.normal(size=(10, GENES)) for _ in range(2)]
    truth = sum((t - t.mean(0)) @ e for t, e in zip(tables, effect, strict=True))
    data = planted(n)
    batch = Batch(
        {"morgan_counts": tables[0].astype(np.float32), "maccs": tables[1].astype(np.float32)},
        {},
        data.batch.compound_index,
        data.batch.cell_index,
        data.batch.dose_um,
        data.batch.hours,
    )
    values = (truth + 0.5 * rng.normal(size=truth.shape)).astype(np.float32)
    data = Examples(batch, (replace(data.primary, values=values),), data.groups)
    return data.take(np.arange(240)), data.take(np.arange(240, n))


def test_two_members_that_err_independently_beat_each_alone() -> None:
    train, test = two_sided(0)
    first, second = (LINEAR | {"options": {"feature": f}} for f in ("morgan_counts", "maccs"))

    def error(name: str, options: dict) -> float:
        told = fit(name, train, **options).predict(test.batch).mean
        return float(((told - test.primary.values) ** 2).mean())

    alone = [error(m["name"], m["options"]) for m in (first, second)]
    assert error("stacking", {"members": [first, second]}) < 0.9 * min(alone)


def test_one_group_cannot_be_stacked() -> None:
    data = replace(planted(20), groups=np.zeros(20, np.int64))
    with pytest.raises(ModelError, match="at least two groups"):
        fit("stacking", data)


def test_factors_of_members_are_those_of_the_ensemble() -> None:
    data = planted(40, 2)
    sure = LINEAR | {"options": {"sd": 0.5}}
    for name, options in (
        ("bagging", {"member": sure, "draws": 2}),
        ("blend", {"members": [sure, sure | {"options": {"sd": 2.0, "penalty": 50.0}}], "weights": [0.2, 0.8]}),
        ("stacking", {"members": [LINEAR, sure], "base": LINEAR | {"options": {"penalty": 50.0}}, "rank": 2}),
        ("boosting", {"members": [LINEAR], "base": LINEAR, "stages": 2, "folds": 0}),
        ("boosting", {"members": [sure], "base": LINEAR, "stages": 2, "folds": 3}),
    ):
        fitted = fit(name, data, **options)
        mean, sd = engine.run(fitted, data.batch)
        wanted = fitted.predict(data.batch)
        np.testing.assert_allclose(mean, wanted.mean, atol=1e-4)
        assert (sd is None) == (wanted.sd is None) == (options.get("folds") == 0)
        if wanted.sd is not None:
            np.testing.assert_allclose(sd, wanted.sd, atol=1e-4)
        if name == "blend":
            weights = fitted.params["weights"][:, None, None]
            own = np.stack([m.predict(data.batch).sd for m in fitted.members]).astype(np.float64)
            assert (wanted.sd**2 >= (weights * own**2).sum(0) - 1e-5).all()
    assert fit("blend", data).factors() is None


def test_ensembles_of_ensembles_are_restored_to_the_bit() -> None:
    data = planted(40, 2)
    inner = {"name": "bagging", "options": {"draws": 2}}
    chosen = {"members": [inner, {"name": "boosting", "options": {"stages": 2, "folds": 2}}], "folds": 2}
    model, options = BUILDER.build("stacking", chosen)
    fitted = model.fit(data, None, options, context=CONTEXT, seed=1)
    tree, arrays = flatten(fitted.state())
    again = model.restore(unflatten(tree, arrays), parse_options(model.Options, options.model_dump()), context=CONTEXT)
    np.testing.assert_array_equal(again.predict(data.batch).mean, fitted.predict(data.batch).mean)
    assert again.report == fitted.report


def test_features_of_members_of_members_are_asked_for() -> None:
    kernel = {"name": "product-kernel", "options": {"compound": [{"feature": "maccs"}]}}
    bag = {"name": "bagging", "options": {"member": kernel, "draws": 2}}
    options = {"members": [bag, RIDGE]}
    for needs in (BUILDER.needs("stacking", options), BUILDER.training_needs("stacking", options)):
        assert set(needs.compound) == {"maccs", "morgan_counts"}
        assert needs.cell == ("expression",)


def test_an_ensemble_without_a_way_to_build_models_says_so() -> None:
    model, options = BUILDER.build("blend")
    with pytest.raises(ModelError, match="no way to build"):
        model.fit(planted(10), None, options, context=Context(), seed=0)
