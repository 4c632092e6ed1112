"""Whole blocks that cells lack: predicted from the others, less sure, and said so."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import CELLS, SMILES, panel, small_screen

from drugexp import api
from drugexp.contract import Block, Cells, GeneAxis, Screen, Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.intake.omics.joining import with_blocks
from drugexp.learn.identity import identify
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.recipe import CalibrationChoice, ModelChoice, Recipe, ScreenChoice
from drugexp.learn.training import train
from drugexp.predict.gaps import find_gaps
from drugexp.predict.missing import DRAWS, fill_missing
from drugexp.registry import discover

GENES = tuple(landmark_axis().ids[:40])
TWELVE = tuple(f"LINE{i}" for i in range(12))


def omics(cells: tuple[str, ...] = TWELVE, seed: int = 5) -> dict[str, pd.DataFrame]:
    """Return mutations and numbers of copies of cells; neither tells the other."""
    rng = np.random.default_rng(seed)
    mutated = (rng.random((len(cells), len(GENES))) < 0.4).astype(int)
    copies = rng.normal(size=(len(cells), len(GENES)))
    return {
        "mutation": pd.DataFrame(mutated, index=list(cells), columns=list(GENES)),
        "copy_number": pd.DataFrame(copies, index=list(cells), columns=list(GENES)),
    }


def known() -> Cells:
    values = np.random.default_rng(0).uniform(2, 14, size=(len(TWELVE), len(landmark_axis())))
    blocks = {"expression": Block(values, landmark_axis(), Unit.LOG2_EXPRESSION)}
    tables = omics()
    axis = GeneAxis(GENES)
    blocks["mutation"] = Block(tables["mutation"].to_numpy(np.float32), axis, Unit.LABEL)
    blocks["copy_number"] = Block(tables["copy_number"].to_numpy(np.float32), axis, Unit.COPY_RATIO)
    return Cells(TWELVE, blocks)


@cache
def screen() -> Screen:
    """Return profiles to which the first mutations and copies of a cell add much."""
    base = small_screen()
    cells = known()
    rng = np.random.default_rng(1)
    rows = np.resize(np.arange(len(TWELVE)), len(base))
    effect = 0.0
    for name in ("mutation", "copy_number"):
        block = cells.blocks[name].values[:, :6]
        effect = effect + (block - block.mean(axis=0)) @ rng.normal(size=(6, len(base.genes)))
    samples = base.samples.assign(cell=[TWELVE[i] for i in rows])
    values = base.values + np.asarray(effect)[rows]
    return identify(replace(base, values=values, samples=samples, cells=Cells(TWELVE)), cells).screen


@cache
def model(*features: str) -> Pipeline:
    recipe = Recipe(
        name="blocks",
        model=ModelChoice(name="ridge", options={"cell_features": list(features)}),
        screens=(ScreenChoice(name="planted"),),
        calibration=CalibrationChoice(folds=3),
    )
    return train(recipe, [screen()], known(), discover())


def written(folder: Path, tables: dict[str, pd.DataFrame]) -> dict[str, Path]:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index_label="cell")
    return {name: folder / f"{name}.csv" for name in tables}


MINE = omics(("MINE1", "MINE2"), seed=9)


@pytest.mark.parametrize("features", [("mutation", "copy_number"), ("omics_early",), ("mofa",)])
def test_a_cell_without_a_block_is_predicted_less_surely_and_told_of(tmp_path: Path, features: tuple[str, ...]) -> None:
    files = written(tmp_path, MINE)
    whole = api.outcome(SMILES[:2], omics=files, model=model(*features))
    part = api.outcome(SMILES[:2], omics={"mutation": files["mutation"]}, model=model(*features))
    assert whole.predictions is not None
    assert part.predictions is not None
    assert part.predictions.sd.mean() > 1.05 * whole.predictions.sd.mean()
    (note,) = [n for n in part.notes if "copy_number" in n and "predicted from what is there" in n]
    assert "MINE1, MINE2 lack" in note
    assert "wider for it on average" in note


def test_no_block_that_the_model_reads_is_lacking_and_nothing_is_wider(tmp_path: Path) -> None:
    files = written(tmp_path, MINE)
    only = model("mutation")
    whole = api.outcome(SMILES[:2], omics=files, model=only)
    part = api.outcome(SMILES[:2], omics={"mutation": files["mutation"]}, model=only)
    assert whole.predictions is not None
    assert part.predictions is not None
    np.testing.assert_array_equal(whole.predictions.sd, part.predictions.sd)
    assert [n for n in part.notes if n.endswith("no prediction depends on them")]


def test_what_is_wider_covers_what_the_block_would_have_changed(tmp_path: Path) -> None:
    both = model("mutation", "copy_number")
    many = omics(tuple(f"N{i}" for i in range(30)), seed=11)
    files = written(tmp_path, many)
    whole = api.predict(SMILES[0], omics=files, model=both)
    found = api.outcome([SMILES[0]], omics={"mutation": files["mutation"]}, model=both).predictions
    assert found is not None
    genes = list(found.genes.ids)
    moved = np.abs(whole[genes].to_numpy() - found.mean)
    # Most of what the missing block moves is inside of what the interval grew by.
    assert (moved <= (found.upper - found.lower) / 2).mean() > 0.8


def test_a_cell_is_drawn_alike_alone_and_in_company(tmp_path: Path) -> None:
    both = model("mutation", "copy_number")
    files = written(tmp_path, MINE)
    together = api.outcome([SMILES[0]], omics={"mutation": files["mutation"]}, model=both).predictions
    one = tmp_path / "one.csv"
    MINE["mutation"].iloc[[1]].to_csv(one, index_label="cell")
    alone = api.outcome([SMILES[0]], omics={"mutation": one}, model=both).predictions
    assert together is not None
    assert alone is not None
    np.testing.assert_array_equal(together.sd[1], alone.sd[0])
    np.testing.assert_array_equal(together.mean[1], alone.mean[0])


def test_a_known_cell_that_lacks_a_block_is_less_sure_too() -> None:
    cells = known()
    values = cells.blocks["copy_number"].values.copy()
    values[3] = np.nan
    gappy = Cells(cells.ids, {**cells.blocks, "copy_number": Block(values, GeneAxis(GENES), Unit.COPY_RATIO)})
    pipeline = replace(model("mutation", "copy_number"), cells=gappy)
    found = api.outcome([SMILES[0]], cells=[TWELVE[3], TWELVE[4]], model=pipeline)
    assert found.predictions is not None
    assert found.predictions.sd[0].mean() > 1.05 * found.predictions.sd[1].mean()
    assert [n for n in found.notes if n.startswith(f"{TWELVE[3]} lacks copy_number")]


def test_one_donor_lends_all_that_is_lacking() -> None:
    cells = known()
    bare = {name: Block(np.full((1, len(b.features)), np.nan), b.features, b.unit) for name, b in cells.blocks.items()}
    bare["expression"] = Block(cells.blocks["expression"].values[:1], landmark_axis(), Unit.LOG2_EXPRESSION)
    filled = fill_missing(Cells(("mine",), bare), cells, frozenset({"mine"}))
    (gap,) = find_gaps(filled.cells, cells, DRAWS)
    assert gap.blocks == ("copy_number", "mutation")
    for drawn, donor in zip(filled.drawn(), gap.donors, strict=True):
        for name in gap.blocks:
            np.testing.assert_array_equal(drawn.blocks[name].values[0], cells.blocks[name].values[donor])
        np.testing.assert_array_equal(drawn.blocks["expression"].values, bare["expression"].values)


def test_blocks_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    both = model("mutation", "copy_number")
    strange = tmp_path / "strange.csv"
    pd.DataFrame({"NOGENE": [0, 1]}, index=["A", "B"]).to_csv(strange, index_label="cell")
    with pytest.raises(InputError, match="shares no feature"):
        api.predict(SMILES[0], omics={"mutation": strange}, model=both)
    calls = tmp_path / "calls.csv"
    frame = pd.DataFrame(np.resize([-2, -1, 0, 1, 2], (3, len(GENES))), index=list("ABC"), columns=list(GENES))
    frame.to_csv(calls, index_label="cell")
    with pytest.raises(InputError, match="the model learnt"):
        api.predict(SMILES[0], omics={"copy_number": calls}, model=both)
    with pytest.raises(InputError, match="the model knows cells by their"):
        api.predict(SMILES[0], omics={"methylation": _fractions(tmp_path)}, model=both)
    with pytest.raises(UsageError, match="unknown block"):
        api.predict(SMILES[0], omics={"mutations": calls}, model=both)


def _fractions(folder: Path) -> Path:
    table = pd.DataFrame(np.random.default_rng(0).random((2, 3)), index=["A", "B"], columns=list(GENES[:3]))
    table.to_csv(folder / "m.csv", index_label="cell")
    return folder / "m.csv"


def test_blocks_are_added_to_known_cells_by_name() -> None:
    axis = GeneAxis(("A", "B"))
    more = Cells(("mcf-7", "T47D"), {"mutation": Block(np.array([[0, 1], [1, 1]]), axis, Unit.LABEL)})
    cells, notes = with_blocks(panel(), more)
    assert cells.ids == CELLS
    np.testing.assert_array_equal(cells.blocks["mutation"].values[0], [0, 1])
    assert np.isnan(cells.blocks["mutation"].values[1:]).all()
    assert notes == ("mutation is known of 1 of 4 cells",)
