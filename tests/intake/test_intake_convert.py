"""From format to format: what can be held arrives, the rest is said."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import small_screen
from tables_of_expression import plain

from drugexp.errors import InputError, UsageError
from drugexp.intake.convert import convert
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.screens import save_screen
from drugexp.intake.screen_io import write_screen
from drugexp.intake.store import read_screen


def test_a_screen_goes_through_all_formats_and_comes_back(tmp_path: Path) -> None:
    screen = small_screen()
    write_screen(screen, tmp_path / "a.screen")
    chain = ["a.screen", "a.gctx", "a.parquet", "a.csv.gz", "a.gct", "a.tsv", "a.h5ad", "b.screen"]
    said = [convert(str(tmp_path / one), tmp_path / other) for one, other in pairwise(chain)]
    assert "what is known of unperturbed cells is left out (expression)" in said[0]
    assert said[0][-1].endswith("a.gctx: 126 profiles on 978 genes, zscore")
    found = read_screen(str(tmp_path / "b.screen"))
    np.testing.assert_array_equal(found.values, screen.values)
    pd.testing.assert_frame_equal(found.samples, screen.samples, check_dtype=False)  # pandas 3 has a type for text
    assert found.perturbations["smiles"].tolist() == screen.perturbations["smiles"].tolist()


@pytest.mark.parametrize("ending", [".gct", ".gctx", ".h5ad", ".csv", ".parquet"])
def test_an_expression_table_keeps_its_samples(tmp_path: Path, ending: str) -> None:
    table = plain()
    write_gctx(table, tmp_path / "a.gctx")
    said = convert(str(tmp_path / "a.gctx"), tmp_path / f"b{ending}")
    found = read_expression(tmp_path / f"b{ending}")
    np.testing.assert_array_equal(found.values.astype(np.float32), table.values)
    assert found.samples.index.tolist() == table.samples.index.tolist()
    assert found.genes.index.tolist() == table.genes.index.tolist()
    assert said[-1].endswith(f"{len(table.samples)} samples of {len(table.genes)} genes")


def test_what_stands_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    save_screen(small_screen(), tmp_path / "a.gctx")
    (tmp_path / "b.csv").write_text("mine")
    with pytest.raises(UsageError, match=r"b\.csv: something stands there already.*--overwrite"):
        convert(str(tmp_path / "a.gctx"), tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text() == "mine"
    convert(str(tmp_path / "a.gctx"), tmp_path / "b.csv", overwrite=True)
    assert len(read_screen(str(tmp_path / "b.csv"))) == 126


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    write_gctx(plain(), tmp_path / "a.gctx")
    with pytest.raises(UsageError, match="does not tell what was done to its samples"):
        convert(str(tmp_path / "a.gctx"), tmp_path / "b.screen")
    with pytest.raises(UsageError, match=r"ends in none of \.screen, \.h5ad"):
        convert(str(tmp_path / "a.gctx"), tmp_path / "b.xlsx")
    with pytest.raises(UsageError, match=r"cannot be packed; \.gct, \.csv, \.tsv can"):
        convert(str(tmp_path / "a.gctx"), tmp_path / "b.gctx.gz")
    (tmp_path / "c.gctx").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read as HDF5"):
        convert(str(tmp_path / "c.gctx"), tmp_path / "b.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gctx", "c.gctx"]
