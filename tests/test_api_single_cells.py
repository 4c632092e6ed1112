"""Predictions from single cells as baselines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import drugexp
from drugexp.errors import UsageError
from drugexp.intake.genes import landmark_axis

anndata = pytest.importorskip("anndata")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of 120 cells of two patients who differ in every gene."""
    rate = np.random.default_rng(0).gamma(1.0, size=(2, 978))
    patient = np.resize([0, 1], 120)
    counts = np.random.default_rng(1).poisson(rate[patient]).astype(np.float32)
    obs = pd.DataFrame({"patient": np.array(["p1", "p2"])[patient]}, index=[f"c{i}" for i in range(120)])
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=list(landmark_axis().ids))).write_h5ad(tmp_path / "a.h5ad")
    return tmp_path / "a.h5ad"


def test_groups_and_cells_are_baselines(path: Path, bundles: dict[str, Path]) -> None:
    model = bundles["log2fc"]
    whole = drugexp.predict("CCO", baseline=path, model=model)
    assert whole["cell"].tolist() == ["a"]
    grouped = drugexp.predict("CCO", baseline=path, group_by="patient", model=model, kind="expression")
    assert grouped["cell"].tolist() == ["p1", "p2"]
    per_cell = drugexp.predict("CCO", baseline=path, per_cell=True, model=model)
    assert len(per_cell) == 120
    genes = list(landmark_axis().ids)
    table = anndata.read_h5ad(path).to_df().groupby(np.resize(["p1", "p2"], 120)).sum()
    by_hand = np.log2(table.div(table.sum(axis=1), axis=0) * 1e6 + 1)
    expected = drugexp.predict("CCO", baseline=by_hand, model=model, kind="expression")
    np.testing.assert_allclose(grouped[genes], expected[genes], atol=1e-4)


def test_groups_need_single_cells(bundles: dict[str, Path]) -> None:
    frame = pd.DataFrame(5.0, index=["s"], columns=list(landmark_axis().ids))
    for given in ({"baseline": frame, "group_by": "patient"}, {"per_cell": True}):
        with pytest.raises(UsageError, match="come out of a file of single cells"):
            drugexp.predict("CCO", model=bundles["log2fc"], **given)


def test_a_layer_is_read_where_one_is_named(tmp_path: Path, bundles: dict[str, Path]) -> None:
    values = np.random.default_rng(0).uniform(2, 12, size=(3, 978))
    var = pd.DataFrame(index=list(landmark_axis().ids))
    data = anndata.AnnData(values, obs=pd.DataFrame(index=["s1", "s2", "s3"]), var=var, layers={"other": values[::-1]})
    data.write_h5ad(tmp_path / "b.h5ad")
    asked = {"model": bundles["log2fc"], "kind": "expression"}
    genes = list(landmark_axis().ids)
    first = drugexp.predict("CCO", baseline=tmp_path / "b.h5ad", **asked)
    other = drugexp.predict("CCO", baseline=tmp_path / "b.h5ad", layer="other", **asked)
    np.testing.assert_allclose(other[genes].to_numpy()[::-1], first[genes].to_numpy(), atol=1e-5)
    with pytest.raises(UsageError, match=r"unknown layer 'othr'; nearest: other"):
        drugexp.predict("CCO", baseline=tmp_path / "b.h5ad", layer="othr", **asked)
    frame = pd.DataFrame(values, columns=genes)
    with pytest.raises(UsageError, match="a layer is chosen in a file"):
        drugexp.predict("CCO", baseline=frame, layer="other", **asked)
    with pytest.raises(UsageError, match="give the baseline too"):
        drugexp.predict("CCO", layer="other", **asked)


def test_labels_of_cells_come_out_of_a_table(path: Path, tmp_path: Path, bundles: dict[str, Path]) -> None:
    pd.DataFrame({"barcode": [f"c{i}" for i in range(120)], "well": np.resize(["A1", "B2", "C3"], 120)}).to_csv(
        tmp_path / "obs.csv", index=False
    )
    found = drugexp.predict("CCO", baseline=path, obs=tmp_path / "obs.csv", group_by="well", model=bundles["log2fc"])
    assert found["cell"].tolist() == ["A1", "B2", "C3"]


def test_cells_are_summed_and_compared_with_their_controls(tmp_path: Path) -> None:
    counts = np.random.default_rng(0).poisson(5.0, size=(80, 30)).astype(np.float32)
    treated = np.resize([False, True], 80)
    counts[treated, 0] += 40
    labels = {"patient": np.resize(["p1", "p1", "p2", "p2"], 80), "drug": np.where(treated, "aspirin", "DMSO")}
    obs = pd.DataFrame(labels, index=[f"c{i}" for i in range(80)])
    var = pd.DataFrame(index=list(landmark_axis().ids[:30]))
    anndata.AnnData(counts, obs=obs, var=var).write_h5ad(tmp_path / "a.h5ad")
    columns = {"compound": "drug", "control_column": "drug", "control": "dmso"}
    found = drugexp.pseudobulk(
        tmp_path / "a.h5ad", ["patient", "drug"], columns=columns, smiles={"aspirin": "CC(=O)Oc1ccccc1C(=O)O"}
    )
    assert found.screen is not None
    assert found.screen.name == "a"
    assert found.screen.values.argmax(axis=1).tolist() == [0, 0]
    p1 = (found.bulk.groups["patient"] == "p1") & (found.bulk.groups["drug"] == "aspirin")
    mine = (labels["patient"] == "p1") & treated
    np.testing.assert_array_equal(found.bulk.sums[p1.to_numpy()][0], counts[mine].sum(axis=0))
    sums = drugexp.pseudobulk(tmp_path / "a.h5ad", ["patient"], changes=False)
    assert (sums.screen, sums.bulk.groups["n_cells"].tolist()) == (None, [40, 40])
    with pytest.raises(UsageError, match=r"unknown role of a column 'compund'.*compound"):
        drugexp.pseudobulk(tmp_path / "a.h5ad", ["patient"], columns={"compund": "drug"})
