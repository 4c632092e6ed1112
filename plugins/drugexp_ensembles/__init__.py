"""Ensembles of any registered models: bags, seeds, boosting, stacking and blends."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the ensembles."""
    register(
        "bagging",
        "drugexp_ensembles.bagging:Bagging",
        summary="one model on bootstrap draws of whole groups, averaged, with its out-of-bag score",
    )
    register("seeds", "drugexp_ensembles.seeds:Seeds", summary="one model under several seeds, averaged")
    register(
        "boosting",
        "drugexp_ensembles.boosting:Boosting",
        summary="each stage fits what the former ones left, stopped by held-out groups",
    )
    register(
        "stacking",
        "drugexp_ensembles.stacking:Stacking",
        summary="several models, weighted by how well they tell held-out groups",
    )
    register("blend", "drugexp_ensembles.blend:Blend", summary="several models with fixed weights")
