"""Whether explanations find what was planted: atoms of the substructure that acts, on compounds held out.

    python benchmarks/explain.py [--compounds 300] [--queries 40] [--only ridge ...] [-o benchmarks/results/explain.md]

Needs no data set. For each held-out compound and pathway it bears, the gene that the pathway moves most and the
others least is explained, and its atoms are ordered by their shares: the AUROC is how often an atom of the planted
substructure stands before another one. Beside it: the same shares on shuffled atoms, and the same model that has
learnt from shuffled compounds, of which an explanation should say that it is no better than noise.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from drugexp import api
from drugexp.biology.attribution.explaining import Explainer, Method, fingerprints
from drugexp.biology.attribution.inputs import describe_query
from drugexp.chemistry.fingerprints import bits, pack
from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import Screen
from drugexp.evaluate.controls import shuffle_compounds
from drugexp.learn.domain import Domain
from drugexp.learn.identity import identify
from drugexp.learn.parts import parts_of
from drugexp.learn.pipeline import Pipeline, fit
from drugexp.learn.recipe import ModelChoice, ScreenChoice
from drugexp.registry import discover
from drugexp.score.bootstrap import bootstrap_mean
from drugexp.simulate import Mechanism

ROWS: tuple[tuple[str, Method], ...] = (
    ("ridge", "exact"),
    ("svd-ridge", "exact"),
    ("gradient-boosting", "exact"),
    ("gradient-boosting", "occlusion"),
    ("random-forest", "occlusion"),
    ("tanimoto-kernel-ridge", "occlusion"),
    ("product-kernel", "occlusion"),
    ("svr", "occlusion"),
    ("multitask", "gradients"),
    ("multitask", "occlusion"),
    ("film", "gradients"),
)
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "multitask": {"compound_features": ("morgan_counts",)},
    "film": {"compound_features": ("morgan_counts",)},
}
HEADS = (
    "model", "method", "AUROC of planted atoms", "least", "atoms shuffled", "largest error of completeness",
    "stability", "called noise", "learnt from shuffled compounds: AUROC", "called noise then", "seconds each",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Asked:
    """One planted thing that is looked for."""

    smiles: str
    compound: str
    gene: int
    sign: float
    inside: np.ndarray


@dataclass(frozen=True, eq=False)
class Found:
    """What came of all that was looked for, (query,) each."""

    auroc: np.ndarray
    shuffled: np.ndarray
    error: np.ndarray
    stability: np.ndarray
    noise: np.ndarray
    compounds: tuple[str, ...]
    seconds: float


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Return how often a value inside is above one outside; ties count half."""
    difference = inside[:, None] - outside[None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def planted(screen: Screen, truth: Mechanism, held: list[int]) -> Iterator[Asked]:
    """Yield what is to be found in the held-out compounds."""
    for i in held:
        compound = parse(str(screen.perturbations["smiles"].iat[i]))
        assert isinstance(compound, Compound)
        for p in np.flatnonzero(truth.strength[i]).tolist():
            others = np.abs(np.delete(truth.loadings, p, axis=0)).sum(axis=0)
            gene = int(np.argmax(np.abs(truth.loadings[p]) - others))
            inside = np.zeros(compound.mol.GetNumAtoms(), dtype=bool)
            inside[list(truth.atoms(compound.smiles, truth.pathways[p]))] = True
            sign = float(np.sign(truth.strength[i, p] * truth.loadings[p, gene]))
            yield Asked(compound.smiles, str(screen.perturbations["id"].iat[i]), gene, sign, inside)


def domain(screen: Screen, rows: np.ndarray) -> Domain:
    """Return which bins the training compounds have; a full training describes this and more."""
    used = screen.perturbations["id"].isin(screen.samples["perturbation"].iloc[rows])
    found = [parse(str(smiles)) for smiles in screen.perturbations["smiles"][used]]
    mols = [one.mol for one in found if isinstance(one, Compound)]
    return Domain(pack(bits(mols)), tuple(map(str, range(len(mols)))), 0.0)


def measure(pipeline: Pipeline, asked: list[Asked], cell: str, method: Method) -> Found:
    """Explain everything that is asked."""
    registry, rng = discover(), np.random.default_rng(0)
    explainer = Explainer(pipeline, fingerprints(pipeline))
    rows = []
    start = time.perf_counter()
    for one in asked:
        query = describe_query(pipeline, one.smiles, pipeline.cells, cell, 10.0, 24.0, registry)
        explained = explainer.explain(query, np.eye(len(pipeline.genes))[one.gene], method)
        shares = explained.atoms * one.sign
        mixed = rng.permutation(shares)
        trust = explained.trust
        rows.append(
            (
                auroc(shares[one.inside], shares[~one.inside]),
                auroc(mixed[one.inside], mixed[~one.inside]),
                trust.completeness,
                trust.stability,
                not trust.stands_out,
            )
        )
    seconds = (time.perf_counter() - start) / len(asked)
    return Found(*np.array(rows, dtype=np.float64).T, tuple(one.compound for one in asked), seconds)


def told(found: Found, values: np.ndarray) -> str:
    """Return a mean with its 95% interval over compounds."""
    interval = bootstrap_mean(values, np.array(found.compounds), seed=0)
    return f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compounds", type=int, default=300)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("-o", "--output")
    chosen = parser.parse_args()
    made = api.simulate(compounds=chosen.compounds, genes=200, cells=2, doses_um=(10.0,), pathways=6)
    screen, truth = identify(made.screen, made.screen.cells).screen, made.mechanism
    held = list(range(chosen.compounds * 4 // 5, chosen.compounds))
    outside = {str(screen.perturbations["id"].iat[i]) for i in held}
    rows = np.flatnonzero(~screen.samples["perturbation"].isin(outside).to_numpy())
    asked = list(planted(screen, truth, held))[: chosen.queries]
    lines = ["| " + " | ".join(HEADS) + " |", "|---|---|" + "---|" * (len(HEADS) - 2)]
    print("\n".join(lines), flush=True)
    for name, method in ROWS:
        if chosen.only and name not in chosen.only:
            continue
        found = []
        for learnt in (screen, shuffle_compounds([screen], [0])[0]):
            choice = ModelChoice(name=name, options=dict(OPTIONS.get(name, {})))
            parts = parts_of([learnt], (ScreenChoice(name="sim"),), [rows])
            pipeline = replace(fit(name, choice, parts, learnt.cells, discover(), seed=0), domain=domain(learnt, rows))
            few = asked if learnt is screen else asked[: chosen.queries // 2]
            found.append(measure(pipeline, few, truth.cells[0], method))
        real, control = found
        row = (
            name,
            method,
            told(real, real.auroc),
            f"{real.auroc.min():.2f}",
            f"{real.shuffled.mean():.3f}",
            f"{real.error.max():.1e}",
            f"{np.median(real.stability):.2f}",
            f"{real.noise.mean():.0%}",
            told(control, control.auroc),
            f"{control.noise.mean():.0%}",
            f"{real.seconds:.2f}",
        )
        lines.append("| " + " | ".join(row) + " |")
        print(lines[-1], flush=True)
    if chosen.output:
        words = f"{len(asked)} planted substructures of held-out compounds; {made.screen}."
        Path(chosen.output).write_text(
            f"# Explanations of a planted mechanism\n\n{words}\n\n" + "\n".join(lines) + "\n"
        )


if __name__ == "__main__":
    main()
