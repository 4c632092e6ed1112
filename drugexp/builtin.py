"""What the core itself brings, declared as any plugin declares it."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"

_READERS = {
    "dense_profiles": "signatures of compounds, one row each, on the landmark genes",
    "tggates": "log2 fold changes of hepatocytes by dose and time",
    "cmap_gctx": "published GCTX files of the Connectivity Map, levels 3 to 5, with the tables beside them",
    "level3_wells": "L1000 level 3 wells, as differences to the DMSO wells of their plate",
    "transigen_pairs": "paired profiles before and after treatment",
    "top_genes": "the strongest genes of each compound and cell; the rest is censored",
    "count_wells": "RNA-seq counts of wells, as log2 fold changes to DMSO of their plate",
    "single_cell_counts": "counts of single cells, summed by group, as log2 fold changes to their controls",
    "knockdowns": "gene knock-downs in several cell lines",
    "baseline": "unperturbed expression of cell lines",
    "hub_labels": "known targets and mechanisms of compounds, 0 or 1",
    "drug_response": "viability of cell lines under compounds, one area under the curve a pair",
}


@hookimpl
def drugexp_register_readers(register: Register) -> None:
    """Declare the readers of the data sets that drugexp has manifests for."""
    for name, summary in _READERS.items():
        register(name, f"drugexp.intake.readers.{name}:read", summary=summary)


@hookimpl
def drugexp_register_featurizers(register: Register) -> None:
    """Declare the compound and cell descriptions of the core."""
    register("morgan_counts", "drugexp.represent.compounds:MorganCounts", summary="Morgan counts, radius 2, 2048 bins")
    register("feature_morgan_counts", "drugexp.represent.compounds:FeatureMorganCounts", summary="pharmacophore Morgan")
    register("morgan_bits", "drugexp.represent.compounds:MorganBits", summary="Morgan bits, radius 2, packed")
    register("atom_pair_counts", "drugexp.represent.compounds:AtomPairCounts", summary="pairs of atoms, counts")
    register("torsion_counts", "drugexp.represent.compounds:TorsionCounts", summary="paths of four atoms, counts")
    register("rdkit_path_counts", "drugexp.represent.compounds:PathCounts", summary="RDKit paths, counts")
    register("maccs", "drugexp.represent.compounds:Maccs", summary="the 167 MACCS keys")
    register(
        "molecular_graph", "drugexp.represent.compounds:MolecularGraph", summary="atoms and bonds, at most 64 and 80"
    )
    register("smiles_tokens", "drugexp.represent.compounds:SmilesTokens", summary="tokens of eight SMILES, 128 of each")
    register("fast_descriptors", "drugexp.represent.compounds:FastDescriptors", summary="a fast set of descriptors")
    register("rdkit_descriptors", "drugexp.represent.compounds:RdkitDescriptors", summary="all RDKit 2D descriptors")
    register("known_targets", "drugexp.represent.compounds:KnownTargets", summary="known target genes, multi-hot")
    register("expression", "drugexp.represent.cells:Expression", summary="baseline log2 expression, ranked to normal")


@hookimpl
def drugexp_register_metrics(register: Register) -> None:
    """Declare the metrics of every leaderboard."""
    for name in (
        "pearson",
        "centred_pearson",
        "strength_free_pearson",
        "spearman",
        "rmse",
        "r2_over_mean",
        "precision_up",
        "precision_down",
    ):
        register(name, f"drugexp.score.metrics:{name}")
    register("discrimination", "drugexp.score.discrimination:discrimination")


@hookimpl
def drugexp_register_splitters(register: Register) -> None:
    """Declare the ways to split."""
    for name in ("random", "scaffold", "compound", "cell", "both"):
        register(name, f"drugexp.learn.splits:{name}")


@hookimpl
def drugexp_register_engines(register: Register) -> None:
    """Declare the ways to run jobs."""
    register("inline", "drugexp.predict.engines.inline:InlineEngine", summary="in this process, one after another")
    register("local", "drugexp.predict.engines.local:LocalEngine", summary="in processes of this machine")
