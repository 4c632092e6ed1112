"""Published files of the Connectivity Map: small ones with exactly the names and conventions of the large."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Rows, Screen, Unit
from drugexp.errors import DataError, UsageError
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.screens import read_screen_table
from drugexp.intake.genes import landmark_axis
from drugexp.intake.genes.landmarks import landmark_entrez
from drugexp.intake.manifest import load_manifests
from drugexp.intake.readers import cmap_gctx
from drugexp.testing import Rule, rules
from drugexp.testing.checks import trial

GENES = [*landmark_entrez()[:3], "1", *landmark_entrez()[5:6]]
"""Entrez ids, one of them of no landmark gene."""

SIGNATURES = pd.DataFrame(
    {
        "sig_id": ["CPC_A375_6H:BRD-K1:10", "CPC_MCF7_24H:BRD-K2:0.04", "CPC_A375_6H:DMSO", "KD_A375_96H:TP53"],
        "pert_id": ["BRD-K1", "BRD-K2", "DMSO", "CGS001-7157"],
        "pert_iname": ["ethanol", "phenol", "DMSO", "TP53"],
        "pert_type": ["trt_cp", "trt_cp", "ctl_vehicle", "trt_sh.cgs"],
        "cell_id": ["A375", "MCF7", "A375", "A375"],
        "pert_dose": ["10.0", "500", "0.1", "-666"],
        "pert_dose_unit": ["µM", "nM", "%", "-666"],
        "pert_idose": ["10 µM", "500 nM", "0.1 %", "-666"],
        "pert_time": ["6", "24", "6", "96"],
        "pert_time_unit": ["h", "h", "h", "h"],
        "pert_itime": ["6 h", "24 h", "6 h", "96 h"],
        "distil_id": ["a|b", "c", "d", "e"],
    }
)
COMPOUNDS = pd.DataFrame(
    {
        "pert_id": ["BRD-K2", "BRD-K1", "DMSO"],
        "pert_iname": ["phenol", "ethanol", "DMSO"],
        "pert_type": ["trt_cp", "trt_cp", "ctl_vehicle"],
        "is_touchstone": ["1", "0", "0"],
        "inchi_key_prefix": ["ISWSIDIOOBJBQZ", "LFQSCWFLJHTTHZ", "-666"],
        "inchi_key": ["ISWSIDIOOBJBQZ-UHFFFAOYSA-N", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "-666"],
        "canonical_smiles": ["Oc1ccccc1", "CCO", "-666"],
        "pubchem_cid": ["996", "702", "-666"],
    }
)
VALUES = np.arange(20, dtype=np.float32).reshape(4, 5) - 10


def lay_out(folder: Path, names: dict[str, pd.DataFrame], ids: list[str]) -> dict[str, Path]:
    """Write tables as published, and a GCTX with ids alone, its rows in another order than those of the table."""
    files = {}
    for name, table in names.items():
        files[name] = folder / name
        opener = gzip.open if name.endswith(".gz") else open
        with opener(folder / name, "wt", encoding="utf-8") as out:
            table.to_csv(out, sep="\t", index=False)
    files["level.gctx"] = folder / "level.gctx"
    write_gctx(Expression(VALUES, annotation_table(ids), annotation_table(GENES)), folder / "level.gctx")
    return files


def phase_one(folder: Path) -> dict[str, Path]:
    order = SIGNATURES.iloc[[2, 0, 3, 1]]
    tables = {"GSE92742_Broad_LINCS_sig_info.txt.gz": order, "GSE92742_Broad_LINCS_pert_info.txt.gz": COMPOUNDS}
    return lay_out(folder, tables, list(SIGNATURES["sig_id"]))


def read(files: dict[str, Path], name: str = "l1000_phase1_level5", **options) -> Screen:
    return cmap_gctx.read(files, load_manifests()[name], **options)


def test_signatures_of_phase_one(tmp_path: Path) -> None:
    screen = read(phase_one(tmp_path))
    assert screen.unit == Unit.ZSCORE
    assert screen.genes.ids == tuple(landmark_axis().ids[i] for i in (0, 1, 2, 5))
    np.testing.assert_array_equal(screen.values, VALUES[:3][:, [0, 1, 2, 4]])
    samples = screen.samples
    assert samples["perturbation"].tolist() == ["BRD-K1", "BRD-K2", ""]
    assert samples["cell"].tolist() == ["A375", "MCF7", "A375"]
    np.testing.assert_array_equal(samples["dose_um"], [10.0, 0.5, np.nan])
    assert samples["hours"].tolist() == [6.0, 24.0, 6.0]
    assert samples["is_control"].tolist() == [False, False, True]
    compounds = screen.perturbations.set_index("id")
    assert compounds["smiles"].to_dict() == {"BRD-K1": "CCO", "BRD-K2": "Oc1ccccc1"}
    assert compounds.loc["BRD-K1", ["name", "inchikey14", "kind"]].tolist() == ["ethanol", "LFQSCWFLJHTTHZ", "compound"]


def test_knock_downs_and_inferred_genes_are_read_where_asked_for(tmp_path: Path) -> None:
    screen = read(phase_one(tmp_path), genes="all", types=("trt_sh.cgs",))
    assert screen.genes.namespace == "entrez"
    assert screen.genes.ids == tuple(GENES)
    np.testing.assert_array_equal(screen.values, VALUES[3:])
    assert screen.perturbations[["id", "name", "kind"]].to_numpy().tolist() == [["CGS001-7157", "TP53", "knockdown"]]
    assert np.isnan(screen.samples["dose_um"]).all()


def test_signatures_of_phase_two_have_dose_and_time_as_text(tmp_path: Path) -> None:
    kept = ["sig_id", "pert_id", "pert_iname", "pert_type", "cell_id", "pert_idose", "pert_itime", "distil_id"]
    tables = {"GSE70138_Broad_LINCS_sig_info_2017-03-06.txt.gz": SIGNATURES[kept].replace("10 µM", "10.0 um")}
    screen = read(lay_out(tmp_path, tables, list(SIGNATURES["sig_id"])), "l1000_phase2_level5")
    np.testing.assert_array_equal(screen.samples["dose_um"], [10.0, 0.5, np.nan])
    assert screen.samples["hours"].tolist() == [6.0, 24.0, 6.0]
    assert screen.perturbations["name"].tolist() == ["ethanol", "phenol"]


def test_the_release_of_2020_names_a_compound_once_for_each_target(tmp_path: Path) -> None:
    renamed = {"pert_iname": "cmap_name", "cell_id": "cell_iname"}
    signatures = SIGNATURES.rename(columns=renamed).assign(bead_batch="b1", det_plate="p1", pert_dose_unit="uM")
    compounds = pd.DataFrame(
        {
            "pert_id": ["BRD-K1", "BRD-K1", "BRD-K2"],
            "cmap_name": ["ethanol", "ethanol", "phenol"],
            "target": ["ADH1A", "GABRA1", '""'.strip('"')],
            "moa": ["x", "x", ""],
            "canonical_smiles": ["CCO", "CCO", "restricted"],
            "inchi_key": ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N"] * 2 + [""],
            "compound_aliases": ["", "", ""],
        }
    )
    tables = {"siginfo_beta.txt": signatures, "compoundinfo_beta.txt": compounds}
    screen = read(lay_out(tmp_path, tables, list(SIGNATURES["sig_id"])), "lincs2020_level5")
    found = screen.perturbations.set_index("id")
    assert found["targets"].to_dict() == {"BRD-K1": "ADH1A|GABRA1", "BRD-K2": ""}
    assert found["smiles"].to_dict() == {"BRD-K1": "CCO", "BRD-K2": ""}
    assert screen.samples["batch"].tolist() == ["p1"] * 3


def test_wells_of_level_three_have_plates_and_are_expression(tmp_path: Path) -> None:
    wells = SIGNATURES.rename(columns={"sig_id": "inst_id"}).drop(columns=["pert_idose", "pert_itime", "distil_id"])
    wells = wells.assign(rna_plate=["P1", "P1", "P1", "P2"], rna_well=["A01", "A02", "A03", "A01"])
    tables = {"GSE92742_Broad_LINCS_inst_info.txt.gz": wells}
    screen = read(lay_out(tmp_path, tables, list(wells["inst_id"])), "l1000_phase1_level3")
    assert screen.unit == Unit.LOG2_EXPRESSION
    assert screen.samples["batch"].tolist() == ["P1"] * 3
    assert screen.samples["is_control"].sum() == 1


def test_a_large_file_stays_on_disk_and_is_looked_through_once(tmp_path: Path, monkeypatch) -> None:
    files = phase_one(tmp_path)
    in_memory = read(files)
    monkeypatch.setattr(cmap_gctx, "ON_DISK_FROM", 0)
    on_disk = read(files)
    assert isinstance(on_disk.values, Rows)
    np.testing.assert_array_equal(on_disk.values, in_memory.values)
    pd.testing.assert_frame_equal(on_disk.samples.astype(str), in_memory.samples.astype(str))
    monkeypatch.setattr(cmap_gctx, "_screen", lambda *_: pytest.fail("it was read again"))
    np.testing.assert_array_equal(read(files).values[[1]], in_memory.values[[1]])


def test_a_file_with_its_own_annotations_is_a_screen_without_a_manifest(tmp_path: Path) -> None:
    """As clue.io hands out selections."""
    samples = SIGNATURES.set_index("sig_id").drop(columns=["pert_dose_unit"]).assign(pert_dose=[10.0, 0.5, -666, -666])
    write_gctx(Expression(VALUES, samples, annotation_table(GENES)), tmp_path / "mine.gctx")
    screen = read_screen_table(tmp_path / "mine.gctx")
    assert screen.genes.namespace == "entrez"
    assert screen.samples["pert_type"].tolist() == SIGNATURES["pert_type"].tolist()
    np.testing.assert_array_equal(screen.samples["dose_um"], [10.0, 0.5, np.nan, np.nan])


def test_what_is_lacking_is_named(tmp_path: Path) -> None:
    files = phase_one(tmp_path)
    few = SIGNATURES.iloc[:2]
    few.to_csv(files["GSE92742_Broad_LINCS_sig_info.txt.gz"], sep="\t", index=False)
    with pytest.raises(DataError, match=r"2 samples of .*level\.gctx have no row, such as 'CPC_A375_6H:DMSO'"):
        read(files)
    few.drop(columns="cell_id").to_csv(files["GSE92742_Broad_LINCS_sig_info.txt.gz"], sep="\t", index=False)
    with pytest.raises(DataError):
        read(files)
    with pytest.raises(UsageError, match="nearest: types"):
        read(files, type="trt_cp")
    write_gctx(Expression(VALUES, annotation_table("abcd"), annotation_table("vwxyz")), files["level.gctx"])
    with pytest.raises(DataError, match="none of its row ids is the Entrez id of a landmark gene"):
        read(files)


@pytest.mark.parametrize("rule", rules("reader"), ids=lambda rule: rule.name)
def test_it_keeps_the_rules_of_readers(tmp_path: Path, rule: Rule) -> None:
    manifest = load_manifests()["l1000_phase1_level5"]
    rule(trial("reader", manifest.reader, files=phase_one(tmp_path), manifest=manifest, options=manifest.options))
