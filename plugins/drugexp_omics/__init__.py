"""Integration of blocks of cells: expression, mutations, copy number, methylation and others, in any subset."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_featurizers(register: Register) -> None:
    """Declare the cell featurisers."""
    register(
        "mofa",
        "drugexp_omics.factors.featurizer:MofaFactors",
        summary="factors of all blocks, relevance of each learnt",
    )
    register("omics_measured", "drugexp_omics.measured_share:Measured", summary="share of each block that a cell has")
    for name, of, words in (
        ("mutation", "Mutation", "which genes are mutated"),
        ("copy_number", "CopyNumber", "how many copies of genes there are"),
        ("methylation", "Methylation", "methylation of DNA"),
        ("chromatin", "Chromatin", "accessible chromatin or histone marks"),
        ("protein", "Protein", "amounts of proteins"),
    ):
        register(name, f"drugexp_omics.block_columns:{of}", summary=f"{words}, as measured")
    register(
        "omics_early", "drugexp_omics.block_columns:SideBySide", summary="all blocks side by side, of equal weight"
    )
    register("snf", "drugexp_omics.snf.featurizer:SnfPositions", summary="places in the fused network of similarities")
    register("icluster", "drugexp_omics.icluster.featurizer:IClusterFactors", summary="clusters from sparse factors")
    register("block_pls", "drugexp_omics.pls.featurizer:BlockPlsComponents", summary="sparse components blocks share")
    register("diablo", "drugexp_omics.diablo.featurizer:DiabloComponents", summary="components that tell classes apart")
