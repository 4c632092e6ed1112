"""drugexp: what will this compound do to the expression of every gene in these cells?

The verbs are fetched on first use, so that ``import drugexp`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["evaluate", "load", "predict", "read_screen", "train"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'drugexp' has no attribute {name!r}")
    return getattr(import_module("drugexp.api"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
