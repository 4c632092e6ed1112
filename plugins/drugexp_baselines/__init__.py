"""The rows that stand beside every score: zero, means, additive, neighbours, ridges, the reference kernel ridge."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the baselines."""
    register("zero", "drugexp_baselines.means:Zero", summary="nothing changes")
    register("mean", "drugexp_baselines.means:Mean", summary="the mean training profile")
    register("normalised-mean", "drugexp_baselines.normalised:NormalisedMean", summary="mean of evened-out profiles")
    register("mean-per-cell", "drugexp_baselines.means:MeanPerCell", summary="mean of cell x dose x time, shrunken")
    register("gene-sign", "drugexp_baselines.gene_sign:GeneSign", summary="how often a gene goes up, less down")
    register("mean-per-compound", "drugexp_baselines.means:MeanPerCompound", summary="mean of a known compound")
    register("additive", "drugexp_baselines.additive:Additive", summary="condition + compound effects, shrunken")
    register(
        "tanimoto-neighbours",
        "drugexp_baselines.similarity:TanimotoNeighbours",
        summary="similarity-weighted mean of the 50 nearest compounds",
    )
    register(
        "tanimoto-kernel-ridge",
        "drugexp_baselines.similarity:TanimotoKernelRidge",
        summary="kernel ridge on count Tanimoto: the reference",
    )
    register("svd-ridge", "drugexp_baselines.ridge:SvdRidge", summary="ridge on fingerprints, low-rank targets")
    register("cell-ridge", "drugexp_baselines.ridge:CellRidge", summary="compound-blind ridge on cell, dose and time")
