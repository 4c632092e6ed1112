"""The Python face: tables and AnnData in and out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from small_model import SMILES, panel

import drugexp
from drugexp.errors import DataError, InputError, ModelError, UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.learn.pipeline import Pipeline

GENES = list(landmark_axis().ids)


@pytest.fixture(scope="module")
def model(bundles: dict[str, Path]) -> Pipeline:
    return drugexp.load(bundles["zscore"])


def test_text_list_and_table_say_the_same(model: Pipeline) -> None:
    text = drugexp.predict(SMILES[0], cells="MCF7", dose_um=np.float32(10), hours=24, model=model)
    listed = drugexp.predict([SMILES[0]], cells=["MCF7"], dose_um=[10], hours=[24.0], model=model)
    table = pd.DataFrame({"smiles": [SMILES[0]], "compound_id": ["compound1"]}, index=["any"])
    framed = drugexp.predict(table, cells=("MCF7",), dose_um=10.0, hours=np.int64(24), model=model)
    pd.testing.assert_frame_equal(text, listed)
    pd.testing.assert_frame_equal(text, framed)
    assert text.loc[0, "unit"] == "zscore"


def test_a_query_table_with_its_own_types(model: Pipeline) -> None:
    table = pd.DataFrame(
        {
            "SMILES": pd.Categorical(["CCO", "C1CC", "CCN"]),
            "cell": pd.Categorical(["MCF7", "PC3", None]),
            "Dose_uM": [1.5, np.nan, np.nan],
            "hours": pd.array([24, None, None], dtype="Int64"),
            "compound_id": [7, 8, 9],
        },
        index=[5, 5, 6],
    )
    before = table.copy()
    found = drugexp.predict(queries=table, model=model)
    pd.testing.assert_frame_equal(table, before)
    assert found["query_id"].tolist() == ["q1", "q3"]
    assert found["compound_id"].tolist() == ["7", "9"]
    assert found["cell"].tolist() == ["MCF7", ""]
    assert found["hours"].tolist()[0] == 24
    (reject,) = found.attrs["rejects"]
    assert (reject["row"], reject["value"], reject["column"]) == (2, "C1CC", "smiles")


def test_frames_with_rejects_can_be_joined_and_written(model: Pipeline, tmp_path: Path) -> None:
    one, two = (drugexp.predict([s, "C1CC"], model=model) for s in SMILES[:2])
    assert len(pd.concat([one, two])) == 2
    one.to_parquet(tmp_path / "out.parquet")
    assert pd.read_parquet(tmp_path / "out.parquet")["smiles"].tolist() == [SMILES[0]]


def test_anndata_out(model: Pipeline, tmp_path: Path) -> None:
    data = drugexp.predict([*SMILES[:3], "C1CC"], cells="PC3", model=model, output="anndata")
    frame = drugexp.predict(SMILES[:3], cells="PC3", model=model)
    assert np.array_equal(data.X, frame[GENES].to_numpy())
    assert set(data.layers) - {None} == {"sd", "lower", "upper"}
    assert (data.layers["lower"] < data.X).all()
    assert (data.layers["upper"] > data.X).all()
    assert data.var_names.tolist() == GENES
    assert data.uns["drugexp"]["unit"] == "zscore"
    assert data.uns["drugexp"]["model"].startswith("small-zscore")
    assert data.uns["drugexp"]["rejects"]["value"].tolist() == ["C1CC"]
    assert data.obs["smiles"].tolist() == list(SMILES[:3])
    data.write_h5ad(tmp_path / "out.h5ad")
    back = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert back.uns["drugexp"]["unit"] == "zscore"
    assert np.array_equal(back.X, data.X)


def test_a_baseline_as_table_or_anndata_is_the_same(model: Pipeline) -> None:
    values = panel(seed=5).blocks["expression"].values[:2]
    table = pd.DataFrame(values, index=["x", "y"], columns=GENES)
    one = drugexp.predict(SMILES[0], baseline=table, model=model)
    two = drugexp.predict(SMILES[0], baseline=anndata.AnnData(table), model=model)
    pd.testing.assert_frame_equal(one, two)
    assert one["cell"].tolist() == ["x", "y"]
    assert not one["in_domain"].any()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"compounds": []}, UsageError, "no compound was given"),
        ({"compounds": pd.DataFrame({"smiles": []})}, InputError, "no rows"),
        ({"compounds": pd.DataFrame({"SMILES": ["C"]})}, UsageError, "unknown column 'smiles'; nearest: SMILES"),
        ({"queries": pd.DataFrame({"smiles": []})}, InputError, "no rows"),
        ({"compounds": "C1CC"}, InputError, "no row can be used; the first: 'C1CC': not a valid SMILES"),
        ({"compounds": "CCO", "kind": "expression"}, UsageError, "needs a model whose unit is log2fc"),
        ({"compounds": "CCO", "cells": "mcf7"}, UsageError, "nearest: MCF7"),
        ({"compounds": "CCO", "dose_um": -1}, UsageError, "--dose -1"),
    ],
)
def test_mistakes_are_sentences(model: Pipeline, arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        drugexp.predict(**arguments, model=model)


def test_models_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown model 'nothing'"):
        drugexp.load("nothing")
    with pytest.raises(ModelError, match="not a model bundle"):
        drugexp.load(tmp_path)


def test_a_model_in_the_users_cache_has_a_name(bundles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine").symlink_to(bundles["log2fc"])
    assert drugexp.load("mine").unit.value == "log2fc"


def test_a_screen_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no screen folder '.*nothing\.screen'"):
        drugexp.read_screen(tmp_path / "nothing.screen")
    (tmp_path / "empty.screen").mkdir()
    with pytest.raises(DataError, match="this is no whole screen"):
        drugexp.read_screen(tmp_path / "empty.screen")


def test_unknown_names_of_the_package() -> None:
    assert "predict" in dir(drugexp)
    with pytest.raises(AttributeError, match="no attribute 'predictt'"):
        _ = drugexp.predictt


@pytest.mark.parametrize("first", ["drugexp.predict.run", "drugexp.evaluate"])
def test_the_verbs_stay_functions_whatever_was_imported_first(first: str) -> None:
    code = f"import importlib, drugexp; importlib.import_module({first!r})\n"
    code += (
        "for _ in range(2):\n    for verb in drugexp.__all__:\n        assert getattr(drugexp, verb).__name__ == verb\n"
    )
    code += "from drugexp import evaluate, predict\nimport drugexp.predict.writers\n"
    code += "assert callable(predict) and callable(evaluate) and callable(drugexp.predict)\n"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
