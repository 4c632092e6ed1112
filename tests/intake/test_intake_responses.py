"""Responses people bring, and those of a set: columns found, repeats merged, cells matched, mistakes told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.biology.response.build import build
from drugexp.errors import InputError, UsageError
from drugexp.intake.cell_blocks import read_block
from drugexp.intake.response_sets import read_response_set
from drugexp.intake.responses import matched, read_responses, read_tissues


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_table_is_read(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "r.csv",
        "Cell_Line,Drug,SMILES,AUC,tissue\nA,x,CCO,0.5,lung\nA,x,CCO,0.7,lung\nB,x,CCO,,skin\nB,y,CCN,0.1,skin\n",
    )
    found = read_responses(file)
    assert found.pairs.to_dict("list") == {"cell": ["A", "B"], "compound": ["x", "y"], "value": [0.6, 0.1]}
    assert found.smiles == {"x": "CCO", "y": "CCN"}
    assert found.tissues == {"A": "lung", "B": "skin"}
    assert found.measure == "AUC"
    assert found.notes == (
        "1 rows lack a cell, a compound or a number and are left out: row 4",
        "1 repeats of a pair were averaged",
    )


def test_parquet_and_a_file_of_compounds(tmp_path: Path) -> None:
    pd.DataFrame({"cell": ["A"], "compound": ["x"], "mine": [1.5]}).to_parquet(tmp_path / "r.parquet")
    _write(tmp_path / "c.csv", "id,smiles\nx,CCO\n")
    found = read_responses(tmp_path / "r.parquet", value="mine", compounds=tmp_path / "c.csv")
    assert found.smiles == {"x": "CCO"}
    assert found.pairs["value"].tolist() == [1.5]


def test_logarithms(tmp_path: Path) -> None:
    file = _write(tmp_path / "r.csv", "cell,smiles,ic50\nA,CCO,0.001\nB,CCO,100\nC,CCO,0\n")
    assert not read_responses(file).notes  # a zero is no IC50, but the table has one
    logged = read_responses(file, log=True)
    assert np.allclose(logged.pairs["value"], np.log([0.001, 100]))
    assert logged.measure == "ln ic50"
    assert "row 4" in logged.notes[0]
    _write(tmp_path / "r.csv", "cell,smiles,ic50\nA,CCO,0.001\nB,CCO,100\n")
    assert "--log" in read_responses(file).notes[0]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("line,smiles,auc\nA,CCO,1\n", UsageError, "no column of cells; the columns are line, smiles, auc"),
        ("cell,auc\nA,1\n", UsageError, "no column of compounds"),
        ("cell,smiles,x\nA,CCO,1\n", UsageError, "no column of values.*--value"),
        ("cell,smiles,auc\nA,CCO,high\n", InputError, "no row holds a cell, a compound and a number"),
        ("cell,drug,smiles,auc\nA,x,CCO,1\nB,x,CCN,1\n", InputError, "row 3: 'x' has both 'CCO' and 'CCN'"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_responses(_write(tmp_path / "r.csv", text))


def test_two_lines_of_one_key_are_not_one() -> None:
    assert matched(["TT", "T-T", "MDA-MB-231"], ["MDAMB231", "TT"]).tolist() == [1, -1, 0]
    assert matched(["KMH2"], ["KM-H2", "KMH-2"]).tolist() == [-1]


def test_structures_tie_compounds_and_bad_ones_are_left_out(tmp_path: Path) -> None:
    rows = [("A", "x", "OCC"), ("A", "same", "CCO"), ("B", "salt", "CC(=O)[O-].[Na+]"), ("B", "bad", "C1CC")]
    text = "cell,drug,smiles,auc\n" + "".join(f"{c},{d},{s},0.5\n" for c, d, s in rows)
    built = build(read_responses(_write(tmp_path / "r.csv", text)))
    grid = built.grid
    at = {n: i for i, n in enumerate(grid.compounds)}
    assert set(at) == {"x", "same", "salt"}
    assert grid.structures[at["x"]] == grid.structures[at["same"]] != grid.structures[at["salt"]]
    assert len(set(grid.scaffolds)) == 2  # acyclic compounds share no scaffold
    assert "1 compounds have no usable structure and are left out: bad" in built.notes
    assert np.isnan(grid.values[0, at["salt"]])


def test_a_grid_without_structures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no compound has a structure.*--compounds"):
        build(read_responses(_write(tmp_path / "r.csv", "cell,drug,auc\nA,x,1\n")))


def test_blocks_and_tissues(tmp_path: Path) -> None:
    table = read_block(_write(tmp_path / "b.csv", "cell,TP53,MYC\nA,1,0\nB,,1\n"))
    assert table.shape == (2, 2)
    assert np.isnan(table.loc["B", "TP53"])
    turned = read_block(_write(tmp_path / "t.csv", "gene,P1\nTP53,1\nMYC,2\n"), ["MYC", "TP53"])
    assert turned.loc["P1", "MYC"] == 2
    with pytest.raises(InputError, match=r"none of its columns \(TP53, MYC\).*EGFR"):
        read_block(tmp_path / "b.csv", ["EGFR"])
    with pytest.raises(InputError, match=r"1 cells carry a name twice \(A\)"):
        read_block(_write(tmp_path / "d.csv", "cell,TP53\nA,1\nA,0\n"))
    assert read_tissues(_write(tmp_path / "s.csv", "cell,site\nA,lung\n")) == {"A": "lung"}
    with pytest.raises(UsageError, match="no column is called tissue"):
        read_tissues(_write(tmp_path / "s.csv", "cell,x\nA,lung\n"))


@pytest.mark.data
def test_gdsc_is_read() -> None:
    told = read_response_set("gdsc_ccle")
    assert told.measure == "ln_ic50_um"
    assert len(told.pairs) == 242_036 - 6_288
    assert list(told.blocks) == ["expression", "mutation", "copy_number", "methylation"]
    assert len(told.tissues) > 500
    built = build(told)
    grid = built.grid
    assert grid.values.shape == (969, 227)
    key = grid.cell_groups
    cells = {n: i for i, n in enumerate(grid.cells)}
    assert key[cells["T-T"]] == key[cells["TT"]]  # two lines, one side of a split
    assert not np.array_equal(grid.values[cells["T-T"]], grid.values[cells["TT"]], equal_nan=True)
    with pytest.raises(UsageError, match="unknown screen 'gdsc3'; nearest: gdsc2, gdsc1"):
        read_response_set("gdsc_ccle", screen="gdsc3")
    with pytest.raises(UsageError, match="holds no drug responses"):
        read_response_set("lincs_consensus")


def test_cells_by_compounds(tmp_path: Path) -> None:
    _write(tmp_path / "c.csv", "compound_id,smiles\nx,CCO\ny,CCN\n")
    file = _write(tmp_path / "r.csv", "line,site,x,y\nA,lung,1.5,\nB,skin,2,low\nC,skin,3,4\n")
    found = read_responses(file, compounds=tmp_path / "c.csv")
    assert found.pairs.to_dict("list") == {
        "cell": ["A", "B", "C", "C"],
        "compound": list("xxxy"),
        "value": [1.5, 2, 3, 4],
    }
    assert found.tissues == {"A": "lung", "B": "skin", "C": "skin"}
    assert found.notes == ("1 rows lack a cell, a compound or a number and are left out: row 3",)
