"""Naive baselines by hand, solvers against dense algebra, and models where something was planted and where not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_responses import bare, planted

from drugexp.biology.response.contest import contest
from drugexp.biology.response.kernels import block_kernel, compound_kernel, gaussian, standardised
from drugexp.biology.response.ladder import ladder
from drugexp.biology.response.models import predict
from drugexp.biology.response.naive import baselines, fitted_effects, mean_effects
from drugexp.biology.response.product import solve
from drugexp.biology.response.ridge import ridge_means
from drugexp.biology.response.spec import Spec, base, check_kind
from drugexp.errors import ModelError, UsageError

KERNEL = Spec("kernel", ("structure",), ("expression",))


def test_baselines_by_hand() -> None:
    nan = np.nan
    train = np.array([[1.0, 5.0, nan], [3.0, nan, nan], [nan, nan, nan]])
    found = baselines(train, np.array(["a", "a", ""]))
    assert found["global mean"].tolist() == [[3.0] * 3] * 3
    assert found["compound mean"][0].tolist() == [2.0, 5.0, 3.0]
    assert found["cell mean"][:, 0].tolist() == [3.0, 3.0, 3.0]
    assert found["mean effects"].tolist() == [[2.0, 5.0, 3.0], [2.0, 5.0, 3.0], [2.0, 5.0, 3.0]]
    assert found["tissue mean"][:, 0].tolist() == [3.0, 3.0, 3.0]
    assert found["tissue x compound mean"][0].tolist() == [2.0, 5.0, 3.0]


def test_mean_effects_are_exact_where_effects_add_up() -> None:
    values = np.arange(4.0)[:, None] + 10.0 * np.arange(3.0)[None, :]
    assert np.allclose(mean_effects(values), values)


def test_fitted_effects_are_exact_where_pairs_are_missing_too() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=12)[:, None] + 5.0 * rng.normal(size=9)[None, :]
    gaps = rng.random(values.shape) < 0.3
    train = np.where(gaps, np.nan, values)
    assert np.abs(fitted_effects(train) - values).max() < 1e-3
    assert np.abs(mean_effects(train) - values).max() > 0.5


def test_the_base_knows_only_what_is_not_held_out() -> None:
    train = np.array([[1.0, 5.0], [3.0, 9.0]])
    assert base(train, "cell")[0].tolist() == base(train, "tissue")[0].tolist() == [2.0, 7.0]
    assert base(train, "compound")[:, 0].tolist() == base(train, "scaffold")[:, 0].tolist() == [3.0, 6.0]
    assert np.allclose(base(train, "pair"), fitted_effects(train))


@pytest.mark.parametrize("gaps", [0.0, 0.4])
def test_the_grid_is_solved_as_the_dense_system_is(gaps: float) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 3)), rng.normal(size=(5, 9))
    cell, compound = a @ a.T, b @ b.T
    values = np.where(rng.random((7, 5)) < gaps, np.nan, rng.normal(size=(7, 5)))
    seen = np.isfinite(values).ravel()
    dense = np.kron(cell, compound)[np.ix_(seen, seen)] + 0.3 * np.eye(seen.sum())
    found = solve(values, cell, compound, 0.3, tolerance=1e-10)
    assert np.allclose(found.weights.ravel()[seen], np.linalg.solve(dense, values.ravel()[seen]), atol=1e-7)
    assert (found.weights.ravel()[~seen] == 0).all()
    if not gaps:
        assert found.steps == 1  # the preconditioner is the solution


def test_bad_systems_are_refused() -> None:
    with pytest.raises(ModelError, match="noise"):
        solve(np.ones((2, 2)), np.eye(2), np.eye(2), 0.0)
    assert (solve(np.zeros((2, 2)), np.eye(2), np.eye(2), 1.0).weights == 0).all()


def test_ridge_of_means_is_that_of_normal_equations() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4))
    y = x @ np.array([1.0, -2.0, 0.0, 0.5]) + 3.0 + 0.01 * rng.normal(size=30)
    known = np.arange(30) < 20
    assert np.abs(ridge_means(x @ x.T, y, known)[~known] - y[~known]).max() < 0.2


def test_kernels_learn_from_training_rows_and_know_what_lacks() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(8, 5))
    values[3] = np.nan
    fit = np.arange(8) < 6
    other = values.copy()
    other[7] *= 100.0  # not a training row
    assert np.allclose(standardised(values, fit)[:7], standardised(other, fit)[:7])
    k = gaussian(values, fit & (np.arange(8) != 3))
    assert np.allclose(np.diag(k), 1.0)
    assert np.linalg.eigvalsh(k).min() > -1e-9
    for kernel in (block_kernel(values, fit), compound_kernel("profile", values, fit)):
        assert (kernel[3] == 0).all()
        assert (kernel[:, 3] == 0).all()


def test_a_planted_interaction_is_found_and_gone_when_cells_are_dealt() -> None:
    grid = planted(cells=60, compounds=30, genes=30, interaction=1.2, noise=0.4)
    done = contest(grid, ladder(["kernel"], ["structure"], ["expression"]), "cell", folds=3, seed=0, resamples=200)
    kernel, means = done.scores[KERNEL.label], done.scores["mean effects"]
    assert kernel.interval("rmse", means)[2] < -0.1
    assert kernel.interval("within_compound")[1] > 0.4
    assert kernel.interval("within_cell")[1] > 0.2
    dealt = done.scores[f"{KERNEL.label}, cells shuffled"]
    low, high = dealt.interval("within_compound")[1:]
    assert low < 0.15
    assert high < kernel.values["within_compound"]


def test_without_an_interaction_effects_are_not_beaten() -> None:
    grid = planted(cells=40, compounds=30, genes=20, interaction=0.0, cell_effect=0.6, noise=0.5)
    done = contest(grid, [KERNEL], "pair", folds=3, seed=0, resamples=200)
    kernel, means = done.scores[KERNEL.label], done.scores["fitted effects"]
    assert kernel.values["rmse"] > means.values["rmse"] - 0.01
    assert kernel.values["normalised_pearson"] < 0.1


def test_ridge_knows_general_sensitivity_and_nothing_more() -> None:
    grid = planted(cells=80, compounds=20, genes=20, interaction=0.0, cell_effect=1.0, shown=1.0, noise=0.3)
    ridge = Spec("ridge", ("structure",), ("expression",))
    done = contest(grid, [ridge], "cell", folds=4, seed=0, resamples=100)
    assert done.scores[ridge.label].values["within_compound"] > 0.6
    assert abs(done.scores[ridge.label].values["within_cell"]) < 0.1


def test_a_strong_substituent_is_known_in_new_compounds() -> None:
    pytest.importorskip("lightgbm")
    grid = planted(cells=20, compounds=80, genes=10, compound_effect=0.0, interaction=2.0, noise=0.2, seed=3)
    specs = [KERNEL, Spec("boosting", ("structure",), ("expression",))]
    done = contest(grid, specs, "compound", folds=3, seed=0, resamples=100)
    for spec in specs:
        assert done.scores[spec.label].interval("within_compound")[1] > 0.1, spec.label


@pytest.mark.parametrize("kind", ["ridge", "kernel", "boosting"])
def test_what_is_held_out_is_never_read(kind: str) -> None:
    if kind == "boosting":
        pytest.importorskip("lightgbm")
    grid = planted(cells=20, compounds=12, genes=8)
    train = grid.measured & (np.arange(20) < 15)[:, None]
    spec = Spec(check_kind(kind), ("structure",), ("expression", "mutation"))
    first = predict(grid, train, spec, "cell", 0)
    other = replace(grid, values=np.where(train, grid.values, 1e6))
    assert np.array_equal(first, predict(other, train, spec, "cell", 0))
    assert np.isfinite(first).all()


def test_mistakes_are_told() -> None:
    grid = bare(np.ones((4, 3)))
    with pytest.raises(UsageError, match="unknown block of the cells 'expression'"):
        predict(grid, grid.measured, KERNEL, "cell", 0)
    with pytest.raises(UsageError, match="unknown feature of the compounds 'structure'"):
        predict(grid, grid.measured, replace(KERNEL, blocks=()), "cell", 0)
    with pytest.raises(UsageError, match="unknown response model 'rigde'; nearest: ridge"):
        check_kind("rigde")


def test_the_ladder_adds_one_block_at_a_time() -> None:
    labels = [s.label for s in ladder(["kernel", "ridge"], ["structure", "profile"], ["a", "b"])]
    assert labels == [
        "kernel: structure + a",
        "kernel: structure + a + b",
        "kernel: profile + a + b",
        "kernel: structure + profile + a + b",
        "ridge: structure + a + b",
        "kernel: structure + a + b, cells shuffled",
        "kernel: structure + a + b, compounds shuffled",
    ]
