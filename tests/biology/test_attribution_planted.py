"""A planted substructure is found by every explainer; benchmarks/explain.py is the long version."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drugexp.api import simulate
from drugexp.biology.attribution.explaining import Explainer
from drugexp.biology.attribution.inputs import describe_query
from drugexp.chemistry.parse import Compound, parse
from drugexp.learn.identity import identify
from drugexp.learn.parts import parts_of
from drugexp.learn.pipeline import fit
from drugexp.learn.recipe import ModelChoice, ScreenChoice
from drugexp.registry import discover

NETWORK = {"width": 64, "code": 64, "epochs": 60, "compound_features": ("morgan_counts",)}
CASES = [
    ("svd-ridge", {}, "exact", 8),
    ("gradient-boosting", {}, "exact", 8),
    ("tanimoto-kernel-ridge", {}, "occlusion", 8),
    ("multitask", NETWORK, "gradients", 4),
]


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """How often an atom inside has more than one outside; ties count half."""
    difference = inside[:, None] - outside[None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


@pytest.mark.parametrize(("model", "options", "way", "queries"), CASES, ids=[case[0] for case in CASES])
def test_the_planted_substructure_is_found(model: str, options: dict[str, Any], way: str, queries: int) -> None:
    if model == "gradient-boosting":
        pytest.importorskip("lightgbm")
    registry = discover()
    made = simulate(genes=60, compounds=240, cells=2, doses_um=(10.0,), pathways=3)
    truth, screen = made.mechanism, identify(made.screen, made.screen.cells).screen
    held = set(range(200, 240))
    names = [str(i) for i in screen.perturbations["id"]]
    rows = np.flatnonzero(~screen.samples["perturbation"].isin([names[i] for i in held]).to_numpy())
    parts = parts_of([screen], (ScreenChoice(name="sim"),), [rows])
    pipeline = fit(model, ModelChoice(name=model, options=options), parts, screen.cells, registry, seed=0)
    explainer = Explainer(pipeline)
    found, shuffled, rng = [], [], np.random.default_rng(0)
    for i in sorted(held):
        for p in np.flatnonzero(truth.strength[i]):
            if len(found) == queries:
                break
            compound = parse(str(screen.perturbations["smiles"].iat[i]))
            assert isinstance(compound, Compound)
            # The gene that this pathway moves most and the others least.
            gene = int(np.argmax(np.abs(truth.loadings[p]) - np.abs(np.delete(truth.loadings, p, 0)).sum(0)))
            query = describe_query(pipeline, compound.smiles, pipeline.cells, truth.cells[0], 10.0, 24.0, registry)
            explained = explainer.explain(query, np.eye(len(pipeline.genes))[gene])
            assert explained.way == way
            assert explained.parts.error < 1e-4
            inside = np.zeros(len(explained.atoms), dtype=bool)
            inside[list(truth.atoms(compound.smiles, truth.pathways[p]))] = True
            shares = explained.atoms * np.sign(truth.strength[i, p] * truth.loadings[p, gene])
            found.append(auroc(shares[inside], shares[~inside]))
            shares = rng.permutation(shares)
            shuffled.append(auroc(shares[inside], shares[~inside]))
    assert len(found) == queries
    assert np.mean(found) > 0.95
    assert 0.2 < np.mean(shuffled) < 0.8
