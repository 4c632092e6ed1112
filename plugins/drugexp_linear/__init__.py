"""Linear models: ridge, elastic net, partial least squares, reduced-rank regression."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the linear models."""
    register("ridge", "drugexp_linear.models:Ridge", summary="ridge of every gene; the penalty by leaving groups out")
    register("elastic-net", "drugexp_linear.models:ElasticNet", summary="few features, shared by all low-rank targets")
    register("pls", "drugexp_linear.models:PartialLeastSquares", summary="partial least squares, few components")
    register(
        "reduced-rank-regression",
        "drugexp_linear.models:ReducedRank",
        summary="ridge whose profiles are sums of few patterns of genes",
    )
