"""Ensembles are held to the rules of models, nested ones among them."""

from __future__ import annotations

from drugexp.testing import conformance

test_contract = conformance(
    "ensembles",
    options={
        "bagging": {"draws": 3},
        "seeds": {"member": {"name": "bagging", "options": {"draws": 2}}, "count": 2},
        "boosting": {"stages": 2, "shrinkage": 0.5, "folds": 2},
        "stacking": {"folds": 2, "rank": 3},
    },
)
