"""Fewer training compounds: whole groups, each share inside the next, the test untouched."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from small_model import small_screen

from drugexp.contract import Unit
from drugexp.errors import UsageError
from drugexp.learn.groups import joint_groups
from drugexp.learn.splits import iterate, scaffold, split_keys
from drugexp.learn.subsets import nested_subset

SCREENS = [small_screen(), small_screen(Unit.LOG2FC, seed=1)]
SPLITS = list(iterate(SCREENS, scaffold(split_keys(SCREENS), 3, 0)))


@pytest.mark.parametrize("split", SPLITS, ids=lambda s: str(s.fold))
def test_shares_are_nested_whole_groups_of_every_screen(split) -> None:
    groups = joint_groups(SCREENS, "scaffold")
    parts = [nested_subset(SCREENS, split, share, seed=4) for share in (0.01, 0.3, 0.6, 1.0)]
    for less, more in pairwise(parts):
        for at in range(2):
            assert set(less.train[at]) <= set(more.train[at])
        assert less.proof["compounds"] <= more.proof["compounds"]
    for part in parts:
        np.testing.assert_array_equal(part.test, split.test)
        kept = set(groups[0][part.train[0]])
        for at in range(2):
            whole = [row for row in split.train[at] if groups[at][row] in kept]
            np.testing.assert_array_equal(part.train[at], whole)
    assert len(set(groups[0][parts[0].train[0]])) == 1, "one group is the least"
    for ours, theirs in zip(parts[-1].train, split.train, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_seed_keeps_other_groups() -> None:
    kept = [tuple(nested_subset(SCREENS, SPLITS[0], 0.4, seed).train[0]) for seed in range(6)]
    assert len(set(kept)) > 1


def test_a_share_that_makes_no_sense_is_refused() -> None:
    for share in (0.0, 1.5, float("nan")):
        with pytest.raises(UsageError, match="above 0 and at most 1"):
            nested_subset(SCREENS, SPLITS[0], share, 0)
