from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from labelled import held_out, labelled, shuffled_labels, without_labels
from planted import correlation, planted
from sklearn.kernel_ridge import KernelRidge

from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import MISSING, OBSERVED, Context, Examples, Model, parse_options
from drugexp.errors import ModelError
from drugexp.registry import discover
from drugexp_kernels.label.label_options import Share
from drugexp_kernels.label.labels import fit_labels, label_vectors
from drugexp_kernels.label.similarity import distinct, prepare, similarity, store
from drugexp_kernels.label.uncertainty import left_out, variance_basis

CONTEXT = Context()
REGISTRY = discover()
KERNELS = [{"feature": "morgan_counts"}]


def fit(train: Examples, **options: object):
    model = REGISTRY.load("model", "label-kernel")()
    assert isinstance(model, Model)
    chosen = parse_options(model.Options, {"kernels": KERNELS, "rank": 0, "ridge": 0.5, **options})
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


def test_sparse_similarity_is_the_weighted_mean_of_count_tanimoto() -> None:
    rng = np.random.default_rng(0)
    x = {"a": rng.poisson(0.4, (300, 50)).astype(np.uint8), "b": rng.poisson(0.7, (300, 30)).astype(np.uint8)}
    y = {name: table[::-1][:40] for name, table in x.items()}
    shares = (Share(feature="a"), Share(feature="b", weight=3))
    found = similarity(prepare(store(x, shares)), y, shares)
    want = count_tanimoto(y["a"], x["a"]) / 4 + count_tanimoto(y["b"], x["b"]) * 3 / 4
    np.testing.assert_allclose(found, want, atol=1e-6)


def test_distinct_compounds_are_found_once_and_empty_ones_never() -> None:
    tables = {"a": np.array([[1, 0], [0, 0], [1, 0], [0, 2]]), "b": np.array([[0], [0], [0], [1]])}
    rows, place = distinct(tables, ("a", "b"))
    assert rows.tolist() == [0, 3]
    assert place.tolist() == [0, -1, 0, 1]


def test_without_labels_it_is_kernel_ridge() -> None:
    data, new = planted(40), planted(15, seed=1)
    fitted = fit(data, row_power=0, ridge=2.0)[2]
    X, Y = data.batch.compound["morgan_counts"], data.primary.values.astype(np.float64)
    oracle = KernelRidge(alpha=2.0, kernel="precomputed").fit(count_tanimoto(X, X), Y - Y.mean(0))
    want = Y.mean(0) + oracle.predict(count_tanimoto(new.batch.compound["morgan_counts"], X))
    np.testing.assert_allclose(fitted.predict(new.batch).mean, want, atol=1e-4)


@pytest.mark.parametrize("known", [True, False])
def test_planted_labels_help_and_shuffled_ones_neither_help_nor_harm_much(known: bool) -> None:
    gain, chance = [], []
    for seed in range(3):
        data = labelled(seed=seed)
        test = np.arange(20)
        scores = []
        for given in (without_labels(data), data, shuffled_labels(data)):
            train, batch, truth = held_out(given, test)
            scores.append(correlation(truth, fit(train, known_labels=known)[2].predict(batch).mean))
        gain.append(scores[1] - scores[0])
        chance.append(scores[2] - scores[0])
    assert min(gain) > 0.02
    assert np.mean(gain) > 0.08
    assert -0.15 < np.mean(chance) < 0.04


def test_a_groups_own_labels_and_profiles_do_not_reach_its_left_out_predictions() -> None:
    data = labelled(40, 60)
    X = data.batch.compound["morgan_counts"]
    K = similarity(prepare(store({"a": X}, (Share(feature="a"),))), {"a": X}, (Share(feature="a"),))
    rng = np.random.default_rng(0)
    group = rng.integers(0, 12, 100)
    values, mine = data.targets[1].values, group == 3
    changed = np.where(mine[:, None], 1 - values, values)
    assert mine.sum() > 1
    found = []
    for table in (values, changed):
        space = fit_labels(K, table, group, np.ones(100), 0.5)
        found.append(space.predict_left_out(K, group))
    np.testing.assert_allclose(found[0][mine], found[1][mine], atol=1e-4)
    assert np.abs(found[0][~mine] - found[1][~mine]).max() > 1e-2
    refit = fit_labels(K[np.ix_(~mine, ~mine)], values[~mine], group[~mine], np.ones((~mine).sum()), 0.5)
    np.testing.assert_allclose(found[0][mine], refit.predict(K[np.ix_(mine, ~mine)]), atol=1e-4)


