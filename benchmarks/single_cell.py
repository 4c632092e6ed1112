"""Does a prediction from a patient's own untreated cells say what panobinostat does to that patient?

    python benchmarks/single_cell.py [--model NAME_OR_PATH] [-o benchmarks/results/single_cell.md]

`sc_gbm_panobinostat`: five patients with glioblastoma, 500 cells under vehicle and 500 under panobinostat each. The
vehicle cells of each patient are the baseline (`--baseline vehicle.h5ad --group-by patient_id`) of a prediction by the
bundled model, which is held against the patient's measured change on the landmark genes both have. Beside it: the mean
change of the other patients (four measurements of the very drug, which no model of structures has), zero, the same
prediction from no cell at all, from the next patient's cells, and for 20 other compounds, drugs and a screening
library's. Intervals are of the mean over patients.

- pearson: correlation over genes, not centred: a prediction scores by what all strong compounds do.
- own pearson: what is special to panobinostat in the prediction, that is less the mean over the 20 other drugs,
  against the measured change. Other rows than predictions have none.
- special to the patient: truth and prediction each less the mean of the other four patients. It asks whether the
  baseline did anything right. The mean of the others is, of course, no guess at that.

Then the energy distance between cells: treated cells against vehicle cells moved by a change. Needs a change in
log2, so the bundled model (z-scores) is not among them.

Needs the data folder (`DRUGEXP_DATA`).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

import drugexp
from drugexp.intake.genes import landmark_axis
from drugexp.intake.store import set_files
from drugexp.learn.pipeline import Pipeline
from drugexp.preprocess.depth import log2_cpm
from drugexp.score.bootstrap import Interval, bootstrap_mean
from drugexp.score.energy import energy_distance
from drugexp.score.metrics import pearson

SET, DRUG, DOSE_UM = "sc_gbm_panobinostat", "panobinostat", 0.2
OTHERS, SEED = 20, 0
Rows = dict[str, dict[str, np.ndarray]]


def other_compounds() -> dict[str, list[str]]:
    """Return random drugs and random members of a screening library, as SMILES."""
    rng = np.random.default_rng(SEED)
    drugs = drugexp.read_screen("lincs_consensus").perturbations
    smiles = drugs.loc[(drugs["smiles"] != "") & (drugs["name"] != DRUG), "smiles"]
    library = pd.read_csv(set_files("libraries")["moses_200k.csv.gz"])["smiles"]
    return {
        "other drugs": rng.choice(smiles.to_numpy(dtype=object), OTHERS, replace=False).tolist(),
        "library compounds": rng.choice(library.to_numpy(dtype=object), OTHERS, replace=False).tolist(),
    }


def predicted(model: Pipeline, smiles: Sequence[str], genes: Sequence[str], vehicle: Path | None) -> np.ndarray:
    """Return predicted changes, (compound, patient, gene); without cells there is one patient."""
    own = {} if vehicle is None else {"baseline": vehicle, "group_by": "patient_id"}
    frame = drugexp.predict(list(smiles), dose_um=DOSE_UM, model=model, **own)
    frame = frame.sort_values(["compound_id", "cell"], key=lambda c: c.str.removeprefix("compound").str.zfill(9))
    return frame[list(genes)].to_numpy(np.float64).reshape(len(smiles), -1, len(genes))


def others_mean(values: np.ndarray) -> np.ndarray:
    """Return for each patient the mean of the other patients, (patient, gene)."""
    return (values.sum(axis=0) - values) / (len(values) - 1)


def score_rows(
    model: Pipeline, truth: np.ndarray, genes: Sequence[str], smiles: str, vehicle: Path
) -> tuple[Rows, list[str]]:
    """Return row -> score -> (patient,), and sentences."""
    nothing = np.zeros(truth.shape[1])

    def r(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return pearson(a, b, nothing)

    def special(a: np.ndarray) -> np.ndarray:
        return r(truth - others_mean(truth), a - others_mean(a))

    own = predicted(model, [smiles], genes, vehicle)[0]
    others = {name: predicted(model, given, genes, vehicle) for name, given in other_compounds().items()}
    usual = others["other drugs"].mean(axis=0)
    pooled = np.repeat(predicted(model, [smiles], genes, None)[0], len(truth), axis=0)
    swapped = np.roll(own, 1, axis=0)
    same = bool(np.allclose(own, swapped) and np.allclose(own, pooled))
    similarity = drugexp.predict(smiles, model=model)["nearest_similarity"].iat[0]
    said = [f"Most similar compound that `{model.name}` has learnt from: Tanimoto {similarity:.2f}."]
    said.append(f"Own, the next patient's and no cells give the same prediction: {'yes' if same else 'no'}.")
    rows: Rows = {
        "model, own vehicle cells": {"pearson": r(truth, own), "own": r(truth, own - usual), "special": special(own)},
        "model, next patient's vehicle cells": {
            "pearson": r(truth, swapped),
            "own": r(truth, swapped - usual),
            "special": special(swapped),
        },
        "model, no cell": {"pearson": r(truth, pooled), "own": r(truth, pooled - usual)},
        "mean of the other patients": {"pearson": r(truth, others_mean(truth))},
        "zero": {"pearson": r(truth, np.zeros_like(truth))},
    }
    for name, values in others.items():
        each = np.stack([r(truth, v) for v in values])
        rest = (values.sum(axis=0) - values) / (len(values) - 1)  # the usual, without the one that is scored
        rows[f"model, {OTHERS} {name}"] = {
            "pearson": each.mean(axis=0),
            "own": np.stack([r(truth, v - u) for v, u in zip(values, rest, strict=True)]).mean(axis=0),
            "special": np.stack([special(v) for v in values]).mean(axis=0),
        }
        beaten = float((each.mean(axis=1) < r(truth, own).mean()).mean())
        said.append(f"Panobinostat's prediction correlates better with the truth than {beaten:.0%} of {OTHERS} {name}.")
    return rows, said


def energy_rows(cells: anndata.AnnData, change: np.ndarray) -> dict[str, np.ndarray]:
    """Return row -> (patient,) energy distance to the treated cells, in log2(CPM + 50) over all genes."""
    values = log2_cpm(cells.X.toarray().astype(np.int64), 50.0)
    treated = (cells.obs["condition"] != "ctrl").to_numpy()
    patients = cells.obs["patient_id"].to_numpy()
    found: dict[str, list[float]] = {}
    for at, name in enumerate(sorted(set(patients))):
        before, after = values[(patients == name) & ~treated], values[(patients == name) & treated]
        first, second = after[::2], after[1::2]
        moves = {"vehicle cells as they are": np.zeros(values.shape[1])}
        moves |= {
            "moved by the mean of the other patients": others_mean(change)[at],
            "moved by the measured change": change[at],
        }
        for row, move in moves.items():
            found.setdefault(row, []).append(energy_distance(before[::2] + move, second))
        found.setdefault("the other half of the treated cells", []).append(energy_distance(first, second))
    return {row: np.array(values) for row, values in found.items()}


def spoken(interval: Interval) -> str:
    return f"{interval.mean:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="default")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    screen = drugexp.read_screen(SET)
    cells = anndata.read_h5ad(set_files(SET)["counts.h5ad"])
    smiles = str(screen.perturbations["smiles"].iat[0])
    on = np.flatnonzero(landmark_axis().positions(screen.genes.ids) >= 0)
    genes = [screen.genes.ids[i] for i in on]
    with tempfile.TemporaryDirectory() as folder:
        vehicle = Path(folder) / "vehicle.h5ad"
        cells[cells.obs["condition"] == "ctrl"].write_h5ad(vehicle)
        model = drugexp.load(chosen.model)
        rows, said = score_rows(model, screen.values[:, on].astype(np.float64), genes, smiles, vehicle)
    heads = {"pearson": "pearson", "own": "own pearson", "special": "special to the patient"}
    lines = [f"| {len(genes)} landmark genes, five patients | {' | '.join(heads.values())} |", "|---" * 4 + "|"]
    for name, scores in rows.items():
        shown = [spoken(bootstrap_mean(scores[key], seed=SEED)) if key in scores else "" for key in heads]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    lines += ["", *said]
    lines += ["", f"| {len(screen.genes)} genes, 250 cells against 250 treated ones | energy distance |", "|---|---|"]
    for name, values in energy_rows(cells, screen.values.astype(np.float64)).items():
        lines.append(f"| {name} | {spoken(bootstrap_mean(values, seed=SEED))} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.output:
        chosen.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
