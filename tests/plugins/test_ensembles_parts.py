"""Groups and weights of ensembles, against plain ways to the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import planted
from scipy.optimize import nnls
from sklearn.linear_model import Ridge

from drugexp.contract import Examples, Target, Task, Unit
from drugexp.contract.axis import GeneAxis
from drugexp.evaluate.plan import Plan
from drugexp.evaluate.rows import plan_rows
from drugexp.registry import discover
from drugexp.testing import kit_screen
from drugexp_ensembles.groups import bootstrap, deal, primary_groups, repeated, set_aside, without
from drugexp_ensembles.weights import learn_weights, solve


def two_tasks(seed: int = 0) -> Examples:
    """Return 60 samples of 20 groups: the first 40 in the primary task, the last 30 in another one."""
    data = planted(60, seed=seed)
    rng = np.random.default_rng(seed)
    first = Target(data.primary.task, np.arange(40), data.primary.values[:40], np.ones(40, np.float32))
    values = rng.normal(size=(30, 2)).astype(np.float32)
    task = Task("other", GeneAxis(("X", "Y")), Unit.ZSCORE)
    state = rng.integers(0, 3, (30, 2)).astype(np.uint8)
    other = Target(task, np.arange(30, 60), values, np.ones(30, np.float32), state, np.arange(30, dtype=np.float32))
    return Examples(data.batch, (first, other), rng.integers(0, 20, 60))


def test_folds_hold_whole_groups_and_are_of_one_size() -> None:
    groups = np.random.default_rng(0).integers(0, 50, 300)
    fold = deal(groups, 5, 0)
    assert all(len(set(fold[groups == g])) == 1 for g in np.unique(groups))
    assert np.ptp(np.bincount(fold)) <= np.bincount(groups).max()
    assert not np.array_equal(fold, deal(groups, 5, 1))
    assert set(deal(np.array([3, 3, 8]), 5, 0)) == {0, 1}


def test_held_out_groups_leave_every_task() -> None:
    data = two_tasks()
    held = np.unique(primary_groups(data))[:5]
    rest = without(data, held)
    assert not np.isin(rest.groups, held).any()
    for target, whole in zip(rest.targets, data.targets, strict=True):
        gone = np.isin(data.groups[whole.rows], held)
        assert gone.any()
        np.testing.assert_array_equal(target.values, whole.values[~gone])


def test_what_is_set_aside_shares_no_group_with_the_rest() -> None:
    data = two_tasks()
    train, valid = set_aside(data, 0.2, 0)
    assert valid is not None
    assert not np.isin(train.groups, valid.groups).any()
    assert len(train) + len(valid) == len(data)
    few = replace(data, groups=np.arange(60) % 4)
    assert set_aside(few, 0.2, 0) == (few, None)


def test_a_bootstrap_draws_groups_whole_and_as_many_as_there_are() -> None:
    data = two_tasks()
    rng = np.random.default_rng(0)
    left_out = []
    for _ in range(200):
        times = bootstrap(data, rng)
        by_group = {int(g): set(times[data.groups == g].tolist()) for g in np.unique(data.groups)}
        assert all(len(seen) == 1 for seen in by_group.values())
        drawn = {g: seen.pop() for g, seen in by_group.items()}
        assert sum(drawn.values()) == len(drawn)
        assert sum(drawn[g] for g in np.unique(primary_groups(data)).tolist()) > 0
        left_out.append(np.mean([n == 0 for n in drawn.values()]))
    assert np.mean(left_out) == pytest.approx((1 - 1 / 20) ** 20, abs=0.03)


def test_repeated_examples_hold_each_row_as_often_as_asked() -> None:
    data = two_tasks()
    times = np.random.default_rng(1).integers(0, 4, len(data))
    found = repeated(data, times)
    assert len(found) == times.sum()
    for target, whole in zip(found.targets, data.targets, strict=True):
        assert len(target.rows) == times[whole.rows].sum()
        # A row is told by its compound, which is its own in these examples.
        at = {int(c): i for i, c in enumerate(data.batch.compound_index[whole.rows])}
        source = np.array([at[int(c)] for c in found.batch.compound_index[target.rows]])
        np.testing.assert_array_equal(np.bincount(source, minlength=len(whole.rows)), times[whole.rows])
        np.testing.assert_array_equal(target.values, whole.values[source])
        np.testing.assert_array_equal(found.groups[target.rows], data.groups[whole.rows][source])
        assert len(set(target.rows.tolist())) == len(target.rows)
        if whole.state is not None:
            np.testing.assert_array_equal(target.state, whole.state[source])
            np.testing.assert_array_equal(target.bound, whole.bound[source])
    once = repeated(data, np.ones(len(data), np.int64))
    np.testing.assert_array_equal(once.targets[1].rows, data.targets[1].rows)
    none_of_the_other = np.where(np.arange(60) < 30, 1, 0)
    assert len(repeated(data, none_of_the_other).targets) == 1


def test_weights_are_those_of_scipy_and_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(50, 4)), rng.normal(size=50)
    y += A @ np.array([0.7, -0.5, 0.0, 0.2])
    G, c, nothing = A.T @ A, A.T @ y, np.zeros(4)
    np.testing.assert_allclose(solve(G, c, 0.0, nothing, "nnls"), nnls(A, y)[0], atol=1e-6)
    penalty = 0.3
    ridge = Ridge(alpha=penalty * np.trace(G) / 4, fit_intercept=False).fit(A, y).coef_
    np.testing.assert_allclose(solve(G, c, penalty, nothing, "ridge"), ridge, atol=1e-10)
    prior = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(solve(G, c, 1e9, prior, "nnls"), prior, atol=1e-6)
    np.testing.assert_array_equal(solve(0 * G, 0 * c, 0.1, prior, "nnls"), 0)


def test_twins_share_a_weight() -> None:
    rng = np.random.default_rng(0)
    one, truth = rng.normal(size=(2, 200, 6))
    truth = one + 0.1 * truth
    added, mass = np.stack([one, one, np.zeros_like(one)]), np.ones_like(one)
    found = learn_weights(truth, added, mass, method="nnls", penalty=1e-3, rank=0, loyalty=1.0)
    np.testing.assert_allclose(found.overall, [0.5, 0.5, 0.0], atol=0.01)


def test_directions_get_weights_of_their_own_unless_loyalty_is_strong() -> None:
    """One member tells the first direction of the targets, another the second."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(8, 8)))[0][:2]
    scores = rng.normal(size=(2, 400)) * np.array([[3.0], [2.0]])
    truth = scores.T @ directions + 0.1 * rng.normal(size=(400, 8))
    noise = rng.normal(size=(2, 400, 8))
    added = np.stack([np.outer(scores[k], directions[k]) + noise[k] @ directions.T @ directions for k in (0, 1)])
    mass = np.ones_like(truth)

    def own(loyalty: float) -> np.ndarray:
        found = learn_weights(truth, added, mass, method="nnls", penalty=0.0, rank=2, loyalty=loyalty)
        return found.overall[:, None] + found.differences

    free, bound = own(0.0), own(1e6)
    assert free[0, 0] > 0.8 > 0.2 > free[1, 0]
    assert free[1, 1] > 0.7 > 0.3 > free[0, 1]
    np.testing.assert_allclose(bound, np.repeat(bound[:, :1], 2, axis=1), atol=1e-4)


def test_an_ensemble_that_knows_compounds_through_its_members_is_no_blind_row() -> None:
    members = {"blend": ["tanimoto-kernel-ridge"], "means": ["mean", "cell-ridge"]}
    models = [
        {"name": "blend", "label": label, "options": {"members": [{"name": n} for n in names]}}
        for label, names in members.items()
    ]
    plan = Plan.model_validate(
        {"name": "p", "screens": [{"name": "kit"}], "models": models, "baselines": False, "shuffled_cells": False}
    )
    rows = plan_rows(plan, kit_screen(), discover(), print)
    assert [(row.label, row.role) for row in rows] == [
        ("blend", "model"),
        ("blend, shuffled compounds", "shuffled_compounds"),
        ("means", "blind"),
    ]
