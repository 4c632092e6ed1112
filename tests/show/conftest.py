"""What the tests of pages share."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def browser() -> str:
    """Return the browser; skip without one, unless ``DRUGEXP_BROWSER`` names one that must be there."""
    named = os.environ.get("DRUGEXP_BROWSER")
    found = shutil.which(named or "chromium")
    if found is None and named:
        pytest.fail(f"DRUGEXP_BROWSER names {named}, which is not there")
    if found is None:
        pytest.skip("there is no chromium")
    return found
