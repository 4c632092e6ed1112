"""Hepatocytes, pairs, top genes and knock-downs against their tables, read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import CENSORED, MISSING, OBSERVED, Unit

pytestmark = pytest.mark.data


def test_hepatocytes_keep_folds_doses_and_compounds_without_structure(read, data_dir: Path) -> None:
    screen = read("tggates_phh")
    table = pd.read_parquet(data_dir / "tggates_phh" / "lfc.parquet")
    folds = pd.read_csv(data_dir / "tggates_phh" / "compounds.csv").set_index("compound")["fold"]
    np.testing.assert_array_equal(screen.values, table[list(screen.genes.ids)].to_numpy())
    np.testing.assert_array_equal(screen.samples["fold"], folds.loc[table["compound"]])
    np.testing.assert_array_equal(screen.samples["dose_um"], table["dose_um"])
    assert (screen.perturbations["smiles"] == "").sum() == 11
    assert screen.samples["weight"].mean() == pytest.approx(1.0)
    assert screen.cells.ids == ("PHH",)


def test_effects_of_hepatocytes_are_differences_of_their_arrays(read, data_dir: Path) -> None:
    screen = read("tggates_phh")
    arrays = pd.read_parquet(data_dir / "tggates_phh" / "expression_log2.parquet").set_index("sample_id")
    arrays.index = arrays.index.astype("int64")
    about = pd.read_csv(data_dir / "tggates_phh" / "samples.csv").set_index("sample_id").loc[arrays.index]
    keys = ["compound", "hours", "dose_level"]
    mean = arrays.groupby([about[k] for k in keys]).mean()
    row = screen.samples.iloc[5]
    treated = mean.loc[(row["perturbation"], row["hours"], row["dose_level"])]
    control = mean.loc[(row["perturbation"], row["hours"], "Control")]
    difference = (treated - control)[list(screen.genes.ids)].to_numpy()
    assert np.corrcoef(difference, screen.values[5])[0, 1] > 0.95


def test_pairs_are_treated_minus_control(read, data_dir: Path) -> None:
    screen = read("transigen")
    before, after = (
        pd.read_parquet(data_dir / "transigen" / f"pairs100_{which}.parquet").set_index("sig_id")
        for which in ("control", "treated")
    )
    genes = list(screen.genes.ids)
    difference = after[genes] - before.loc[after.index, genes]
    np.testing.assert_allclose(screen.values, difference.to_numpy(), atol=1e-5)
    assert len(screen.perturbations) == 14
    assert len(screen.cells.ids) == 43
    a549 = screen.cells.blocks["expression"].values[screen.cells.ids.index("A549")]
    np.testing.assert_allclose(a549, before.loc[before["cell"] == "A549", genes].mean(), rtol=1e-5)


def test_unlisted_genes_are_censored_below_the_listed_ones(read, data_dir: Path) -> None:
    screen = read("fastpert_top20")
    table = pd.read_parquet(data_dir / "fastpert_top20" / "top20.parquet")
    assert screen.unit is Unit.RANK_EFFECT
    assert len(screen) == 7509
    assert screen.state is not None
    assert screen.bound is not None
    listed = table[(table["lfc"] >= -5) & table["gene"].isin(screen.genes.ids)]
    assert (screen.state == OBSERVED).sum() == len(listed)
    assert (screen.state == MISSING).sum() == (table[table["gene"].isin(screen.genes.ids)]["lfc"] < -5).sum()
    assert (screen.values[screen.state == CENSORED] == 0).all()
    observed = np.where(screen.state == OBSERVED, np.abs(screen.values), np.inf)
    assert (observed >= screen.bound[:, None] - 1e-6).all()
    pair = screen.samples.iloc[100]
    rows = table[(table["compound"] == pair["perturbation"]) & (table["cell"] == pair["cell"])]
    assert screen.bound[100] == pytest.approx(rows["lfc"].abs().min())
    for gene, lfc in rows[["gene", "lfc"]].itertuples(index=False):
        if gene in screen.genes:
            assert screen.values[100, screen.genes.positions([gene])[0]] == pytest.approx(lfc)


def test_a_higher_count_keeps_fewer_genes(read) -> None:
    assert len(read("fastpert_top20", min_count=100).genes) == 88


def test_knockdowns_lower_their_own_gene(read, data_dir: Path) -> None:
    screen = read("knockdown_6lines")
    assert len(screen) == 5125
    assert set(screen.perturbations["kind"]) == {"knockdown"}
    gene = screen.samples["perturbation"].str.removeprefix("KD:")
    own = screen.genes.positions(gene)
    assert screen.state is not None
    rows = np.arange(len(screen))
    seen = screen.state[rows, own] == OBSERVED
    effect = pd.Series(screen.values[rows, own][seen]).groupby(screen.samples["cell"][seen].to_numpy()).median()
    assert effect.between(-0.85, -0.15).all()
    table = pd.read_parquet(data_dir / "knockdown_6lines" / "A375.parquet").set_index("measured_gene")
    row = int(np.flatnonzero((screen.samples["cell"] == "A375") & (gene == "COQ8A"))[0])
    expected = np.log2(table["KD_ADCK3"].clip(lower=100) / table["control_last_column"].clip(lower=100))
    assert screen.values[row, own[row]] == pytest.approx(expected["ADCK3"], abs=1e-5)


def test_genes_that_a_line_does_not_measure_are_missing_there(read) -> None:
    screen = read("knockdown_6lines")
    assert screen.state is not None
    for cell, measured in {"A375": 938, "MCF7": 636, "PC3": 742}.items():
        rows = (screen.samples["cell"] == cell).to_numpy()
        assert ((screen.state[rows] == OBSERVED).sum(axis=1) == measured).all()
