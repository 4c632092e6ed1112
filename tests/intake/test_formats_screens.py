"""Screens in h5ad, GCT and GCTX: what comes back, and what is said to be lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_model import small_screen
from tables_of_expression import plain

from drugexp.contract import CENSORED, MISSING, OBSERVED, Cells, Rows, Screen
from drugexp.errors import DataError, InputError, UsageError
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.screens import read_screen_table, write_screen_table
from drugexp.places import cache_folder


@pytest.fixture(scope="module")
def screen() -> Screen:
    whole = small_screen()
    state = np.full(whole.values.shape, OBSERVED, dtype=np.uint8)
    state[3, 5] = MISSING
    values = np.where(state == MISSING, 0, whole.values)
    samples = whole.samples.assign(well=[f"A{i}" for i in range(len(whole))])
    samples.loc[0, ["perturbation", "is_control"]] = ["", True]
    samples.loc[1, ["dose_um", "cell"]] = [np.nan, ""]
    return replace(whole, name="kept", values=values, state=state, samples=samples, cells=Cells(whole.cells.ids))


@pytest.mark.parametrize("ending", [".h5ad", ".gct", ".gctx", ".parquet", ".csv", ".tsv.gz"])
def test_a_screen_comes_back(tmp_path: Path, screen: Screen, ending: str) -> None:
    path = tmp_path / f"kept{ending}"
    lost = write_screen_table(screen, path)
    assert lost == (() if ending in (".h5ad", ".gctx", ".parquet") else ("further columns became text (well)",))
    found = read_screen_table(path)
    np.testing.assert_array_equal(found.values, screen.values)
    assert found.state is not None
    np.testing.assert_array_equal(found.state, screen.state)
    pd.testing.assert_frame_equal(found.samples, screen.samples, check_dtype=False)  # pandas 3 has a type for text
    one, two = (s.perturbations.set_index("id").sort_index() for s in (found, screen))
    pd.testing.assert_frame_equal(one[two.columns], two)
    assert (found.name, found.genes, found.unit) == (screen.name, screen.genes, screen.unit)
    assert set(found.cells.ids) == set(screen.cells.ids)


@pytest.mark.parametrize("ending", [".gctx", ".parquet"])
def test_a_large_screen_stays_on_disk_and_goes_on_from_there(tmp_path: Path, screen: Screen, ending: str) -> None:
    path = tmp_path / f"kept{ending}"
    write_screen_table(screen, path)
    for _ in range(2):  # copied, then found in the cache
        found = read_screen_table(path, on_disk_from=0)
        assert isinstance(found.values, Rows)
        np.testing.assert_array_equal(found.values, screen.values)
        np.testing.assert_array_equal(found.state, screen.state)
        pd.testing.assert_frame_equal(found.samples.astype(str), screen.samples.astype(str))
    assert isinstance(found.samples["perturbation"].dtype, pd.CategoricalDtype)
    for other in (".gctx", ".csv"):
        write_screen_table(found, tmp_path / f"again{other}")
        np.testing.assert_array_equal(read_screen_table(tmp_path / f"again{other}").values, screen.values)


def test_a_file_that_has_changed_is_copied_again_and_its_old_copy_goes(
    tmp_path: Path, screen: Screen, monkeypatch
) -> None:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "kept.gctx"
    write_screen_table(screen, path)
    first = read_screen_table(path, on_disk_from=0)
    write_screen_table(replace(screen, values=screen.values + 1), path)
    second = read_screen_table(path, on_disk_from=0)
    known = screen.state == OBSERVED
    np.testing.assert_array_equal(np.asarray(second.values)[known], np.asarray(first.values)[known] + 1)
    assert len(list((cache_folder() / "screens").glob("*.screen"))) == 1


def test_a_disk_without_room_is_told_before_anything_is_copied(tmp_path: Path, screen: Screen, monkeypatch) -> None:
    write_screen_table(screen, tmp_path / "kept.gctx")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(UsageError, match=r"copied to the cache once, 0\.0 GB; 0\.0 GB are free.*DRUGEXP_CACHE"):
        read_screen_table(tmp_path / "kept.gctx", on_disk_from=0)


def test_a_table_without_its_unit_is_no_screen(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("perturbation,TP53\nx,1.5\n")
    with pytest.raises(DataError, match=r"a\.csv: no column 'unit' parts labels and genes"):
        read_screen_table(tmp_path / "a.csv")


def test_what_is_lost_is_said(tmp_path: Path, screen: Screen) -> None:
    assert screen.state is not None
    state = screen.state.copy()
    state[:2, :2] = CENSORED
    full = small_screen()
    more = replace(
        screen,
        state=state,
        bound=np.ones(len(screen), dtype=np.float32),
        cells=full.cells,
        provenance={"licence": "CC0"},
        samples=screen.samples.assign(perturbation="c1"),
    )
    lost = write_screen_table(more, tmp_path / "a.gctx")
    assert lost == (
        "4 entries known only within a bound are written as missing",
        "41 perturbations without a sample are left out",
        *([] if not full.cells.blocks else ["what is known of unperturbed cells is left out (expression)"]),
        "the provenance is left out",
    )
    assert write_screen_table(more, tmp_path / "a.h5ad") == ()
    found = read_screen_table(tmp_path / "a.h5ad")
    assert found.state is not None
    np.testing.assert_array_equal(found.state, state)
    assert dict(found.provenance) == {"licence": "CC0"}


def test_what_is_no_screen_is_told(tmp_path: Path, screen: Screen) -> None:
    write_gctx(plain(), tmp_path / "a.gctx")
    with pytest.raises(DataError, match=r"a\.gctx: the annotations of the samples lack perturbation, dose_um"):
        read_screen_table(tmp_path / "a.gctx")
    with pytest.raises(UsageError, match=r"ends in none of \.h5ad, \.gct, \.gctx"):
        write_screen_table(screen, tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="there is no such file"):
        read_screen_table(tmp_path / "b.h5ad")
