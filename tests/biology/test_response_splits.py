"""What is held out is held out whole, and a leak is caught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_responses import bare, planted, with_duplicate

from drugexp.biology.response.splits import HOLDS, Split, check_hold, labels, prove, splits, whole_scaffolds
from drugexp.errors import ModelError, UsageError

GRID = with_duplicate(planted(cells=30, compounds=16, genes=10))


@pytest.mark.parametrize("hold", HOLDS)
def test_every_entry_is_tested_once_and_groups_stay_whole(hold: str) -> None:
    names = labels(GRID, check_hold(hold))
    tested = np.zeros(GRID.values.shape, dtype=int)
    for split in splits(GRID, check_hold(hold), 4, seed=1):
        assert not (split.train & split.test).any()
        assert not set(names[split.train]) & set(names[split.test])
        tested += split.test
    assert (tested == GRID.measured).all()


def test_folds_are_of_like_size() -> None:
    sizes = [s.test.sum() for s in splits(GRID, "cell", 3, seed=0)]
    assert max(sizes) < 1.3 * min(sizes)


@pytest.mark.parametrize("hold", ["pair", "compound", "scaffold"])
def test_a_duplicate_under_another_name_is_a_leak(hold: str) -> None:
    test = np.zeros(GRID.values.shape, dtype=bool)
    test[:, 0] = GRID.measured[:, 0]  # its copy is the last column
    with pytest.raises(ModelError, match=r"leaks.*C001"):
        prove(GRID, Split(GRID.measured & ~test, test), check_hold(hold))
    test[:, -1] = GRID.measured[:, -1]
    if hold != "scaffold":
        prove(GRID, Split(GRID.measured & ~test, test), check_hold(hold))


def test_a_cell_on_both_sides_is_a_leak() -> None:
    test = np.zeros(GRID.values.shape, dtype=bool)
    test[0, :3] = GRID.measured[0, :3]
    with pytest.raises(ModelError, match="the split by cell leaks"):
        prove(GRID, Split(GRID.measured & ~test, test), "cell")


def test_scaffolds_hold_all_names_of_their_structures() -> None:
    grid = replace(bare(np.ones((2, 4))), structures=np.array([0, 1, 1, 2]), scaffolds=np.array([0, 0, 3, 4]))
    assert whole_scaffolds(grid).tolist() == [0, 0, 0, 3]


def test_an_unknown_tissue_is_neither_trained_on_nor_tested() -> None:
    tissues = np.array(["lung", "skin", "", "lung"])
    grid = replace(bare(np.ones((4, 3))), tissues=tissues)
    found = list(splits(grid, "tissue", 5, seed=0))
    assert len(found) == 2  # fewer tissues than folds
    assert not any((s.train | s.test)[2].any() for s in found)


def test_mistakes_are_told() -> None:
    with pytest.raises(UsageError, match=r"unknown split 'cel'; nearest: cell"):
        check_hold("cel")
    with pytest.raises(UsageError, match=r"no tissue.*--tissues"):
        list(splits(bare(np.ones((4, 3))), "tissue", 2, seed=0))
    with pytest.raises(UsageError, match="1 groups cannot be held out by cell"):
        list(splits(bare(np.ones((1, 3))), "cell", 2, seed=0))
