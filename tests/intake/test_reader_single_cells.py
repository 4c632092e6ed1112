"""The single-cell sets of the data folder."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import anndata
import numpy as np
import pytest

from drugexp.contract import Unit
from drugexp.intake.single_cell.pseudobulk import pseudobulk

pytestmark = pytest.mark.data
PATIENTS = ("PW030", "PW032", "PW034", "PW036", "PW040")


def test_sums_of_real_counts_are_those_of_a_dense_sum(data_dir: Path) -> None:
    path = data_dir / "sc_gbm_panobinostat" / "counts.h5ad"
    whole = anndata.read_h5ad(path)
    dense = whole.X.toarray().astype(np.int64)
    found = pseudobulk(path, ["patient_id", "condition"], gene_column="index", entries=10_000)
    assert len(found.sums) == 10
    assert found.genes.ids == tuple(whole.var_names)
    for row, group in zip(found.sums, found.groups.itertuples(), strict=True):
        mask = (whole.obs["patient_id"] == group.patient_id) & (whole.obs["condition"] == group.condition)
        assert group.n_cells == mask.sum() == 500
        np.testing.assert_array_equal(row, dense[mask.to_numpy()].sum(axis=0))


def test_glioblastoma_patients_agree_as_measured(read) -> None:
    screen = read("sc_gbm_panobinostat")
    assert screen.unit is Unit.LOG2FC
    assert screen.values.shape == (5, 300)
    assert tuple(screen.samples["cell"]) == screen.cells.ids == PATIENTS
    assert set(screen.samples["dose_um"]) == {0.2}
    assert screen.perturbations["name"].tolist() == ["panobinostat"]
    assert screen.perturbations["smiles"].iat[0].endswith("C(=O)NO)cc1")
    between = [np.corrcoef(screen.values[a], screen.values[b])[0, 1] for a, b in combinations(range(5), 2)]
    np.testing.assert_allclose([np.mean(between), min(between), max(between)], [0.44, 0.16, 0.68], atol=0.005)
    mean = dict(zip(screen.genes.ids, screen.values.mean(axis=0), strict=True))
    assert mean["MT2A"] > 1
    assert mean["CD14"] < -1
    assert screen.cells.blocks["expression"].unit is Unit.LOG2_EXPRESSION


def test_pc9_cells_are_read(read) -> None:
    screen = read("sc_pc9_erlotinib")
    assert (len(screen), screen.cells.ids) == (1, ("PC9",))
    assert len(screen.genes) > 12_000
    assert screen.samples[["n_cells", "n_control_cells", "hours"]].to_numpy().tolist() == [[1075, 360, 264]]
