"""Wells against their tables, read independently; what shared controls feign."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Screen, Unit


def _pairs(screen: Screen, keys: list[str]) -> np.ndarray:
    """Correlations between all pairs of samples with the same labels."""
    treated = ~screen.samples["is_control"].to_numpy()
    found = []
    for rows in screen.samples[treated].groupby(keys).indices.values():
        profiles = screen.values[np.flatnonzero(treated)[rows]]
        if len(profiles) > 1:
            found.extend(np.corrcoef(profiles)[np.triu_indices(len(profiles), 1)])
    return np.array(found)


@pytest.mark.data
@pytest.mark.parametrize("name", ["l1000_a375_ljp005", "l1000_ht115"])
def test_differences_are_those_to_the_dmso_mean_of_the_plate(read, data_dir: Path, name: str) -> None:
    screen = read(name)
    log2 = pd.read_parquet(data_dir / name / "level3.parquet").set_index("well_id")
    wells = pd.read_csv(data_dir / name / "wells.csv").set_index("well_id").loc[log2.index]
    dmso = log2[wells["pert_type"] == "ctl_vehicle"].groupby(wells["plate"]).mean()
    expected = log2.to_numpy() - dmso.loc[wells["plate"]].to_numpy()
    np.testing.assert_allclose(screen.values, expected, atol=2e-5)
    assert screen.unit is Unit.LOG2FC
    assert screen.samples["is_control"].tolist() == (wells["pert_type"] == "ctl_vehicle").tolist()
    assert screen.samples["is_positive_control"].sum() == (wells["pert_type"] == "trt_poscon").sum()
    assert "DMSO" not in set(screen.perturbations["id"])


@pytest.mark.data
def test_profiles_themselves_can_be_asked_for(read) -> None:
    screen = read("l1000_a375_ljp005", profile="expression")
    assert screen.unit is Unit.LOG2_EXPRESSION
    assert screen.values.min() > 3
    controls = screen.values[screen.samples["is_control"].to_numpy()]
    np.testing.assert_allclose(screen.cells.blocks["expression"].values[0], controls.mean(axis=0), rtol=1e-5)


@pytest.mark.data
def test_replicates_of_ht115_agree_as_its_source_says(read) -> None:
    screen = read("l1000_ht115")
    r = _pairs(screen, ["perturbation", "dose_um"])
    assert len(r) >= 300
    assert r.mean() == pytest.approx(0.18, abs=0.03)


@pytest.mark.data
def test_shared_controls_fake_skill_and_disjoint_halves_do_not(read) -> None:
    whole = read("l1000_ht115")
    first, second = (read("l1000_ht115", control_half=h) for h in (0, 1))

    def score(prediction: Screen, truth: Screen) -> float:
        found = []
        for plate in truth.samples["batch"].unique():
            predicted, true = (
                s.values[((s.samples["batch"] == plate) & ~s.samples["is_control"]).to_numpy()]
                for s in (prediction, truth)
            )
            found += [np.corrcoef(predicted.mean(axis=0), y)[0, 1] for y in true]
        return float(np.mean(found))

    assert score(whole, whole) == pytest.approx(0.30, abs=0.02)
    assert score(first, second) == pytest.approx(0.14, abs=0.02)


@pytest.mark.data
def test_counts_give_the_fold_changes_their_authors_helper_computed(read, data_dir: Path) -> None:
    screen = read("rencell_dge", genes="expressed", prior_cpm=1.0)
    labels = ["plate", "compound", "dose_uM"]
    table = pd.read_parquet(data_dir / "rencell_dge" / "lfc_vs_dmso.parquet").set_index(labels)
    rows = screen.samples[["batch", "perturbation", "dose_um"]].itertuples(index=False)
    expected = table.loc[pd.MultiIndex.from_tuples(rows, names=labels)]
    np.testing.assert_allclose(screen.values, expected[list(screen.genes.ids)], atol=1e-4)
    np.testing.assert_array_equal(screen.samples["n_replicates"], expected["n_reps"])
    theirs = pd.Series(expected["replicate_r"].to_numpy())
    assert screen.samples["replicate_r"].corr(theirs, method="spearman") > 0.9


@pytest.mark.data
def test_wells_of_rencell_hold_no_reagent_and_agree(read) -> None:
    screen = read("rencell_dge", rows="wells", genes="expressed")
    assert screen.samples["is_control"].sum() == 23
    assert len(screen) == 324 + 280 + 23
    r = _pairs(screen, ["batch", "perturbation", "dose_um"])
    assert len(r) == 605
    assert 0.2 < r.mean() < 0.3


@pytest.mark.data
def test_landmarks_of_rencell_are_found_by_older_symbols_too(read) -> None:
    screen = read("rencell_dge")
    assert len(screen.genes) == 960
    assert {"DMAC2L", "CIAO3"} <= set(screen.genes.ids)
