"""From queries to predictions: order, identity of compounds, units and intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_model import SMILES, small_pipeline

import drugexp
from drugexp.contract import Unit
from drugexp.intake.genes import landmark_axis
from drugexp.predict.inputs import gather
from drugexp.predict.queries import grid

GENES = list(landmark_axis().ids)


@pytest.fixture(scope="module")
def model(bundles):
    return drugexp.load(bundles["zscore"])


def compounds(*smiles: str) -> pd.DataFrame:
    return gather(list(smiles))


def test_a_grid_runs_compound_by_cell_by_dose_by_time() -> None:
    found = grid(compounds("CCO", "C1CC", "CCN"), ["A", "B"], [1.0, 10.0], [6.0, 24.0])
    wanted = [(s, c, d, h) for s in ("CCO", "CCN") for c in "AB" for d in (1, 10) for h in (6, 24)]
    assert list(found.table[["smiles", "cell", "dose_um", "hours"]].itertuples(index=False, name=None)) == wanted
    assert found.table["query_id"].tolist() == [f"q{i + 1}" for i in range(16)]
    assert found.rejects[["row", "value"]].to_numpy().tolist() == [[2, "C1CC"]]


def test_writings_of_one_structure_are_one_compound_and_keep_their_rows() -> None:
    found = grid(compounds("CCO", "OCC", "CCO", "CC[O-].[Na+]"), [], [], [])
    assert len(found) == 4
    assert len(found.compounds) == 1
    assert found.compound_index.tolist() == [0, 0, 0, 0]


def test_the_same_query_alone_in_company_and_in_reverse(model) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "smiles": rng.choice(SMILES, 300),
            "cell": rng.choice(["MCF7", "PC3", ""], 300),
            "dose_um": rng.choice([1.0, 9.0], 300),
        }
    )
    whole = drugexp.predict(queries=table, model=model)[GENES].to_numpy()
    turned = drugexp.predict(queries=table[::-1], model=model)[GENES].to_numpy()[::-1]
    # This model multiplies by BLAS outside of the tiles, whose sums depend on the size: 1e-5 instead of bitwise.
    assert np.allclose(whole, turned, atol=1e-5)
    for row in (0, 150, 299):
        alone = drugexp.predict(queries=table.iloc[[row]], model=model)[GENES].to_numpy()
        assert np.allclose(alone, whole[[row]], atol=1e-5)


def test_two_compounds_never_get_one_profile(model) -> None:
    found = drugexp.predict(SMILES, cells="MCF7", model=model)
    values = found[GENES].to_numpy()
    assert len(np.unique(values.round(5), axis=0)) == len(SMILES)
    assert found["nearest_similarity"].tolist() == [1.0] * len(SMILES)
    # All of its neighbours are here, so the density is the mean of a compound and of nine that are less like it.
    assert found["density"].between(0.2, 0.9).all()
    assert found["in_domain"].all()


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_the_sd_does_not_depend_on_the_coverage_asked_for(coverage: float) -> None:
    """Residuals are near normal here, so that sd times the normal quantile is the half-width of any interval."""
    pipeline = small_pipeline(Unit.LOG2FC, coverage=coverage)
    data = drugexp.predict(SMILES[:2], cells="MCF7", model=pipeline, output="anndata")
    normal = {0.8: 1.2815516, 0.9: 1.6448536}[coverage]
    assert np.allclose(data.layers["upper"] - data.layers["lower"], 2 * normal * data.layers["sd"], rtol=1e-4)
    assert data.uns["drugexp"]["coverage"] == coverage


def test_every_cell_of_the_training_data_can_be_named() -> None:
    """Also where the recipe names no panel of cell lines."""
    from small_model import small_screen

    from drugexp.contract import Cells
    from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
    from drugexp.learn.training import train
    from drugexp.registry import discover

    recipe = Recipe(
        name="no-panel",
        cells="",
        model=ModelChoice(name="tanimoto-kernel-ridge"),
        screens=(ScreenChoice(name="small"),),
        calibration=CalibrationChoice(folds=2),
    )
    pipeline = train(recipe, [small_screen()], Cells(()), discover())
    assert pipeline.cells.ids == ("MCF7", "A549", "PC3")
    one, two = (drugexp.predict("CCO", cells=c, model=pipeline)[GENES].to_numpy() for c in ("MCF7", "PC3"))
    assert np.abs(one - two).max() > 0.1
