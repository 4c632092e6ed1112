"""The conformance kit: whether a plugin does what its contract says.

Names are fetched on first use. Only `conformance` needs pytest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drugexp.testing.checks import (
        check_engine,
        check_featurizer,
        check_metric,
        check_model,
        check_network,
        check_reader,
        check_splitter,
        rules,
    )
    from drugexp.testing.plugins import Result, check_plugin
    from drugexp.testing.pytest_plugin import conformance
    from drugexp.testing.rule import ConformanceError, NotApplicableError, Rule
    from drugexp.testing.screens import kit_screen, listed

_HOME = {
    "check_engine": "checks",
    "check_featurizer": "checks",
    "check_metric": "checks",
    "check_model": "checks",
    "check_network": "checks",
    "check_reader": "checks",
    "check_splitter": "checks",
    "rules": "checks",
    "Result": "plugins",
    "check_plugin": "plugins",
    "conformance": "pytest_plugin",
    "ConformanceError": "rule",
    "NotApplicableError": "rule",
    "Rule": "rule",
    "example_of": "readers",
    "kit_screen": "screens",
    "listed": "screens",
}

__all__ = [
    "ConformanceError",
    "NotApplicableError",
    "Result",
    "Rule",
    "check_engine",
    "check_featurizer",
    "check_metric",
    "check_model",
    "check_network",
    "check_plugin",
    "check_reader",
    "check_splitter",
    "conformance",
    "example_of",
    "kit_screen",
    "listed",
    "rules",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
