"""The Python face of drugexp: one function a verb.

A verb's module is imported when the verb is first used: a prediction does not wait for what only training needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

VERBS = {
    "evaluate": "evaluating",
    "load": "predicting",
    "model_folders": "predicting",
    "outcome": "predicting",
    "predict": "predicting",
    "read_screen": "data",
    "simulate": "data",
    "train": "training",
}
"""Verb -> the module here that holds it."""


def __getattr__(name: str) -> Any:
    if name not in VERBS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{VERBS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(VERBS)
