"""What the tests of evaluation share."""

from __future__ import annotations

import pytest

from drugexp.registry import Registry, discover


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Return what is installed."""
    return discover()
