"""Which cells a ranking means, however they are spelt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import drugexp
from drugexp.api.responding import Ranked
from drugexp.errors import UsageError
from drugexp.simulate.responses import ResponseOptions, simulate_responses


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("api_response")
    made = simulate_responses(ResponseOptions(cells=24, compounds=10, genes=8))
    made.table.to_csv(where / "r.csv", index=False)
    spelt = {f"CELL{i + 1:03d}": f"Cell-{i + 1:03d}" for i in range(24)}
    made.expression.rename(index=spelt).to_csv(where / "x.csv")
    return where


def _rank(folder: Path, **more: Any) -> Ranked:
    return drugexp.rank_response(folder / "r.csv", blocks={"expression": folder / "x.csv"}, folds=2, **more)


def test_a_line_spelt_as_in_the_block_is_the_line_of_the_responses(folder: Path) -> None:
    tables = [_rank(folder, cells=[name]).table for name in ("CELL003", "Cell-003", "cell003")]
    assert set(tables[0]["cell"]) == {"CELL003"}
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    assert tables[0]["measured"].notna().any()


def test_a_profile_with_the_name_of_a_known_cell_is_that_cell_never_treated(folder: Path) -> None:
    own = pd.read_csv(folder / "x.csv", index_col=0).loc[["Cell-003"]].rename(index={"Cell-003": "CELL003"})
    own.to_csv(folder / "p.csv")
    by_profile = _rank(folder, profiles={"expression": folder / "p.csv"})
    by_name = _rank(folder, cells=["CELL003"]).table
    assert any("whose responses are not used" in note for note in by_profile.notes)
    assert by_profile.table["measured"].isna().all()
    assert np.allclose(by_profile.table["predicted"], by_name["predicted"])


def test_an_unknown_cell_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="unknown cell line 'HELA'"):
        _rank(folder, cells=["HELA"])


def test_half_a_profile_is_told(folder: Path) -> None:
    pd.DataFrame({"GENE1": [7.0], "GENE2": [6.0]}, index=["P1"]).to_csv(folder / "half.csv")
    found = _rank(folder, profiles={"expression": folder / "half.csv"})
    assert "expression: the profiles have 25% of the features; the others stand at the mean" in found.notes
