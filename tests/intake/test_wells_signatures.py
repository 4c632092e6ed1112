"""Signatures out of planted wells, and out of the real sets with the agreement that is known of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plates_of_wells import COMPOUNDS, PLATES, Planted, planted_wells

from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.wells.agreement import Agreement
from drugexp.intake.wells.signatures import Signatures, signatures
from drugexp.intake.wells.source import Wells, read_wells

Made = Callable[..., Signatures]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return planted_wells()


@pytest.fixture(scope="module")
def wells(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Wells:
    path = tmp_path_factory.mktemp("wells") / "planted.csv"
    planted.table().to_csv(path, index=False)
    return read_wells(path)


def _to_truth(found: Signatures, planted: Planted) -> float:
    """Mean correlation of the signatures with what was planted."""
    names = found.screen.samples["perturbation"]
    return float(
        np.mean([np.corrcoef(v, planted.truth[n])[0, 1] for n, v in zip(names, found.screen.values, strict=True)])
    )


def _row(found: Signatures, normalise: str, pairs: str) -> Agreement:
    return next(a for a in found.agreement if (a.normalise, a.pairs) == (normalise, pairs))


def test_the_plate_goes_away_and_an_outlier_counts_little(wells: Wells, planted: Planted) -> None:
    found = {m: signatures(wells, {"collapse": m}) for m in ("modz", "mean", "none")}
    screen = found["modz"].screen
    assert (len(screen), screen.unit) == (COMPOUNDS, Unit.LOG2FC)
    assert set(screen.samples["n_replicates"]) == {len(PLATES)}
    assert set(screen.samples["batch"]) == {"P1|P2|P3|P4"}
    to_truth = {m: _to_truth(f, planted) for m, f in found.items()}
    assert to_truth["modz"] > 0.9
    assert to_truth["modz"] > to_truth["mean"] + 0.05
    assert len(found["none"].screen) == COMPOUNDS * len(PLATES)
    assert to_truth["none"] < to_truth["mean"]


def test_planted_replicates_agree_beyond_chance(wells: Wells) -> None:
    between = _row(signatures(wells), "control-difference", "between")
    assert (between.conditions, between.n_pairs) == (COMPOUNDS, COMPOUNDS * 6)
    assert between.replicates.mean > 0.4
    assert abs(between.chance.mean) < 0.05
    assert between.replicates.low > between.chance.high
    assert between.beyond == 1.0
    strong = signatures(wells)
    assert np.median(strong.screen.samples["tas"]) > np.quantile(strong.chance_tas, 0.95)


def test_cells_that_share_a_plate_have_their_own_controls(planted: Planted, tmp_path: Path) -> None:
    """Wells of a second line, three units higher, stand on the same plates: the signatures stay what they were."""
    table, other = planted.table(), planted.table()
    other["cell_id"] = "MCF7"
    other[list(planted.log2.columns)] += np.linspace(-3, 3, planted.log2.shape[1])
    pd.concat([table, other]).to_csv(tmp_path / "two.csv", index=False)
    table.to_csv(tmp_path / "one.csv", index=False)
    one, two = (signatures(read_wells(tmp_path / f"{name}.csv")).screen for name in ("one", "two"))
    for cell in ("A375", "MCF7"):
        mine = two.take((two.samples["cell"] == cell).to_numpy())
        np.testing.assert_allclose(mine.values, one.values, atol=1e-5)
        assert set(mine.samples["batch"]) == {"P1|P2|P3|P4"}
    high, low = two.cells.blocks["expression"].values[::-1]
    np.testing.assert_allclose(high - low, np.linspace(-3, 3, len(high)), atol=1e-4)


@pytest.mark.parametrize(
    ("normalise", "unit"), [("control-z", Unit.ZSCORE), ("plate-centre", Unit.LOG2FC), ("plate-z", Unit.ZSCORE)]
)
def test_each_way_to_take_a_plate_out_recovers_the_signatures(
    wells: Wells, planted: Planted, normalise: str, unit: Unit
) -> None:
    found = signatures(wells, {"normalise": normalise})
    assert found.screen.unit is unit
    assert _to_truth(found, planted) > 0.75
    assert _row(found, normalise, "between").replicates.mean > 0.3
    assert found.screen.provenance["signatures"]["normalise"] == normalise


def test_what_a_signature_says_of_itself(wells: Wells, planted: Planted) -> None:
    screen = signatures(wells).screen
    samples = screen.samples.set_index("perturbation")
    assert (samples["n_replicates"] == 4).all()
    assert samples["weight"].mean() == pytest.approx(1.0)
    assert (samples["wells"].str.count(r"\|") <= 3).all()
    # By hand for one compound: differences to the control means of each plate.
    control = planted.labels["pert_type"] == "ctl_vehicle"
    means = planted.log2[control].groupby(planted.labels["rna_plate"]).mean()
    mine = planted.labels.index[planted.labels["pert_id"] == "BRD-07"]
    change = planted.log2.loc[mine].to_numpy() - means.loc[planted.labels.loc[mine, "rna_plate"]].to_numpy()
    r = np.corrcoef(change)[np.triu_indices(4, 1)]
    assert samples.loc["BRD-07", "replicate_r"] == pytest.approx(r.mean(), abs=1e-4)
    assert 0 < samples.loc["BRD-07", "tas"] <= 1
    assert (samples["strong_genes"] > 0).all()
    # The baseline is the mean of all control wells.
    np.testing.assert_allclose(screen.cells.blocks["expression"].values[0], planted.log2[control].mean(), rtol=1e-5)
    assert list(screen.provenance["files"]) == ["planted.csv"]


def test_halves_of_the_controls_are_disjoint_and_both_serve(wells: Wells) -> None:
    halves = [signatures(wells, {"control_half": h}).screen for h in (0, 1)]
    whole = signatures(wells, {"collapse": "mean"}).screen
    mean = [signatures(wells, {"control_half": h, "collapse": "mean"}).screen.values for h in (0, 1)]
    np.testing.assert_allclose((mean[0] + mean[1]) / 2, whole.values, atol=1e-5)
    assert not np.allclose(halves[0].values, halves[1].values, atol=0.01)
    baselines = [h.cells.blocks["expression"].values for h in halves]
    np.testing.assert_allclose((baselines[0] + baselines[1]) / 2, whole.cells.blocks["expression"].values, rtol=1e-5)


def test_replicates_within_a_plate_and_across(wells: Wells) -> None:
    apart = signatures(wells, {"within_plate": True})
    assert len(apart.screen) == COMPOUNDS * len(PLATES)
    assert set(apart.screen.samples["batch"]) == set(PLATES)
    assert apart.agreement == ()  # each treatment is once on a plate
    assert apart.screen.samples["replicate_r"].isna().all()
    assert apart.screen.samples["tas"].isna().all()


def test_plates_without_controls_are_rejected_and_the_rest_is_kept(planted: Planted, tmp_path: Path) -> None:
    table = planted.table()
    bare = table[~((table["rna_plate"] == "P2") & (table["pert_type"] == "ctl_vehicle"))]
    bare.loc[bare["pert_id"] == "BRD-01", "canonical_smiles"] = ""
    bare.to_csv(tmp_path / "bare.csv", index=False)
    source = read_wells(tmp_path / "bare.csv")
    found = signatures(source)
    assert set(found.screen.samples["n_replicates"]) == {3}
    assert found.rejected["reason"].value_counts().to_dict() == {
        "no control well of these cells on the plate": COMPOUNDS
    }
    assert set(found.rejected["batch"]) == {"P2"}
    centred = signatures(source, {"normalise": "plate-centre"})
    assert set(centred.screen.samples["n_replicates"]) == {4}  # needs no controls
    assert "control-difference" not in {a.normalise for a in centred.agreement}
    strict = signatures(source, {"need_smiles": True})
    assert len(strict.screen) == COMPOUNDS - 1
    assert strict.rejected["reason"].value_counts()["no SMILES"] == 3
    assert any("1 of 15 compounds have no SMILES" in note for note in found.notes)
    assert not any("SMILES" in note for note in strict.notes)
    few = source.screen.take(~source.screen.samples["is_control"].to_numpy())
    with pytest.raises(InputError, match="no treated well can be used: no control well of these cells on the plate"):
        signatures(Wells(few, pd.DataFrame(), ()))


def test_quantiles_and_clipping(wells: Wells, planted: Planted) -> None:
    found = signatures(wells, {"quantile": True, "normalise": "control-z", "clip": 3.0})
    assert np.abs(found.screen.values).max() <= 3.0
    assert _to_truth(found, planted) > 0.7
    assert any("quantile" in note for note in found.notes)


def test_missing_genes_stay_missing_where_no_replicate_has_them(planted: Planted, tmp_path: Path) -> None:
    table = planted.table()
    gene, other = planted.log2.columns[:2]
    table.loc[table["pert_id"] == "BRD-02", gene] = np.nan
    table.loc[table.index[table["pert_id"] == "BRD-03"][0], other] = np.nan
    table.to_csv(tmp_path / "holes.csv", index=False)
    screen = signatures(read_wells(tmp_path / "holes.csv")).screen
    assert screen.state is not None
    assert np.argwhere(screen.state == 0).tolist() == [[list(screen.samples["perturbation"]).index("BRD-02"), 0]]


@pytest.mark.parametrize("depth", ["total", "ratio", "poscounts"])
def test_counts_of_unequal_depth_give_the_planted_changes(planted: Planted, tmp_path: Path, depth: str) -> None:
    rng = np.random.default_rng(0)
    scale = rng.uniform(0.3, 3.0, len(planted.log2))[:, None]
    counts = rng.poisson(scale * 2 ** planted.log2.to_numpy())
    table = pd.concat([planted.labels, pd.DataFrame(counts, planted.log2.index, planted.log2.columns)], axis=1)
    table.rename_axis("well_id").reset_index().to_csv(tmp_path / "counts.csv", index=False)
    found = signatures(read_wells(tmp_path / "counts.csv"), {"depth": depth})
    assert _to_truth(found, planted) > 0.9
    assert any("counts became log2(CPM + 1)" in note for note in found.notes)
    with pytest.raises(InputError, match="no gene has 1e\\+09 counts in a well"):
        signatures(read_wells(tmp_path / "counts.csv"), {"min_counts": 1e9})


def test_options_are_checked(wells: Wells) -> None:
    with pytest.raises(UsageError, match="option normalise = 'plates'"):
        signatures(wells, {"normalise": "plates"})
    with pytest.raises(UsageError, match="unknown option 'colapse'; nearest: collapse"):
        signatures(wells, {"colapse": "modz"})


@pytest.fixture(scope="module")
def real(data_dir: Path) -> Made:
    def make(name: str, **options: object) -> Signatures:
        return signatures(read_wells(name, data_dir=data_dir), options)

    return make


@pytest.mark.data
def test_wells_of_rencell_agree_as_is_known(real: Made) -> None:
    found = real("rencell_dge")
    expected = {
        ("control-difference", "within"): (0.27, 0.09),
        ("plate-centre", "within"): (0.23, 0.00),
        ("plate-centre", "between"): (0.14, 0.00),
    }
    for (normalise, pairs), (replicates, chance) in expected.items():
        row = _row(found, normalise, pairs)
        assert row.replicates.mean == pytest.approx(replicates, abs=0.005)
        assert row.chance.mean == pytest.approx(chance, abs=0.005)
    within = _row(found, "control-difference", "within")
    assert (within.conditions, within.n_pairs) == (192, 605)
    assert within.replicates.low > within.chance.high
    assert (len(found.screen), len(found.screen.genes)) == (195, 2502)
    strong = found.screen.samples.groupby("perturbation")["replicate_r"].max()
    assert strong[["bortezomib", "vorinostat", "lapatinib"]].min() > 0.4


@pytest.mark.data
def test_duplicates_of_ht115_agree_as_is_known(real: Made) -> None:
    found = real("l1000_ht115")
    row = _row(found, "control-difference", "between")
    assert row.replicates.mean == pytest.approx(0.18, abs=0.005)
    assert row.chance.mean == pytest.approx(0.04, abs=0.01)
    assert (row.conditions, len(found.screen)) == (306, 355)
    np.testing.assert_allclose(found.screen.samples["n_replicates"].sum(), 661)


@pytest.mark.data
def test_wells_of_a375_without_replicates_are_signatures_as_they_are(real: Made, read) -> None:
    found = real("l1000_a375_ljp005", collapse="none")
    wells = read("l1000_a375_ljp005")
    treated = ~wells.samples["is_control"].to_numpy()
    np.testing.assert_array_equal(found.screen.values, wells.values[treated])
    assert len(found.screen) == 351
    collapsed = real("l1000_a375_ljp005")
    assert len(collapsed.screen) == 332
    assert _row(collapsed, "control-difference", "within").conditions == 4  # the positive controls
