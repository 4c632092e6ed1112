"""Expression of cells is comparable between platforms and whole where genes are missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from drugexp.contract import Block, Cells, GeneAxis, Items, Unit
from drugexp.errors import InputError, PluginError
from drugexp.registry import discover
from drugexp.represent.cells import Expression, rank_normal
from drugexp.represent.features import cell_features

GENES = tuple(f"G{i}" for i in range(50))


def items(values: np.ndarray, genes: tuple[str, ...] = GENES) -> Items:
    names = tuple(f"cell{i}" for i in range(len(values)))
    return Items(names, blocks={"expression": values.astype(np.float32)}, axes={"expression": GeneAxis(genes)})


def panel(seed: int = 0, n: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(8, 2, (n, len(GENES)))


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_normal_scores_equal_scipys(row: list[int]) -> None:
    values = np.array([row], dtype=float)
    expected = norm.ppf((rankdata(values[0]) - 0.5) / len(row))
    np.testing.assert_allclose(rank_normal(values)[0], expected, atol=1e-6)


def test_a_monotone_change_of_scale_makes_no_difference() -> None:
    values = panel()
    state = Expression().fit(items(values))
    same = Expression().transform(items(np.exp2(values / 4) * 3 - 7), state)
    np.testing.assert_allclose(same, Expression().transform(items(values), state), atol=1e-6)


def test_the_training_mean_is_zero() -> None:
    values = panel()
    found = Expression().transform(items(values), Expression().fit(items(values)))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-6)


def test_columns_are_found_by_name_and_missing_genes_stand_at_the_mean() -> None:
    values = panel()
    state = Expression().fit(items(values))
    flipped = Expression().transform(items(values[:, ::-1], GENES[::-1]), state)
    np.testing.assert_array_equal(flipped, Expression().transform(items(values), state))
    partial = Expression().transform(items(values[:, :40], GENES[:40]), state)
    assert not partial[:, 40:].any()
    assert partial[:, :40].any(axis=0).all()


def test_missing_values_are_filled_and_a_cell_without_any_is_zero() -> None:
    values = panel()
    values[0, 3] = np.nan
    values[1] = np.nan
    state = Expression().fit(items(values))
    found = Expression().transform(items(values), state)
    assert np.isfinite(found).all()
    assert found[0, 3] == 0
    assert not found[1].any()


def test_a_cell_alone_is_as_in_the_panel() -> None:
    values = panel()
    state = Expression().fit(items(values))
    np.testing.assert_array_equal(
        Expression().transform(items(values[2:3]), state)[0], Expression().transform(items(values), state)[2]
    )


def test_no_shared_gene_and_no_expression_are_refused() -> None:
    state = Expression().fit(items(panel()))
    with pytest.raises(InputError, match="shares no gene"):
        Expression().transform(items(panel(), tuple(f"X{i}" for i in range(50))), state)
    with pytest.raises(InputError, match="no block 'expression'"):
        Expression().transform(Items(("a",)), state)


def test_cell_features_learn_from_the_training_cells_only() -> None:
    values = panel()
    cells = Cells(tuple("abcdefgh"), {"expression": Block(values, GeneAxis(GENES), Unit.LOG2_EXPRESSION)})
    registry = discover()
    found, states = cell_features(cells, ["expression"], registry, fit_rows=np.arange(4))
    np.testing.assert_allclose(found["expression"][:4].mean(axis=0), 0, atol=1e-6)
    again, _ = cell_features(cells, ["expression"], registry, states=states, fit_rows=np.arange(4, 8))
    np.testing.assert_array_equal(again["expression"], found["expression"])
    with pytest.raises(PluginError, match="describes a compound, not a cell"):
        cell_features(cells, ["morgan_counts"], registry)
