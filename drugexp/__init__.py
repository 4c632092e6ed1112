"""Predicts what a compound does to the expression of every gene in given cells.

The verbs are fetched on first use, so that ``import drugexp`` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
__all__ = [
    "biomarkers",
    "check",
    "compound_features",
    "connect",
    "coverage",
    "evaluate",
    "evaluate_response",
    "explain",
    "export_model",
    "fetch",
    "learning_curve",
    "load",
    "network",
    "predict",
    "predict_outcomes",
    "pseudobulk",
    "rank_response",
    "read_screen",
    "report",
    "screen",
    "screen_on",
    "signature",
    "signatures",
    "simulate",
    "train",
    "tune",
]


class _Package(ModuleType):
    """Keeps the verbs of this package verbs.

    `predict` and `evaluate` are folders too. Python puts a folder in the
    verb's place when anything imports it; a property is not put aside.
    """


def _verb(name: str) -> property:
    return property(lambda _: getattr(import_module("drugexp.api"), name), lambda *_: None)


for _name in __all__:
    setattr(_Package, _name, _verb(_name))
sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'drugexp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
