"""The best of many is optimistic, and how much is told from the same scores."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.errors import DataError
from drugexp.score.selection import corrected_best


def _noise(seed: int, variants: int = 40, groups: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    of_group = rng.normal(size=(variants, groups))
    code = np.repeat(np.arange(groups), 3)
    return of_group[:, code] + 0.1 * rng.normal(size=(variants, len(code))), code


def test_the_best_of_noise_is_optimistic_and_its_correction_is_about_nothing() -> None:
    found = [corrected_best(*_noise(seed), draws=300, seed=seed) for seed in range(20)]
    best = np.mean([one.score for one in found])
    corrected = np.mean([one.corrected for one in found])
    assert best > 0.2, "the expected largest of 40 means of 60 normal groups is about 2.2 / sqrt(60)"
    assert abs(corrected) < best / 4
    assert all(one.optimism > 0.1 for one in found)


def test_a_choice_that_is_no_choice_costs_nothing() -> None:
    scores, groups = _noise(0)
    one = corrected_best(scores[:1], groups)
    assert one.best == 0
    assert one.optimism == 0.0
    clear = corrected_best(np.vstack([scores[0] * 0.01, scores[0] * 0.01 + 1]), groups)
    assert clear.best == 1
    assert clear.corrected == pytest.approx(clear.score), "no draw chooses otherwise"


def test_scores_that_are_not_defined_are_left_out() -> None:
    scores, groups = _noise(1, variants=3)
    holed = np.concatenate([scores, np.full((3, 6), np.nan)], axis=1)
    more = np.concatenate([groups, groups[:6]])
    assert corrected_best(holed, more, seed=2) == corrected_best(scores, groups, seed=2)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="do not fit 4 profiles"):
        corrected_best(np.zeros((2, 3)), np.arange(4))
    with pytest.raises(DataError, match="do not fit"):
        corrected_best(np.zeros((0, 3)), np.arange(3))
