"""Synthetic screens whose profiles follow a substructure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.contract import Block, Cells, GeneAxis, Screen, Unit
from drugexp.evaluate.plan import Plan, PlanModel, PlanScreen
from drugexp.evaluate.references import Reference
from drugexp.evaluate.screens import Material
from drugexp.learn.identity import identify

GENES = 60
CORES = ("c1ccc({})cc1", "c1ccc2cc({})ccc2c1", "C1CCC({})CC1", "c1cc({})ccn1", "C1CCN({})CC1", "c1cc({})sc1")
CHAINS = tuple("C" * n for n in range(1, 5))


def planted(
    *,
    cells: int = 1,
    repeats: int = 1,
    signal: float = 1.0,
    noise: float = 0.3,
    seed: int = 0,
    name: str = "planted",
    ends: tuple[str, ...] = ("N", "O", "Cl", "C(=O)O"),
    transfer: tuple[str, ...] = CORES,
) -> Screen:
    """Return a screen in which the end group of each compound sets the profile, whatever its scaffold."""
    rng = np.random.default_rng(seed)
    effect = {end: rng.normal(size=GENES) for end in ends}
    of_cell = rng.normal(size=(cells, GENES)) * 0.5
    smiles = [core.format(chain + end) for core in transfer for chain in CHAINS for end in ends]
    end_of = [end for _ in transfer for _ in CHAINS for end in ends]
    ids = [f"c{i}" for i in range(len(smiles))]
    rows = [(i, c) for i in range(len(ids)) for c in range(cells) for _ in range(repeats)]
    values = np.array([signal * effect[end_of[i]] + of_cell[c] for i, c in rows])
    values += noise * rng.normal(size=values.shape)
    samples = pd.DataFrame(
        {
            "perturbation": [ids[i] for i, _ in rows],
            "cell": [f"cell{c}" if cells > 1 else "" for _, c in rows],
            "dose_um": np.nan,
            "hours": np.nan,
            "batch": "",
            "is_control": False,
            "weight": 1.0,
        }
    )
    perturbations = pd.DataFrame({"id": ids, "kind": "compound", "name": ids, "smiles": smiles})
    perturbations = perturbations.assign(inchikey14="", scaffold="", group="", targets="")
    genes = GeneAxis(tuple(f"G{i}" for i in range(GENES)))
    axis = GeneAxis(tuple(f"B{i}" for i in range(40)))
    block = Block(rng.normal(8.0, 2.0, size=(cells, 40)), axis, Unit.LOG2_EXPRESSION)
    panel = Cells(tuple(f"cell{c}" for c in range(cells)), {"expression": block})
    screen = Screen(name, values.astype(np.float32), genes, Unit.ZSCORE, samples, perturbations, panel)
    return identify(screen).screen


def material(*screens: Screen) -> Material:
    return Material(screens, screens[0], screens[0].cells)


KERNEL = PlanModel(name="tanimoto-kernel-ridge", label="kernel", options={"penalty": 0.3})
FEW = (Reference(name="zero", role="trivial"), Reference(name="mean", role="blind"))


def plan(**changes: object) -> Plan:
    settings = {
        "name": "test",
        "screens": (PlanScreen(name="planted"),),
        "cells": "",
        "folds": 3,
        "models": (KERNEL,),
        "references": FEW,
        "bootstrap": 200,
    }
    return Plan(**{**settings, **changes})
