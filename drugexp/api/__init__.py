"""The Python face of drugexp: one function a verb.

A verb's module is imported when the verb is first used: a prediction does not wait for what only training needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drugexp.api.baselining import evaluate_baseline as evaluate_baseline
    from drugexp.api.baselining import predict_baseline as predict_baseline
    from drugexp.api.biomarking import biomarkers as biomarkers
    from drugexp.api.checking import check as check
    from drugexp.api.checking import clean as clean
    from drugexp.api.connecting import connect as connect
    from drugexp.api.data import read_screen as read_screen
    from drugexp.api.data import simulate as simulate
    from drugexp.api.evaluating import evaluate as evaluate
    from drugexp.api.evaluating import learning_curve as learning_curve
    from drugexp.api.explaining import explain as explain
    from drugexp.api.exporting import compound_features as compound_features
    from drugexp.api.exporting import export_model as export_model
    from drugexp.api.fetching import fetch as fetch
    from drugexp.api.integrating import integrate as integrate
    from drugexp.api.models import load as load
    from drugexp.api.models import model_folders as model_folders
    from drugexp.api.moving import signature as signature
    from drugexp.api.naming import coverage as coverage
    from drugexp.api.outcomes import predict_outcomes as predict_outcomes
    from drugexp.api.predicting import outcome as outcome
    from drugexp.api.predicting import predict as predict
    from drugexp.api.promoting import evaluate_promoters as evaluate_promoters
    from drugexp.api.regulating import network as network
    from drugexp.api.reporting import report as report
    from drugexp.api.responding import evaluate_response as evaluate_response
    from drugexp.api.responding import rank_response as rank_response
    from drugexp.api.screening import screen as screen
    from drugexp.api.sharing import screen_on as screen_on
    from drugexp.api.single_cells import pseudobulk as pseudobulk
    from drugexp.api.training import train as train
    from drugexp.api.tuning import tune as tune
    from drugexp.api.wells import signatures as signatures

VERBS = {
    "biomarkers": "biomarking",
    "check": "checking",
    "clean": "checking",
    "compound_features": "exporting",
    "connect": "connecting",
    "coverage": "naming",
    "evaluate": "evaluating",
    "explain": "explaining",
    "evaluate_baseline": "baselining",
    "predict_baseline": "baselining",
    "evaluate_promoters": "promoting",
    "evaluate_response": "responding",
    "export_model": "exporting",
    "fetch": "fetching",
    "integrate": "integrating",
    "learning_curve": "evaluating",
    "load": "models",
    "model_folders": "models",
    "network": "regulating",
    "outcome": "predicting",
    "predict": "predicting",
    "predict_outcomes": "outcomes",
    "pseudobulk": "single_cells",
    "rank_response": "responding",
    "read_screen": "data",
    "report": "reporting",
    "screen": "screening",
    "screen_on": "sharing",
    "signature": "moving",
    "signatures": "wells",
    "simulate": "data",
    "train": "training",
    "tune": "tuning",
}
"""Verb -> the module here that holds it."""


def __getattr__(name: str) -> Any:
    if name not in VERBS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{VERBS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(VERBS)
