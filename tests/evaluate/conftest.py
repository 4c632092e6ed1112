"""What the tests of evaluation share."""

from __future__ import annotations

import pytest
from planted_screens import material, plan, planted

from drugexp.evaluate.leaderboard import Leaderboard, evaluate
from drugexp.registry import Registry, discover


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Return what is installed."""
    return discover()


@pytest.fixture(scope="session")
def board(registry: Registry) -> Leaderboard:
    """Return the leaderboard of a planted signal over three folds."""
    return evaluate(plan(summary="What it is for."), material(planted()), registry)
