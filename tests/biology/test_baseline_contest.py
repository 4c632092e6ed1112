"""Baseline expression from blocks: a planted law, its control, and the scores by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.biology.baseline.contest import contest, fold_of, held_out
from drugexp.biology.baseline.design import Design, gene_means, standardised
from drugexp.biology.baseline.models import MODELS, model_named
from drugexp.biology.baseline.ridge import weights
from drugexp.errors import UsageError
from drugexp.score.baseline import across_cells, across_genes, r2_over_gene_mean

CELLS, GENES, NOISE = 120, 25, 0.8


def planted(seed: int = 0) -> Design:
    """Promoter methylation silences, body methylation and copies raise; genes differ much in their mean."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(CELLS, GENES, 3))
    y = rng.normal(8, 3, GENES) + x @ np.array([-1.0, 0.4, 0.6]) + NOISE * rng.normal(size=(CELLS, GENES))
    names = tuple(f"C{i}" for i in range(CELLS)), tuple(f"G{i}" for i in range(GENES))
    return Design(*names, y, ("methylation", "methylation_body", "copy_number"), x)


def folds_of(design: Design) -> np.ndarray:
    return fold_of(np.arange(len(design.cells)), 4, 0)


def test_ridge_comes_near_the_oracle_block_by_block_and_shuffled_cells_tell_nothing() -> None:
    design = planted()
    rows = {row.label: row for row in contest(design, ["ridge"], folds_of(design), 0)}
    every = "ridge: methylation + methylation_body + copy_number"
    explained = 1.0 + 0.16 + 0.36
    oracle = explained / (explained + NOISE**2)
    steps = [rows[label].r2.mean() for label in rows if label.startswith("ridge") and "shuffled" not in label]
    assert len(steps) == 3
    assert steps == sorted(steps)
    assert rows[every].r2.mean() == pytest.approx(oracle, abs=0.06)
    control = rows[f"{every}, cells shuffled"]
    assert control.r2.mean() < 0.02
    assert abs(control.across_cells.mean()) < 0.1
    assert rows[every].interval("across_cells").low > 0.7


def test_the_mean_of_a_gene_is_right_across_genes_and_knows_no_cell() -> None:
    design = planted()
    row = contest(design, ["ridge"], folds_of(design), 0)[1]
    assert row.label == "gene's training mean"
    assert row.across_genes.mean() > 0.85
    assert (row.across_cells == 0).all()
    assert (row.r2 == 0).all()


def test_coefficients_have_the_planted_signs() -> None:
    design = planted()
    train = np.ones(CELLS, dtype=bool)
    z = standardised(design.features, train)
    found = weights(z, design.expression - gene_means(design.expression, train), train)
    assert (found[:, 0] < 0).all()
    assert (np.median(found[:, 1:], axis=0) > 0.3).all()


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_learns_and_never_sees_what_is_held_out(model: str) -> None:
    if model != "ridge":
        pytest.importorskip("sklearn")
    design = planted()
    y, x = design.expression[:, :4].copy(), design.features[:, :4].copy()
    y[3, 0], x[5, 1, 2] = np.nan, np.nan
    folds = folds_of(design)
    made = held_out(model, x, y, folds, 0)
    assert np.isfinite(made).all()
    assert across_cells(y, made, folds).min() > 0.5
    held = np.flatnonzero(folds == 0)
    changed = y.copy()
    changed[held] = 1e3
    np.testing.assert_array_equal(held_out(model, x, changed, folds, 0)[held], made[held])


def test_ridge_is_that_of_normal_equations() -> None:
    design = planted()
    train = np.arange(CELLS) < 80
    z = standardised(design.features, train)
    rest = design.expression - gene_means(design.expression, train)
    found = weights(z, rest, train)
    gram = z[train, 0].T @ z[train, 0]
    wanted = [np.linalg.solve(gram + p * np.eye(3), z[train, 0].T @ rest[train, 0]) for p in 10.0 ** np.arange(-1, 6)]
    assert min(np.abs(found[0] - w).max() for w in wanted) < 1e-9


def test_scores_by_hand() -> None:
    truth = np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [np.nan, 2.0]])
    told = np.array([[2.0, 1.0], [4.0, 2.0], [6.0, 3.0], [0.0, 0.0]])
    one = np.zeros(4)
    found = across_cells(truth, told, one)
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1])
    assert r2_over_gene_mean(truth, told, np.full((4, 2), 2.0))[0] == pytest.approx(1 - 14 / 2)
    wide = np.array([[1.0, 2.0, 4.0]])
    assert across_genes(wide, -wide)[0] == pytest.approx(-1.0)
    assert across_genes(wide, np.ones((1, 3)))[0] == 0.0


def test_groups_are_held_out_together_and_no_fold_is_empty() -> None:
    groups = np.repeat(["a", "b", "c", "d", "e"], [20, 9, 8, 7, 1])
    folds = fold_of(groups, 3, 1)
    assert set(folds) == {0, 1, 2}
    assert all(len(set(folds[groups == g])) == 1 for g in set(groups))


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="ridge"):
        model_named("rigde")
