"""Screens as wide tables (csv, tsv, parquet)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from damage import damaged, keep_the_law, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.contract import GeneAxis
from drugexp.intake.formats.screens import read_screen_table, write_screen_table
from drugexp.simulate import SimulationOptions, simulate

ENDINGS = (".csv", ".tsv", ".parquet")


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same screen in each format."""
    screen = simulate(SimulationOptions(compounds=3, cells=2), genes=GeneAxis(("TP53", "MYC"))).screen
    folder, contents = tmp_path_factory.mktemp("wide"), {}
    for ending in ENDINGS:
        write_screen_table(screen, folder / f"a{ending}")
        contents[ending] = (folder / f"a{ending}").read_bytes()
    return contents


@pytest.mark.parametrize("ending", ENDINGS)
def test_whole_screens_are_read(tmp_path: Path, screens: dict[str, bytes], ending: str) -> None:
    assert keep_the_law(read_screen_table, tmp_path / f"a{ending}", screens[ending]) is None


@pytest.mark.parametrize("ending", ENDINGS)
@tries(0.4)
@given(data=st.data())
def test_changed_bytes(tmp_path: Path, screens: dict[str, bytes], ending: str, data: st.DataObject) -> None:
    content = data.draw(damaged([screens[ending]]) | st.binary(max_size=100))
    keep_the_law(lambda path: np.asarray(read_screen_table(path).values), tmp_path / f"a{ending}", content)


@tries(0.4)
@given(data=st.data())
def test_parquet_that_holds_something_else(tmp_path: Path, screens: dict[str, bytes], data: st.DataObject) -> None:
    """A sound file whose columns are of other types than they should be."""
    text, out = data.draw(damaged([screens[".csv"]])), io.BytesIO()
    try:
        pd.read_csv(io.BytesIO(text)).to_parquet(out, index=False)
    except (ValueError, OverflowError, pd.errors.ParserWarning):
        return
    on_disk = data.draw(st.sampled_from([1, 1 << 30]))

    def read(path: Path) -> None:
        np.asarray(read_screen_table(path, on_disk_from=on_disk).values)

    keep_the_law(read, tmp_path / "a.parquet", out.getvalue())
