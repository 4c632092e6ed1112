"""Tree ensembles on low-rank targets: random forest and gradient boosting."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the tree ensembles."""
    register(
        "random-forest",
        "drugexp_trees.forest_model:RandomForest",
        summary="random forest (or extra trees) on low-rank targets, with its spread",
        requires=("sklearn",),
        extra="drugexp[models]",
    )
    register(
        "gradient-boosting",
        "drugexp_trees.boosting_model:GradientBoosting",
        summary="gradient boosting (LightGBM) of each of the targets' directions",
        requires=("lightgbm",),
        extra="drugexp[models]",
    )
