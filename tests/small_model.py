"""A small model of 42 real compounds in three cell lines, trained in a second, with all 978 genes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from drugexp.contract import Block, Cells, Screen, Unit
from drugexp.intake.genes import landmark_axis
from drugexp.learn.identity import identify
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.registry import discover

CORES = ("c1ccc({})cc1", "c1ccc2cc({})ccc2c1", "C1CCC({})CC1", "c1cc({})ccn1", "C1CCN({})CC1", "c1cc({})sc1")
ENDS = ("N", "O", "Cl", "C(=O)O", "C(F)(F)F", "S(=O)(=O)N", "C#N")
SMILES = tuple(core.format("C" + end) for core, end in product(CORES, ENDS))
CELLS = ("MCF7", "A549", "PC3", "HEPG2")
"""The last one is known by name, but no effect of it was learnt."""


def panel(seed: int = 0) -> Cells:
    """Return log2 expression of the four cell lines on the landmark genes."""
    values = np.random.default_rng(seed).uniform(2, 14, size=(len(CELLS), len(landmark_axis())))
    return Cells(CELLS, {"expression": Block(values, landmark_axis(), Unit.LOG2_EXPRESSION)})


def small_screen(unit: Unit = Unit.ZSCORE, seed: int = 0) -> Screen:
    """Return profiles set by the end group of each compound and by the cell, with a little noise."""
    rng = np.random.default_rng(seed)
    genes = landmark_axis()
    effect = {end: rng.normal(size=len(genes)) for end in ENDS}
    of_cell = {cell: 0.5 * rng.normal(size=len(genes)) for cell in CELLS[:3]}
    ids = [f"c{i}" for i in range(len(SMILES))]
    rows = list(product(range(len(SMILES)), CELLS[:3]))
    values = np.array([effect[ENDS[i % len(ENDS)]] + of_cell[cell] for i, cell in rows])
    samples = pd.DataFrame(
        {
            "perturbation": [ids[i] for i, _ in rows],
            "cell": [cell for _, cell in rows],
            "dose_um": np.resize([1.0, 10.0], len(rows)),
            "hours": 24.0,
            "batch": "",
            "is_control": False,
            "weight": 1.0,
        }
    )
    blank = dict.fromkeys(("inchikey14", "scaffold", "group", "targets"), "")
    compounds = pd.DataFrame({"id": ids, "kind": "compound", "name": ids, "smiles": SMILES, **blank})
    values = values + 0.3 * rng.normal(size=values.shape)
    screen = Screen(f"small_{unit.value}", values, genes, unit, samples, compounds, Cells(CELLS[:3]))
    return identify(screen, panel()).screen


def small_pipeline(
    unit: Unit = Unit.ZSCORE, *, model: str = "tanimoto-kernel-ridge", coverage: float = 0.9
) -> Pipeline:
    """Return a calibrated pipeline."""
    recipe = Recipe(
        name=f"small-{unit.value}",
        model=ModelChoice(name=model),
        screens=(ScreenChoice(name="small"),),
        calibration=CalibrationChoice(folds=3, coverage=coverage),
    )
    return train(recipe, [small_screen(unit)], panel(), discover())
