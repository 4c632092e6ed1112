"""The tree ensembles are held to the rules that a stranger's plugin is held to."""

from __future__ import annotations

import pytest

from drugexp.testing import conformance

pytest.importorskip("lightgbm")
pytestmark = pytest.mark.usefixtures("compiled_once")

test_trees = conformance(
    "trees",
    options={
        "random-forest": {"trees": 30, "rank": 10},
        "gradient-boosting": {"rank": 8, "rounds": 40},
    },
)
