"""Rankings: intervals hold, less knowledge is not surer, and a cell's own responses are never used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_responses import bare, planted

from drugexp.biology.response.ranking import rank
from drugexp.errors import InputError

GRID = planted(cells=70, compounds=25, genes=25, interaction=1.2, noise=0.4, seed=2)


def test_intervals_hold_and_know_more_than_means() -> None:
    first, second = rank(GRID, [0, 1], folds=4, coverage=0.8)
    assert first.beyond_means
    assert 0.72 < first.covered < 0.9
    assert first.blocks == ("expression", "mutation")
    assert first.lacking == ()
    assert first.width == first.full_width
    assert first.cells.tolist() == GRID.measured[2:].sum(axis=0).tolist()
    assert not np.allclose(first.predicted, second.predicted)
    for row, found in enumerate((first, second)):
        there = GRID.measured[row]
        inside = (GRID.values[row] >= found.low) & (GRID.values[row] <= found.high)
        assert inside[there].mean() > 0.5
        assert (found.low < found.predicted).all()


def test_a_cell_with_mutations_only_has_wider_intervals() -> None:
    blocks = dict(GRID.blocks)
    blocks["expression"] = blocks["expression"].copy()
    blocks["expression"][0] = np.nan
    (found,) = rank(replace(GRID, blocks=blocks), [0], folds=4)
    assert found.blocks == ("mutation",)
    assert found.lacking == ("expression",)
    assert found.width > 1.1 * found.full_width
    assert found.covered > 0.8


def test_its_own_responses_change_nothing() -> None:
    other = GRID.values.copy()
    other[5] = 1e3
    before, after = (rank(g, [5], folds=3)[0] for g in (GRID, replace(GRID, values=other)))
    assert np.array_equal(before.predicted, after.predicted)
    assert np.array_equal(before.compound_mean, after.compound_mean)


def test_where_nothing_is_planted_it_is_no_better_than_means() -> None:
    grid = planted(cells=50, compounds=20, genes=20, interaction=0.0, cell_effect=0.0, noise=0.5)
    (found,) = rank(grid, [0], folds=4)
    assert not found.beyond_means


def test_mistakes_are_told() -> None:
    with pytest.raises(InputError, match="ten are needed"):
        rank(bare(np.ones((6, 3))), [0])
    with pytest.raises(InputError, match=r"'c0' has none of the blocks.*--block"):
        rank(bare(np.ones((16, 3))), [0])


def test_a_sister_under_another_spelling_is_not_learnt_from() -> None:
    groups = GRID.cell_groups.copy()
    groups[6] = groups[5]
    tied = replace(GRID, cell_groups=groups)
    other = GRID.values.copy()
    other[6] += 5.0
    before, after = (rank(g, [5], folds=3)[0] for g in (tied, replace(tied, values=other)))
    assert np.array_equal(before.predicted, after.predicted)
