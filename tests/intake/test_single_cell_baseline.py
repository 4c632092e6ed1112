"""Single cells as baselines: all, by group, each by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from single_cell_files import write_cells
from test_single_cell_screen import op3

from drugexp.errors import InputError, UsageError
from drugexp.intake.genes import landmark_axis
from drugexp.intake.single_cell.baseline import cells_from_single_cell, holds_single_cells

GENES = [*landmark_axis().ids[:600], "no landmark", landmark_axis().ids[3]]
COUNTS = np.random.default_rng(0).poisson(0.5, size=(120, len(GENES)))
OBS = pd.DataFrame({"patient": np.resize(["p1", "p2"], 120), "kind": ["T"] * 115 + ["B"] * 5})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_cells(tmp_path / "mine.h5ad", COUNTS, OBS, genes=[*GENES[:-1], GENES[3].lower()])


def _expected(rows: np.ndarray) -> np.ndarray:
    """Return log2(CPM + 1) of the sum of some cells on the 600 landmark genes."""
    total = COUNTS[rows].sum(axis=0).astype(float)
    total[3] += total[-1]  # the last column is the fourth gene again
    return np.log2(total[:600] / COUNTS[rows].sum() * 1e6 + 1)


def test_all_cells_are_one_baseline(path: Path) -> None:
    cells, notes = cells_from_single_cell(path)
    assert cells.ids == ("mine",)
    values = cells.blocks["expression"].values
    assert values.shape == (1, 978)
    np.testing.assert_allclose(values[0, :600], _expected(np.arange(120)), rtol=1e-5)
    assert np.isnan(values[0, 600:]).all()
    assert notes == (
        "120 cells, summed to 1 baselines in log2(CPM + 1)",
        "600 of 978 landmark genes found (61%)",
    )


@pytest.mark.parametrize("form", ["dense", "csr", "csc"])
@pytest.mark.parametrize("entries", [2000, 10**6])
def test_each_group_is_a_baseline(tmp_path: Path, form: str, entries: int) -> None:
    path = write_cells(tmp_path / "a.h5ad", COUNTS, OBS, genes=[*GENES[:-1], GENES[3].lower()], form=form)
    cells, notes = cells_from_single_cell(path, ["patient", "kind"], entries=entries)
    assert cells.ids == ("p1/B", "p1/T", "p2/B", "p2/T")
    for name, values in zip(cells.ids, cells.blocks["expression"].values, strict=True):
        rows = np.flatnonzero((OBS["patient"] + "/" + OBS["kind"] == name).to_numpy())
        np.testing.assert_allclose(values[:600], _expected(rows), rtol=1e-5)
    assert notes[0] == "2 groups have fewer than 10 cells (p1/B, p2/B): noisy baselines"


def test_each_cell_is_a_baseline(path: Path) -> None:
    cells, _ = cells_from_single_cell(path, per_cell=True, entries=5000)
    assert cells.ids == tuple(f"cell{i}" for i in range(120))
    for row in (0, 57, 119):
        np.testing.assert_allclose(cells.blocks["expression"].values[row, :600], _expected(np.array([row])), rtol=1e-5)
    with pytest.raises(UsageError, match="--per-cell and --group-by ask for different baselines"):
        cells_from_single_cell(path, ["patient"], per_cell=True)


def test_of_a_known_study_only_controls_are_taken(tmp_path: Path) -> None:
    obs = op3()
    counts = np.where(obs[["sm_name"]] == "Dimethyl Sulfoxide", [[1, 3]], [[9, 9]])
    cells, notes = cells_from_single_cell(write_cells(tmp_path / "a.h5ad", counts, obs, genes=GENES[:2]), ["donor_id"])
    assert "only the control cells are taken (sm_name = Dimethyl Sulfoxide)" in notes[0]
    np.testing.assert_allclose(cells.blocks["expression"].values[:, :2], np.log2([[250_001, 750_001]] * 2), rtol=1e-6)
    with pytest.raises(InputError, match="no cell is a control: column 'sm_name' never holds"):
        cells_from_single_cell(
            write_cells(tmp_path / "b.h5ad", counts[:1], obs[obs["sm_name"] == "X"].iloc[:1], genes=GENES[:2])
        )


def test_a_small_panel_is_taken_with_a_warning(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "a.h5ad", COUNTS[:, :35], OBS, genes=GENES[:35])
    _, notes = cells_from_single_cell(path)
    assert notes[-1].startswith("35 of 978 landmark genes found (4%): the others stand at the mean")
    with pytest.raises(InputError, match="none of the landmark genes"):
        cells_from_single_cell(write_cells(tmp_path / "b.h5ad", COUNTS[:, :2], OBS, genes=["a", "b"]))
    empty = write_cells(tmp_path / "c.h5ad", COUNTS[:, :2] * 0, OBS, genes=GENES[:2])
    with pytest.raises(InputError, match="baseline 'c' holds no count at all"):
        cells_from_single_cell(empty)


def test_single_cells_are_told_from_other_files(tmp_path: Path, path: Path) -> None:
    assert holds_single_cells(path)
    assert not holds_single_cells(write_cells(tmp_path / "few.h5ad", COUNTS[:12], OBS[:12]))
    assert not holds_single_cells(write_cells(tmp_path / "log.h5ad", np.log1p(COUNTS), OBS))
    bulk = np.random.default_rng(0).poisson(300.0, size=COUNTS.shape)
    assert not holds_single_cells(write_cells(tmp_path / "bulk.h5ad", bulk, OBS))
    assert not holds_single_cells(tmp_path / "none.h5ad")
    assert not holds_single_cells(tmp_path / "a.csv")
