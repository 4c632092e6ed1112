"""The linear models are held to the rules that a stranger's plugin is held to."""

from __future__ import annotations

import pytest

from drugexp.testing import conformance

pytestmark = pytest.mark.usefixtures("compiled_once")

test_linear = conformance(
    "linear",
    options={
        "elastic-net": {"penalty": 0.1, "rank": 10},
        "reduced-rank-regression": {"rank": 10},
        "pls": {"components": 8},
    },
)
