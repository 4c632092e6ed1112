"""The parts of `benchmarks/mechanism.py` on planted profiles."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def mechanism(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("mechanism")


def test_recall_by_hand(mechanism: Any) -> None:
    similarity = np.array([[np.nan, 0.9, 0.5, 0.1, 0.8]])
    same = np.array([[False, False, True, False, True]])
    found = mechanism.recall(similarity, same, np.array([0]))
    assert (found["top 1"][0], found["top 5"][0]) == (0.0, 1.0)
    assert found["AUC"][0] == pytest.approx(2 / 4)  # 0.8 and 0.5 are both above 0.1 and below 0.9


def test_chance_is_the_recall_of_random_orders(mechanism: Any) -> None:
    rng = np.random.default_rng(0)
    fold = np.repeat([0, 1], [1, 30])
    same = np.zeros((31, 31), dtype=bool)
    same[0, [3, 7, 20]] = True
    drawn = [
        mechanism.recall(np.where(fold != fold[0], rng.random(31), np.nan)[None], same[:1], np.array([0]))
        for _ in range(4000)
    ]
    stated = mechanism.chance(same, fold, np.array([0]))
    for name in ("top 1", "top 5", "top 10", "AUC"):
        assert np.mean([one[name][0] for one in drawn]) == pytest.approx(stated[name][0], abs=0.03)


def test_a_planted_class_stands_apart_and_a_random_one_does_not(mechanism: Any) -> None:
    rng = np.random.default_rng(1)
    profiles, group = rng.normal(size=(200, 60)), np.arange(200)
    profiles[:12] += 2.0 * rng.normal(size=60)
    inside, gap, _ = mechanism.apart(profiles, np.arange(12), group)
    assert inside.min() > 0.4
    assert gap.mean() > 0.5
    _, gap, _ = mechanism.apart(profiles, np.arange(100, 112), group)
    assert abs(gap.mean()) < 0.06


def test_mates_of_one_scaffold_do_not_count(mechanism: Any) -> None:
    profiles = np.random.default_rng(2).normal(size=(20, 30))
    inside, gap, groups = mechanism.apart(profiles, np.array([0, 1, 2]), np.array([7, 7, 7, *range(100, 117)]))
    assert np.isnan(inside).all()
    assert np.isnan(gap).all()
    assert set(groups) == {7}
