"""Synthetic wells with a known answer: plate effects, planted signatures, one bad replicate of each treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.intake.genes import landmark_axis

PLATES = ("P1", "P2", "P3", "P4")
COMPOUNDS = 15
CONTROLS = 6


@dataclass(frozen=True, eq=False)
class Planted:
    """Wells, and what was planted.

    Attributes
    ----------
    log2
        (well, gene), samples in the index, symbols in the columns.
    labels
        What was done, under the names of the Connectivity Map.
    truth
        Compound -> (gene,) log2 fold change.
    """

    log2: pd.DataFrame
    labels: pd.DataFrame
    truth: dict[str, np.ndarray]

    def table(self) -> pd.DataFrame:
        """Return labels and values as one plain table."""
        return pd.concat([self.labels, self.log2], axis=1).rename_axis("well_id").reset_index()


def planted_wells(seed: int = 0, genes: int = 80, plate_effect: float = 1.0, outlier: float = 2.0) -> Planted:
    """Return four plates with each compound once on each; on one of them the well is spoilt."""
    rng = np.random.default_rng(seed)
    base = rng.normal(8.0, 1.0, genes)
    truth = {f"BRD-{i:02d}": rng.normal(0.0, 0.7, genes) for i in range(COMPOUNDS)}
    rows, labels = [], []
    for at, plate in enumerate(PLATES):
        effect = plate_effect * rng.normal(size=genes)
        treated = [*truth, *["DMSO"] * CONTROLS]
        for number, compound in enumerate(rng.permutation(treated)):
            control = compound == "DMSO"
            spoilt = not control and int(compound[-2:]) % len(PLATES) == at
            change = np.zeros(genes) if control else truth[compound]
            noise = rng.normal(0.0, outlier if spoilt else 0.3, genes)
            rows.append(base + effect + change + noise)
            labels.append(
                {
                    "pert_id": compound,
                    "pert_iname": "DMSO" if control else f"drug {compound[-2:]}",
                    "pert_type": "ctl_vehicle" if control else "trt_cp",
                    "cell_id": "A375",
                    "pert_dose": "-666" if control else "10",
                    "pert_dose_unit": "-666" if control else "um",
                    "pert_itime": "24 h",
                    "rna_plate": plate,
                    "rna_well": f"{chr(65 + number // 12)}{number % 12 + 1:02d}",
                    "canonical_smiles": "" if control else "C" * (int(compound[-2:]) + 1) + "O",
                }
            )
    names = pd.Index([f"w{i:03d}" for i in range(len(rows))])
    return Planted(
        pd.DataFrame(np.array(rows), index=names, columns=list(landmark_axis().ids[:genes])),
        pd.DataFrame(labels, index=names),
        truth,
    )
