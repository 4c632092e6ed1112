"""The readers of published sets: files of each layout, with one of them damaged."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from damage import damaged, sentence_of, tries
from hypothesis import given
from hypothesis import strategies as st
from layouts_of_readers import ENTREZ, LAYOUTS, Tables, written

from drugexp.contract import Screen
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.manifest import Manifest, load_manifests
from drugexp.registry import Registry, discover


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture(scope="module")
def manifests() -> dict[str, Manifest]:
    return load_manifests()


@pytest.fixture(params=LAYOUTS, ids=LAYOUTS)
def case(
    request: pytest.FixtureRequest, tmp_path: Path, registry: Registry, manifests: dict[str, Manifest]
) -> tuple[Path, Tables, Callable[[], Screen]]:
    """A folder with whole files of one layout, their tables, and what reads the folder."""
    name, tables, options = LAYOUTS[request.param]
    manifest, made = manifests[name], tables()
    folder = tmp_path / "a"
    for file, table in made.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(written(table, file))
    files = {file: folder / file for file in made}
    if manifest.reader == "cmap_gctx":
        files["a.gctx"] = folder / "a.gctx"
        values = np.arange(9, dtype=np.float32).reshape(3, 3)
        write_gctx(Expression(values, annotation_table(["s1", "s2", "s3"]), annotation_table(ENTREZ)), files["a.gctx"])
    read = registry.load("reader", manifest.reader)
    return folder, made, lambda: read(files, manifest, **options)


def test_whole_files_are_read(case: tuple[Path, Tables, Callable[[], Screen]]) -> None:
    assert len(case[2]()) > 0


@tries(0.2)
@given(data=st.data())
def test_damage_is_told(case: tuple[Path, Tables, Callable[[], Screen]], data: st.DataObject) -> None:
    folder, tables, read = case
    name = data.draw(st.sampled_from(sorted(tables)))
    whole = written(tables[name], name)
    content = data.draw(_other_cells(tables[name], name) | damaged([whole]) | st.binary(max_size=100))
    (folder / name).write_bytes(content)
    try:
        sentence_of(read, None)
    finally:
        (folder / name).write_bytes(whole)


@st.composite
def _other_cells(draw: st.DrawFn, table: pd.DataFrame, name: str) -> bytes:
    """Draw a file that can be opened, and holds something else than it should."""
    text = draw(damaged([table.to_csv(index=False).encode()]))
    try:
        return written(pd.read_csv(io.BytesIO(text)), name)
    except (ValueError, OverflowError, pd.errors.ParserWarning):
        return text
