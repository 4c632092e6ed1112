"""What a plugin author imports. Importing this package loads nothing heavy.

The names below are fetched from their modules on first use, so that a
plugin's entry-point module (which needs `hookimpl` alone) costs no numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from drugexp.contract.deprecation import follow
from drugexp.contract.hooks import API_VERSION, hookimpl

if TYPE_CHECKING:
    from drugexp.contract.abilities import Attribution, OneOf, PureApply, Representers, SearchSpace, Span
    from drugexp.contract.axis import GeneAxis
    from drugexp.contract.batch import Batch, Examples, Target
    from drugexp.contract.integration import Integrated
    from drugexp.contract.jobs import Job, run_job
    from drugexp.contract.model import (
        Context,
        Engine,
        Factors,
        Featurizer,
        Fitted,
        Items,
        Metric,
        Model,
        ModelBuilder,
        Needs,
        Network,
        Progress,
        Reader,
        Sparse,
        State,
        silent,
    )
    from drugexp.contract.options import Options, parse_options
    from drugexp.contract.prediction import Prediction
    from drugexp.contract.rows import Rows
    from drugexp.contract.screen import CENSORED, MISSING, OBSERVED, Block, Cells, Screen
    from drugexp.contract.splitting import Folds, Level, Splitter
    from drugexp.contract.tables import perturbation_table, sample_table
    from drugexp.contract.task import Task
    from drugexp.contract.units import Unit

_HOME = {
    "Attribution": "abilities",
    "OneOf": "abilities",
    "PureApply": "abilities",
    "Representers": "abilities",
    "SearchSpace": "abilities",
    "Span": "abilities",
    "GeneAxis": "axis",
    "Batch": "batch",
    "Examples": "batch",
    "Target": "batch",
    "Integrated": "integration",
    "Context": "model",
    "Engine": "model",
    "Factors": "model",
    "Featurizer": "model",
    "Fitted": "model",
    "Items": "model",
    "Metric": "model",
    "Model": "model",
    "ModelBuilder": "model",
    "Needs": "model",
    "Network": "model",
    "Progress": "model",
    "silent": "model",
    "Reader": "model",
    "Sparse": "model",
    "State": "model",
    "Options": "options",
    "parse_options": "options",
    "Prediction": "prediction",
    "Rows": "rows",
    "CENSORED": "screen",
    "MISSING": "screen",
    "OBSERVED": "screen",
    "Block": "screen",
    "Cells": "screen",
    "Screen": "screen",
    "Folds": "splitting",
    "Job": "jobs",
    "run_job": "jobs",
    "Level": "splitting",
    "Splitter": "splitting",
    "Task": "task",
    "perturbation_table": "tables",
    "sample_table": "tables",
    "Unit": "units",
}

__all__ = [
    "API_VERSION",
    "CENSORED",
    "MISSING",
    "OBSERVED",
    "Attribution",
    "Batch",
    "Block",
    "Cells",
    "Context",
    "Engine",
    "Examples",
    "Factors",
    "Featurizer",
    "Fitted",
    "Folds",
    "GeneAxis",
    "Integrated",
    "Items",
    "Job",
    "Level",
    "Metric",
    "Model",
    "ModelBuilder",
    "Needs",
    "Network",
    "OneOf",
    "Options",
    "Prediction",
    "Progress",
    "PureApply",
    "Reader",
    "Representers",
    "Rows",
    "Screen",
    "SearchSpace",
    "Span",
    "Sparse",
    "Splitter",
    "State",
    "Target",
    "Task",
    "Unit",
    "hookimpl",
    "parse_options",
    "perturbation_table",
    "run_job",
    "sample_table",
    "silent",
]


def __getattr__(name: str) -> Any:
    name = follow(name)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
