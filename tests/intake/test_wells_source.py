"""Wells out of files of every format, of sets, and of screens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plates_of_wells import Planted, planted_wells

from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import write_h5ad
from drugexp.intake.screen_io import write_screen
from drugexp.intake.wells.source import read_wells


@pytest.fixture(scope="module")
def planted() -> Planted:
    return planted_wells(genes=30)


def _write(planted: Planted, path: Path) -> Path:
    if path.suffix in (".csv", ".tsv"):
        planted.table().to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    elif path.suffix == ".parquet":
        planted.table().to_parquet(path, index=False)
    else:
        genes = pd.DataFrame(index=planted.log2.columns)
        table = Expression(planted.log2.to_numpy(np.float32), planted.labels, genes)
        {".gct": write_gct, ".gctx": write_gctx, ".h5ad": write_h5ad}[path.suffix](table, path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".gct", ".gctx", ".h5ad"])
def test_every_format_gives_the_same_wells(planted: Planted, tmp_path: Path, ending: str) -> None:
    if ending == ".h5ad":
        pytest.importorskip("anndata")
    wells = read_wells(_write(planted, tmp_path / f"wells{ending}"))
    screen = wells.screen
    np.testing.assert_allclose(screen.values, planted.log2, rtol=1e-5)
    assert screen.genes.ids == tuple(planted.log2.columns)
    assert (screen.unit, screen.name) == (Unit.LOG2_EXPRESSION, "wells")
    assert screen.samples["batch"].tolist() == planted.labels["rna_plate"].tolist()
    assert screen.samples["well"].tolist() == planted.labels["rna_well"].tolist()
    assert set(screen.samples["hours"]) == {24.0}
    treated = ~screen.samples["is_control"]
    assert set(screen.samples.loc[treated, "dose_um"]) == {10.0}
    assert screen.samples.loc[~treated, "dose_um"].isna().all()
    assert (~treated).sum() == (planted.labels["pert_type"] == "ctl_vehicle").sum()
    about = screen.perturbations.set_index("id").loc["BRD-03"]
    assert (about["name"], about["smiles"]) == ("drug 03", "CCCCO")
    assert list(screen.provenance["files"]) == [f"wells{ending}"]


def test_numbers_that_label_wells_are_no_genes(planted: Planted, tmp_path: Path) -> None:
    table = planted.table().drop(columns=["pert_type", "pert_dose", "pert_dose_unit", "pert_itime"])
    table["is_control"] = (table["pert_id"] == "DMSO").astype(int)
    table["strength"], table["hours"], table["n_umi"] = np.where(table["is_control"], np.nan, 2.5), 6, 1000
    table.to_csv(tmp_path / "wells.csv", index=False)
    screen = read_wells(tmp_path / "wells.csv", columns={"dose": "strength"}).screen
    assert screen.genes.ids == tuple(planted.log2.columns)
    assert screen.samples["is_control"].sum() == 24
    assert set(screen.samples["hours"]) == {6.0}
    assert set(screen.samples["dose_um"].dropna()) == {2.5}
    assert set(screen.samples["total_counts"]) == {1000.0}


def test_counts_are_recognised_and_those_of_one_gene_add_up(planted: Planted, tmp_path: Path) -> None:
    counts = np.random.default_rng(0).poisson(2 ** (planted.log2 - 5)).astype(int)
    table = pd.concat([planted.labels, pd.DataFrame(counts, planted.log2.index, planted.log2.columns)], axis=1)
    first, second = planted.log2.columns[:2]
    table = table.rename(columns={second: first.lower()})
    table.rename_axis("well_id").reset_index().to_csv(tmp_path / "wells.csv", index=False)
    found = read_wells(tmp_path / "wells.csv")
    assert found.screen.unit is Unit.COUNTS
    assert found.screen.genes.ids == (first, *planted.log2.columns[2:])
    np.testing.assert_array_equal(found.screen.values[:, 0], counts[:, 0] + counts[:, 1])
    assert any("counts" in note for note in found.notes)


def test_other_scales_become_log2_or_are_refused(planted: Planted, tmp_path: Path) -> None:
    linear = planted.table()
    linear[list(planted.log2.columns)] = 2 ** planted.log2.to_numpy() + 100
    linear.to_csv(tmp_path / "linear.csv", index=False)
    found = read_wells(tmp_path / "linear.csv").screen
    np.testing.assert_allclose(found.values, np.log2(2**planted.log2 + 100), rtol=1e-5)
    changes = planted.table()
    changes[list(planted.log2.columns)] -= 8.0
    changes.to_csv(tmp_path / "changes.csv", index=False)
    with pytest.raises(InputError, match=r"wells are needed as counts or log2 expression; .* negative values"):
        read_wells(tmp_path / "changes.csv")
    assert read_wells(tmp_path / "changes.csv", unit=Unit.LOG2_EXPRESSION).screen.values.min() < 0


def test_wells_of_no_use_are_listed_and_missing_values_stay_missing(planted: Planted, tmp_path: Path) -> None:
    table = planted.table()
    table.loc[0, ["pert_type", "pert_id"]] = "ctl_untrt", "UnTrt"
    table.loc[table.index[table["pert_type"] == "trt_cp"][0], "pert_id"] = ""
    table.loc[5, planted.log2.columns[3]] = np.nan
    table.to_csv(tmp_path / "wells.csv", index=False)
    found = read_wells(tmp_path / "wells.csv")
    assert sorted(found.rejected["reason"]) == ["a control of another kind", "no compound"]
    assert len(found.screen) == len(table) - 2
    assert found.screen.state is not None
    assert (found.screen.state == 0).sum() == 1


def test_a_screen_of_wells_is_taken_and_one_of_changes_refused(planted: Planted, tmp_path: Path) -> None:
    wells = read_wells(_write(planted, tmp_path / "wells.csv"))
    write_screen(wells.screen, tmp_path / "wells.screen")
    np.testing.assert_array_equal(read_wells(tmp_path / "wells.screen").screen.values, wells.screen.values)
    with pytest.raises(UsageError, match="'plate' goes with a file of wells"):
        read_wells(tmp_path / "wells.screen", columns={"plate": "p"})


def test_sets_without_wells_name_those_that_have_some() -> None:
    with pytest.raises(UsageError, match=r"'lincs_consensus' has no single wells. These have: l1000_a375_ljp005, "):
        read_wells("lincs_consensus")
    with pytest.raises(UsageError, match="unknown data set 'l1000_ht11'; nearest: l1000_ht115"):
        read_wells("l1000_ht11")
