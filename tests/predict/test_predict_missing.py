"""Genes that a user's cells lack: filled, and a reason for wider intervals."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from small_model import CELLS, SMILES, panel, small_pipeline

from drugexp import api
from drugexp.contract import Block, Cells, Unit
from drugexp.errors import UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.missing import DRAWS, fill_missing
from drugexp.predict.predictions import Predictions

AXIS = landmark_axis()


@cache
def looks_at_cells() -> Pipeline:
    return small_pipeline(model="cell-ridge")


@cache
def looks_at_no_cell() -> Pipeline:
    return small_pipeline(model="tanimoto-kernel-ridge")


def table(count: int = 2, seed: int = 7) -> pd.DataFrame:
    values = np.random.default_rng(seed).uniform(0, 12, size=(count, len(AXIS)))
    return pd.DataFrame(values, index=[f"mine{i}" for i in range(count)], columns=list(AXIS.ids))


def lacking(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    order = np.random.default_rng(3).permutation(len(AXIS))
    return frame.iloc[:, np.sort(order[round(share * len(AXIS)) :])]


def predicted(frame: pd.DataFrame, model: Pipeline | None = None, fill: str = "mean") -> Predictions:
    found = api.outcome(SMILES[:2], baseline=frame, model=model or looks_at_cells(), fill=fill).predictions
    assert found is not None
    return found


@pytest.mark.parametrize("fill", ["mean", "linear"])
def test_a_complete_baseline_is_predicted_as_ever(fill: str) -> None:
    found = api.outcome(SMILES[:2], baseline=table(), model=looks_at_cells(), fill=fill)
    plain = predicted(table())
    assert found.predictions is not None
    for layer in ("mean", "sd", "lower", "upper"):
        np.testing.assert_array_equal(getattr(found.predictions, layer), getattr(plain, layer))
    assert not any("lack" in note for note in found.notes)


@pytest.mark.parametrize("fill", ["mean", "linear"])
def test_the_more_is_missing_the_wider_the_intervals(fill: str) -> None:
    sds = [predicted(lacking(table(1), share), fill=fill).sd.mean() for share in (0.0, 0.2, 0.5)]
    assert all(b > a for a, b in pairwise(sds)), sds


def test_the_interval_grows_in_squares_and_keeps_its_middle() -> None:
    known = small_pipeline(model="cell-ridge").calibration
    assert known is not None
    whole, part = predicted(table()), predicted(lacking(table(), 0.5))
    np.testing.assert_allclose((part.lower + part.upper) / 2, part.mean, atol=1e-4)
    added = np.sqrt(part.sd.astype(float) ** 2 - whole.sd.astype(float) ** 2)
    moved = np.abs(part.mean - whole.mean)
    assert (part.sd >= whole.sd).all()
    assert added.mean() > 0.3 * moved.mean()


def test_a_model_that_does_not_look_at_cells_is_as_sure_as_before() -> None:
    whole, part = (predicted(t, looks_at_no_cell()) for t in (table(), lacking(table(), 0.5)))
    for layer in ("mean", "sd", "lower", "upper"):
        np.testing.assert_array_equal(getattr(whole, layer), getattr(part, layer))


@pytest.mark.parametrize("fill", ["mean", "linear"])
def test_a_cell_is_predicted_alike_alone_in_company_and_again(fill: str) -> None:
    frame = lacking(table(3), 0.3)
    frame.iloc[2, :40] = np.nan
    together = predicted(frame, fill=fill)
    again = predicted(frame, fill=fill)
    for i, name in enumerate(frame.index):
        alone = predicted(frame.iloc[[i]].dropna(axis=1), fill=fill)
        rows = (together.table["cell"] == name).to_numpy()
        for layer in ("mean", "sd", "lower", "upper"):
            np.testing.assert_array_equal(getattr(together, layer)[rows], getattr(alone, layer))
            np.testing.assert_array_equal(getattr(together, layer), getattr(again, layer))


def test_filled_cells_keep_the_order_of_what_was_measured_on_the_scale_of_the_known_cells() -> None:
    known = panel()
    values = table(1).to_numpy(np.float32)
    values[0, ::3] = np.nan
    own = Block(np.concatenate([values, known.blocks["expression"].values]), AXIS, Unit.LOG2_EXPRESSION)
    cells = Cells(("mine0", *CELLS), {"expression": own})
    filled = fill_missing(cells, known, frozenset({"mine0"}), "linear")
    after = filled.cells.blocks["expression"].values
    measured = np.isfinite(values[0])
    np.testing.assert_array_equal(np.argsort(after[0, measured]), np.argsort(values[0, measured]))
    assert 2 <= after[0, measured].min() < 3  # the known cells lie between 2 and 14, these between 0 and 12
    np.testing.assert_array_equal(after[1:], own.values[1:])
    draws = [next(iter(d.blocks.values())).values for d in filled.drawn()]
    assert len(draws) == DRAWS
    np.testing.assert_array_equal(np.stack(draws)[:, :, measured], np.tile(after[:1, measured], (DRAWS, 1, 1)))
    assert (np.stack(draws)[:, 0, ~measured].std(axis=0) > 0).all()


def test_the_note_says_what_was_filled_and_how() -> None:
    words = {"mean": "stand at the mean", "knn": "most similar cells", "linear": "by ridge regression"}
    for fill, said in words.items():
        notes = api.outcome(SMILES[:1], baseline=lacking(table(), 0.1), model=looks_at_cells(), fill=fill).notes
        (note,) = [n for n in notes if "lack" in n]
        assert "2 of your cells lack 98 of 978 genes (10%)" in note
        assert said in note
        assert "wider for it on average" in note


def test_the_bundled_model_knows_no_shift_of_a_users_cells_and_says_so() -> None:
    found = api.outcome(SMILES[:1], baseline=lacking(table(1), 0.1), fill="linear")
    assert [n for n in found.notes if n.endswith("no prediction depends on them")]
    assert found.predictions is not None
    assert found.predictions.provenance["wider_for_missing_genes"] == 0
    assert found.predictions.provenance["fill"] == "linear"
    assert found.predictions.provenance["gene_table"].startswith("HGNC 20")


def test_an_unknown_way_is_refused_also_where_nothing_is_missing() -> None:
    with pytest.raises(UsageError, match="unknown way to fill missing genes 'media'"):
        predicted(table(), fill="media")
