"""Biomarkers: power and false discoveries on simulated cohorts by size, and sensitivity of real cell lines (GDSC).

DRUGEXP_DATA=... python benchmarks/biomarkers.py > benchmarks/results/biomarkers.md
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.biology.biomarkers.outcome import Outcome
from drugexp.biology.biomarkers.stability import stability
from drugexp.biology.biomarkers.study import Patients, Plan, Study, study
from drugexp.biology.biomarkers.univariate import effects
from drugexp.intake.cells import cell_key
from drugexp.show.biomarkers_text import SPOKEN, told, verdict
from drugexp.simulate.patients import PatientOptions, simulate_patients

DRUGS = ("Nutlin-3a (-)", "Lapatinib", "Dabrafenib")
PLAN = Plan(repeats=19, random=19, pairs=25)
COHORTS = 10
PLANTS = 5
ROWS = ("signature", "best gene", "covariates alone")


def main() -> None:
    """Print the tables."""
    print("# Biomarkers\n")
    _simulated()
    print(_cohorts())
    _real()


def _simulated() -> None:
    print("## Simulated patients: stable genes and genes with q up to 0.05, by size\n")
    print(f"{COHORTS} cohorts a row, 300 genes, 6 planted (0: none), response; made-up patients, no real ones.")
    print("Genes share patterns, so a gene beside a planted one goes with the outcome too, and q counts it;")
    print("stability asks more.\n")
    print("| patients | weight | planted found, stable | false among stable | planted found, q | false among q |")
    print("|---|---|---|---|---|---|")
    for effect in (0.5, 0.0):
        for patients in (60, 120, 240):
            rows = []
            for seed in range(COHORTS):
                options = PatientOptions(patients=patients, genes=300, planted=6, effect=effect, seed=seed)
                made = simulate_patients(options)
                outcome = Outcome("response", made.outcomes["response"].to_numpy())
                picks = (
                    stability(made.expression, np.zeros((patients, 0)), outcome, pairs=25).stable,
                    effects(made.expression, outcome).q <= 0.05,
                )
                true = np.isin(np.arange(300), made.planted) & (effect > 0)
                rows.append([c for p in picks for c in ((p & true).sum(), (p & ~true).sum())])
            a, b, c, d = np.array(rows).sum(axis=0)
            power = [f"{n / (6 * COHORTS):.0%}" if effect else "-" for n in (a, c)]
            print(f"| {patients} | {effect} | {power[0]} | {b} of {a + b} | {power[1]} | {d} of {c + d} |")


def _cohorts() -> str:
    lines = [
        "\n## Simulated patients: held out, beside what is simpler\n",
        f"{PLANTS} times 150 patients, 150 genes, 5 planted; covariate: age. Medians, least and most.\n",
        "| outcome | weight | measure | signature | best gene | age alone | shuffled, median | p | other cohort |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in ("groups", "survival", "response"):
        for effect in (0.9, 0.0):
            done = []
            for seed in range(PLANTS):
                options = PatientOptions(patients=150, genes=150, planted=5, effect=effect, seed=seed)
                done.append(study(_patients(options, kind), PLAN, test=_patients(replace_cohort(options, 1), kind)))
            m = done[0].measure
            cells = [_spread([d.measures[r][m].value for d in done]) for r in ROWS]
            cells.append(_spread([float(np.median(d.permuted.values)) for d in done]))
            cells.append(_spread([d.permuted.p for d in done], digits=2))
            cells.append(_spread([d.tested_measures["signature"][m].value for d in done]))
            lines.append(f"| {kind} | {effect} | {SPOKEN[m]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(values: list[float], digits: int = 3) -> str:
    return f"{np.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def replace_cohort(options: PatientOptions, cohort: int) -> PatientOptions:
    """Return the options of other patients of the same mechanism."""
    return options.model_copy(update={"cohort": cohort})


def _patients(options: PatientOptions, kind: str) -> Patients:
    made = simulate_patients(options)
    t = made.outcomes
    outcome = {
        "groups": lambda: Outcome("groups", (t["group"] == "responder").to_numpy(float), classes=("no", "yes")),
        "survival": lambda: Outcome("survival", t["time"].to_numpy(), t["event"].to_numpy() == 1),
        "response": lambda: Outcome("response", t["response"].to_numpy()),
    }[kind]()
    return Patients(made.expression, t[["age"]].to_numpy(float), outcome)


def _real() -> None:
    folder = os.environ.get("DRUGEXP_DATA")
    print("\n## Real cell lines: baseline expression against ln IC50 (GDSC2)\n")
    if folder is None:
        print("not run: DRUGEXP_DATA is not set")
        return
    top = Path(folder) / "gdsc_ccle"
    expression = pd.read_parquet(top / "expression.parquet")
    expression = expression.set_index("cell").astype(float)
    expression.index = expression.index.astype(str).map(cell_key)
    response = pd.read_parquet(top / "gdsc2_response.parquet").assign(key=lambda t: t["cell"].astype(str).map(cell_key))
    shared = response.groupby("key")["cell"].nunique().loc[lambda n: n > 1].index
    shared = shared.union(expression.index[expression.index.duplicated()])  # T-T and TT are two cell lines
    expression = expression[~expression.index.isin(shared)]
    print(
        "| compound | lines | Spearman, held out | best gene | shuffled, median | random genes | p | stable genes | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    said = []
    for drug in DRUGS:
        own = response[response["drug"] == drug].groupby("key")["ln_ic50_um"].mean().dropna()
        both = expression.index.intersection(own.index)
        if not len(both):
            print(f"{drug} is not there", file=sys.stderr)
            continue
        begun = time.perf_counter()
        outcome = Outcome("response", own[both].to_numpy())
        patients = Patients(expression.loc[both].to_numpy(), np.zeros((len(both), 0)), outcome)
        done = study(patients, replace(PLAN, errors=1.0))
        said.append((drug, _row(drug, len(both), done, expression.columns, time.perf_counter() - begun), verdict(done)))
        print(said[-1][1], flush=True)
    print("\n" + "\n".join(f"- {drug}: {' '.join(words)}" for drug, _, words in said))


def _row(drug: str, lines: int, done: Study, names: pd.Index, took: float) -> str:
    order = np.argsort(-done.stability.frequency, kind="stable")
    stable = [str(names[i]) for i in order if done.stability.stable[i]]
    lead = [told(done.measures[r]["spearman"]) for r in ("signature", "best gene")]
    control = [f"{np.median(c.values):.3f}" for c in (done.permuted, done.random)]
    cells = [drug, str(lines), *lead, *control, f"{done.permuted.p:.2f}", ", ".join(stable) or "none", f"{took:.0f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
