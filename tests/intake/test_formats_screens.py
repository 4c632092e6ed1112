"""Screens in h5ad, GCT and GCTX: what comes back, and what is said to be lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import small_screen
from tables_of_expression import plain

from drugexp.contract import CENSORED, MISSING, OBSERVED, Cells, Screen
from drugexp.errors import DataError, InputError, UsageError
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.screens import read_screen_table, write_screen_table


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


@pytest.mark.parametrize("ending", [".h5ad", ".gct", ".gctx"])
def test_a_screen_comes_back(tmp_path: Path, screen: Screen, ending: str) -> None:
    path = tmp_path / f"kept{ending}"
    lost = write_screen_table(screen, path)
    assert lost == (("further columns became text (well)",) if ending == ".gct" else ())
    found = read_screen_table(path)
    np.testing.assert_array_equal(found.values, screen.values)
    assert found.state is not None
    np.testing.assert_array_equal(found.state, screen.state)
    pd.testing.assert_frame_equal(found.samples, screen.samples)
    one, two = (s.perturbations.set_index("id").sort_index() for s in (found, screen))
    pd.testing.assert_frame_equal(one[two.columns], two)
    assert (found.name, found.genes, found.unit) == (screen.name, screen.genes, screen.unit)
    assert set(found.cells.ids) == set(screen.cells.ids)


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