def test_left_out_residuals_and_variances_equal_refits() -> None:
    rng = np.random.default_rng(1)
    A = rng.normal(size=(20, 20))
    K, z, group = A @ A.T, rng.normal(size=(20, 3)), np.repeat(np.arange(10), 2)
    inverse = np.linalg.inv(K + np.eye(20))
    residual, variance = left_out(inverse, inverse @ z, group)
    mine = group == 4
    rest = np.linalg.inv(K[np.ix_(~mine, ~mine)] + np.eye(18))
    cross = K[np.ix_(mine, ~mine)]
    np.testing.assert_allclose(residual[mine], z[mine] - cross @ rest @ z[~mine], atol=1e-8)
    np.testing.assert_allclose(variance[mine], np.diag(K[np.ix_(mine, mine)] - cross @ rest @ cross.T) + 1, atol=1e-8)
    T = variance_basis(K, np.ones(20), 20)
    np.testing.assert_allclose((K @ T) @ (K @ T).T, K @ inverse @ K, atol=1e-6)


def test_vectors_of_labels_have_blocks_of_length_one_and_rare_labels_weigh_more() -> None:
    values = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 0]], dtype=float)
    vectors = label_vectors(values, ("moa:A", "moa:B", "target:C"), 0)
    np.testing.assert_allclose((vectors[:, :2] ** 2).sum(1), [1, 1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(vectors[:, 2], [0, 1, 0, 0], atol=1e-6)
    assert vectors[0, 1] > 2 * vectors[0, 0] > 0
    cut = label_vectors(np.hstack([values, values[:, :1]]), ("moa:A", "moa:B", "target:C", "x:D"), 3)
    assert cut.shape == (4, 3)


def test_state_restores_exactly_and_fits_are_the_same_twice() -> None:
    data = labelled(40, 40)
    model, options, fitted = fit(data)
    again = model.restore(fitted.state(), options, context=CONTEXT).predict(data.batch)
    twice = fit(data)[2].predict(data.batch)
    for other in (again, twice):
        np.testing.assert_array_equal(other.mean, fitted.predict(data.batch).mean)
        np.testing.assert_array_equal(other.sd, fitted.predict(data.batch).sd)
    assert again.unit == data.primary.task.unit


def test_order_and_size_of_the_batch_do_not_matter() -> None:
    data = labelled(60, 100)
    fitted = fit(data)[2]
    whole = fitted.predict(data.batch)
    rows = np.random.default_rng(0).permutation(len(data))[:17]
    part = fitted.predict(data.batch.take(rows))
    np.testing.assert_allclose(part.mean, whole.mean[rows], atol=1e-5)
    np.testing.assert_allclose(part.sd, whole.sd[rows], atol=1e-5)


def test_what_is_missing_is_not_read() -> None:
    data = labelled(40, 40)
    rng = np.random.default_rng(0)
    found = []
    states = [rng.choice([MISSING, OBSERVED], t.values.shape, p=[0.2, 0.8]).astype(np.uint8) for t in data.targets]
    for filler in (np.nan, 1e6):
        targets = tuple(
            replace(t, values=np.where(s == OBSERVED, t.values, filler).astype(np.float32), state=s)
            for t, s in zip(data.targets, states, strict=True)
        )
        found.append(fit(replace(data, targets=targets))[2].predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()


def test_repeated_samples_count_as_their_weights_say() -> None:
    data = without_labels(labelled(40, 0))
    weight = np.where(np.arange(40) < 5, 2.0, 1.0).astype(np.float32)
    weighted = replace(data, targets=(replace(data.primary, weight=weight),))
    rows = np.concatenate([np.arange(40), np.arange(5)])
    target = replace(data.primary, rows=np.arange(45), values=data.primary.values[rows], weight=np.ones(45, np.float32))
    repeated = Examples(data.batch.take(rows), (target,), data.groups[rows])
    found = fit(repeated, ridge=0.5)[2].predict(data.batch).mean
    want = fit(weighted, ridge=0.5 / float(weight.mean()))[2].predict(data.batch).mean  # weights are scaled to mean 1
    np.testing.assert_allclose(found, want, atol=1e-4)


def test_a_compound_without_a_structure_gets_the_mean_and_a_wide_interval() -> None:
    data = labelled(60, 60)
    fitted = fit(data)[2]
    bare = replace(data.batch, compound={k: np.zeros_like(v) for k, v in data.batch.compound.items()})
    found, seen = fitted.predict(bare), fitted.predict(data.batch)
    np.testing.assert_allclose(found.mean[0], fitted.state()["mean"], atol=1e-6)
    assert (found.sd[0] > seen.sd[:60].mean(0)).all()


def test_keep_constant_adds_one_profile_to_all() -> None:
    data = labelled(60, 60)
    plain, kept = (fit(data, keep_constant=flag)[2].predict(data.batch).mean for flag in (False, True))
    np.testing.assert_allclose((kept - plain) - (kept - plain)[0], 0, atol=1e-5)
    assert np.abs(kept - plain).max() > 1e-4


def test_standard_deviation_fits_new_compounds() -> None:
    data = labelled(160, 100, seed=5)
    train, batch, truth = held_out(data, np.arange(60))
    found = fit(train)[2].predict(batch)
    ratio = np.mean(((truth - found.mean) / found.sd) ** 2)
    assert 0.6 < ratio < 1.6


def test_one_measured_compound_is_refused() -> None:
    data = labelled(1, 10)
    with pytest.raises(ModelError, match="at least two measured compounds"):
        fit(data)
