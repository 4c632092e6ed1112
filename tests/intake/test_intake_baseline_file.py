"""A user's own expression: coverage, orientation, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit
from drugexp.errors import InputError
from drugexp.intake.baseline_file import baseline_from_frame, read_baseline
from drugexp.intake.genes import landmark_axis

GENES = list(landmark_axis().ids)


@pytest.fixture
def frame() -> pd.DataFrame:
    values = np.random.default_rng(0).uniform(2, 14, size=(3, 978)).round(3)
    return pd.DataFrame(values, index=pd.Index(["s1", "s2", "s3"], name="sample"), columns=GENES)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("turned", [False, True])
def test_either_way_round_in_every_format(tmp_path: Path, frame: pd.DataFrame, ending: str, turned: bool) -> None:
    path = tmp_path / f"b{ending}"
    table = (frame.T.rename_axis("gene") if turned else frame).reset_index()
    if ending == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    cells, notes = read_baseline(path)
    block = cells.blocks["expression"]
    assert cells.ids == ("s1", "s2", "s3")
    assert block.unit is Unit.LOG2_EXPRESSION
    assert block.features == landmark_axis()
    np.testing.assert_allclose(block.values, frame.to_numpy(), rtol=1e-6)
    assert any("978 of 978 landmark genes found" in n for n in notes)
    assert any("was turned" in n for n in notes) == turned


def test_a_frame_may_name_its_samples_in_the_index_or_in_the_first_column(frame: pd.DataFrame) -> None:
    for given in (frame, frame.reset_index()):
        assert baseline_from_frame(given)[0].ids == ("s1", "s2", "s3")


def test_unknown_duplicated_and_missing_genes_are_reported(frame: pd.DataFrame) -> None:
    half = frame.iloc[:, :600].assign(NOPE1=3.0, NOPE2=4.0)
    half.insert(0, "gnpda1", half["GNPDA1"] + 2)
    cells, notes = baseline_from_frame(half)
    values = cells.blocks["expression"].values
    np.testing.assert_allclose(values[:, 0], frame["GNPDA1"] + 1, rtol=1e-6)
    assert np.isnan(values[:, 600:]).all()
    report = " ".join(notes)
    assert "600 of 978" in report
    assert "1 given more than once and averaged (GNPDA1)" in report
    assert "2 names are no landmark gene (NOPE1, NOPE2)" in report


def test_under_half_of_the_genes_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"480 of 978 landmark genes found .*at least 50% are needed"):
        baseline_from_frame(frame.iloc[:, :480])


def test_empty_cells_are_missing_and_said(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.iloc[1, 3] = np.nan
    frame.to_csv(tmp_path / "b.csv")
    cells, notes = read_baseline(tmp_path / "b.csv")
    assert np.argwhere(np.isnan(cells.blocks["expression"].values)).tolist() == [[1, 3]]
    assert "1 values of known genes are missing" in " ".join(notes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("inf", "'inf' is infinite"), ("high", "'high' is not a number"), ("5,3", "'5,3' is not a number")],
)
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, frame: pd.DataFrame, text: str, sentence: str) -> None:
    table = frame.astype(object)
    table.iloc[1, 3] = text
    table.to_csv(tmp_path / "b.csv", sep=";")
    with pytest.raises(InputError, match=f"b.csv: sample 's2', gene '{GENES[3]}': {sentence}"):
        read_baseline(tmp_path / "b.csv")


def test_names_must_be_there_and_differ(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"1 samples carry a name twice \(s1\)"):
        baseline_from_frame(frame.set_axis(["s1", "s1", "s3"]))
    with pytest.raises(InputError, match="sample 2 has no name"):
        baseline_from_frame(frame.set_axis(["s1", "", "s3"]))


def test_a_table_of_one_column_or_no_values_is_refused(tmp_path: Path, frame: pd.DataFrame) -> None:
    (tmp_path / "b.csv").write_text("sample\ns1\n")
    with pytest.raises(InputError, match="the table has one column"):
        read_baseline(tmp_path / "b.csv")
    with pytest.raises(InputError, match="no landmark gene has a value"):
        baseline_from_frame(frame * np.nan)
    with pytest.raises(InputError, match="holds no values"):
        baseline_from_frame(frame.iloc[:0])
