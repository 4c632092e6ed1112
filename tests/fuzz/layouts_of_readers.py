"""Small valid files in the layout of each published set that a reader of ours reads."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from drugexp.intake.genes import landmark_axis
from drugexp.intake.genes.landmarks import landmark_entrez

GENES = landmark_axis().ids[:3]
SMILES = ("CCO", "Oc1ccccc1")
KEYS = ("LFQSCWFLJHTTHZ", "ISWSIDIOOBJBQZ")
NAMES = ("ethanol", "phenol")
COMPOUNDS = pd.DataFrame(
    {"smiles_std": SMILES, "inchikey14": KEYS, "scaffold": ["", "c1ccccc1"], "group": [1, 2], "fold": [0, 1]}
)
HUB = {
    "annotations/repurposing_samples.parquet": pd.DataFrame(
        {"pert_iname": NAMES, "smiles": SMILES, "inchikey14": KEYS}
    ),
    "annotations/repurposing_drugs.parquet": pd.DataFrame(
        {"pert_iname": NAMES, "moa": ["solvent", "antiseptic|solvent"], "target": ["ADH1A|GABRA1", "GABRA1"]}
    ),
    "annotations/broad_id_to_smiles.parquet": pd.DataFrame({"smiles": SMILES}),
}
"""What readers use of the annotations."""

Tables = Mapping[str, pd.DataFrame]


def _values(rows: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(7, 1, (rows, len(GENES))).round(3), columns=list(GENES))


def _beside(rows: int, **labels: object) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(labels, index=range(rows)), _values(rows)], axis=1)


def baseline() -> Tables:
    """Return the panel of cell lines."""
    return {"baseline.parquet": _beside(3, cell=["MCF7", "A375", "PC3"])}


def lincs_consensus() -> Tables:
    """Return pooled signatures, and the fixed split."""
    compounds = COMPOUNDS.assign(compound_id=["c1", "c2"], name=NAMES, profile_group=["g1", "g2"])
    return {"profiles_z.parquet": _beside(2, compound_id=["c1", "c2"]), "compounds.csv": compounds, **HUB}


def tggates() -> Tables:
    """Return fold changes of hepatocytes."""
    labels = {"compound": NAMES, "cell": "PHH", "dose_level": ["Low", "High"], "dose_um": [1.0, 10.0]}
    table = _beside(2, **labels, hours=[8, 24], n_replicates=[2, 3])
    return {"lfc.parquet": table, "compounds.csv": COMPOUNDS.assign(compound=NAMES), **HUB}


def pairs() -> Tables:
    """Return profiles before and after."""
    table = _beside(2, sig_id=["s1", "s2"], cell=["MCF7", "A375"], smiles=SMILES)
    return {"pairs100_control.parquet": table, "pairs100_treated.parquet": table}


def top_genes() -> Tables:
    """Return the strongest genes alone."""
    listed = pd.DataFrame({"cell": "MCF7", "compound": ["a", "a", "b"], "gene": GENES, "lfc": [1.5, -2.0, -6.0]})
    listed = pd.concat([listed, pd.DataFrame({"cell": ["A375"], "compound": ["b"], "gene": GENES[:1], "lfc": [0.5]})])
    listed.loc[len(listed)] = ["MCF7", "b", GENES[1], 0.75]
    return {"top20.parquet": listed, "compounds.csv": COMPOUNDS.assign(compound=["a", "b"]), **HUB}


def knockdowns() -> Tables:
    """Return intensities of two lines."""
    table = pd.DataFrame(
        {"measured_gene": GENES, "KD_TP53": [90.0, 200.5, 300.0], "control_last_column": [100, 210, 5]}
    )
    return {"A375.parquet": table, "MCF7.parquet": table.iloc[:2]}


def hub_labels() -> Tables:
    """Return what the Repurposing Hub tells."""
    return {name.removeprefix("annotations/"): table for name, table in HUB.items()}


def drug_response() -> Tables:
    """Return areas under the curve of two lines, one pair twice, one drug without a structure."""
    drugs = pd.DataFrame({"drug": NAMES, "smiles_std": SMILES, "inchikey14": KEYS})
    response = pd.DataFrame(
        {"cell": ["MCF7", "A375", "MCF7"], "drug": [NAMES[0], NAMES[1], NAMES[0]], "auc": [0.9, 0.5, 0.7]}
    )
    return {"drugs.csv": drugs, "gdsc2_response.parquet": response}


def level3_wells() -> Tables:
    """Return wells of two plates with their controls."""
    kinds = ["ctl_vehicle", "trt_cp", "trt_poscon"] * 2
    wells = pd.DataFrame(
        {
            "well_id": [f"w{i}" for i in range(6)],
            "compound": ["DMSO", *NAMES] * 2,
            "pert_id": ["DMSO", "BRD-K1", "BRD-K2"] * 2,
            "pert_type": kinds,
            "cell": ["MCF7"] * 3 + ["A375"] * 3,
            "dose_um": [np.nan, 10.0, 3.33] * 2,
            "hours": 24,
            "plate": ["p1"] * 3 + ["p2"] * 3,
            "smiles": ["", *SMILES] * 2,
            "inchikey14": ["", *KEYS] * 2,
        }
    )
    return {"level3.parquet": _beside(6, well_id=wells["well_id"]), "wells.csv": wells, **HUB}


def count_wells() -> Tables:
    """Return counts of wells, two of them controls."""
    wells = pd.DataFrame(
        {
            "sample_id": [f"w{i}" for i in range(5)],
            "plate": "p1",
            "role": ["vehicle_dmso", "vehicle_dmso", "compound", "compound", "reagent"],
            "compound": ["DMSO", "DMSO", *NAMES, "x"],
            "dose_uM": [0, 0, 1.0, 10.0, 1.0],
            "time_h": 24,
            "cell": "ReNcell",
            "n_umi": [50, 60, 70, 80, 90],
            "qc_pass": True,
        }
    )
    counts = pd.DataFrame(np.arange(15).reshape(5, 3), columns=list(GENES)).assign(sample_id=wells["sample_id"])
    genes = pd.DataFrame({"gene": GENES, "expressed": [True, True, False], "landmark": True})
    compounds = pd.DataFrame({"compound": NAMES, "smiles": SMILES, "inchikey14": KEYS})
    return {"counts.parquet": counts, "wells.csv": wells, "genes.csv": genes, "compounds.csv": compounds, **HUB}


def cmap_beside() -> Tables:
    """Return the tables beside a GCTX file whose samples are called ``s1`` to ``s3``."""
    signatures = pd.DataFrame(
        {
            "sig_id": ["s2", "s1", "s3"],
            "pert_id": ["BRD-K1", "BRD-K2", "DMSO"],
            "pert_iname": ["ethanol", "phenol", "DMSO"],
            "pert_type": ["trt_cp", "trt_cp", "ctl_vehicle"],
            "cell_id": ["A375", "MCF7", "A375"],
            "pert_dose": ["10.0", "500", "-666"],
            "pert_dose_unit": ["µM", "nM", "%"],
            "pert_itime": ["6 h", "24 h", "6 h"],
        }
    )
    compounds = pd.DataFrame({"pert_id": ["BRD-K2", "BRD-K1"], "canonical_smiles": SMILES, "inchi_key": KEYS})
    return {"a_sig_info.txt": signatures, "a_pert_info.txt": compounds}


ENTREZ = landmark_entrez()[:3]
"""Names of the genes of that GCTX file."""

LAYOUTS: Mapping[str, tuple[str, Callable[[], Tables], Mapping[str, object]]] = {
    "baseline": ("baseline_165", baseline, {}),
    "dense_profiles": ("lincs_consensus", lincs_consensus, {}),
    "dense_profiles, open": ("lincs_consensus", lincs_consensus, {"structures": "open"}),
    "tggates": ("tggates_phh", tggates, {}),
    "transigen_pairs": ("transigen", pairs, {}),
    "top_genes": ("fastpert_top20", top_genes, {"min_count": 1}),
    "knockdowns": ("knockdown_6lines", knockdowns, {}),
    "hub_labels": ("hub_labels", hub_labels, {"least": 1}),
    "drug_response": ("gdsc_viability", drug_response, {}),
    "level3_wells": ("l1000_ht115", level3_wells, {}),
    "level3_wells, halves": ("l1000_ht115", level3_wells, {"profile": "expression"}),
    "count_wells": ("rencell_dge", count_wells, {}),
    "count_wells, counts": ("rencell_dge", count_wells, {"rows": "wells", "profile": "counts", "genes": "all"}),
    "cmap_gctx": ("l1000_phase1_level5", cmap_beside, {}),
}
"""Reader (and case) -> a set that has it, its tables, and options."""


def written(table: pd.DataFrame, name: str) -> bytes:
    """Return the content of a file, in the format that its name tells."""
    if name.endswith(".parquet"):
        out = io.BytesIO()
        table.to_parquet(out, index=False)
        return out.getvalue()
    return table.to_csv(index=False, sep="\t" if name.endswith(".txt") else ",").encode()
