"""Screens to disk and to AnnData and back, without loss."""

from __future__ import annotations

import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.contract import Block, Cells, GeneAxis, Screen, Unit
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import DataError, PluginError
from drugexp.intake.screen_io import from_anndata, read_screen_folder, to_anndata, write_screen


def _screen(seed: int, samples: int, genes: int, *, censored: bool) -> Screen:
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in rng.integers(0, 3, samples)]
    axis = GeneAxis(tuple(f"g{i}" for i in range(genes)))
    block = Block(rng.normal(size=(2, 4)), GeneAxis(tuple("1234"), "entrez"), Unit.LOG2_EXPRESSION)
    values = np.array(block.values)
    values[0, 0] = np.nan
    return Screen(
        name="made up",
        values=rng.normal(size=(samples, genes)),
        genes=axis,
        unit=Unit.RANK_EFFECT,
        samples=sample_table(
            samples,
            perturbation=names,
            cell="A",
            dose_um=rng.uniform(0, 10, samples),
            fold=np.arange(samples),
            good=np.arange(samples) % 2 == 0,
        ),
        perturbations=perturbation_table(["p0", "p1", "p2"], smiles=["C", "", "CCO"], targets=["A|B", "", ""]),
        cells=Cells(("A", "B"), {"expression": Block(values, block.features, block.unit)}),
        state=rng.integers(0, 3, (samples, genes)).astype(np.uint8) if censored else None,
        bound=rng.uniform(0, 1, samples) if censored else None,
        provenance={"licence": "CC0", "files": {"a": "b"}},
    )


def _same(a: Screen, b: Screen) -> None:
    np.testing.assert_array_equal(a.values, b.values)
    assert (a.name, a.unit, a.genes, a.cells.ids) == (b.name, b.unit, b.genes, b.cells.ids)
    assert dict(a.provenance) == dict(b.provenance)
    pd.testing.assert_frame_equal(a.samples, b.samples, check_dtype=True)
    pd.testing.assert_frame_equal(a.perturbations, b.perturbations, check_dtype=True)
    for one, two in ((a.state, b.state), (a.bound, b.bound)):
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            np.testing.assert_array_equal(one, two)
    assert set(a.cells.blocks) == set(b.cells.blocks)
    for name, block in a.cells.blocks.items():
        other = b.cells.blocks[name]
        np.testing.assert_array_equal(block.values, other.values)
        assert (block.features, block.unit) == (other.features, other.unit)


SHAPES = given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 5), st.booleans())


@settings(max_examples=15, deadline=None)
@SHAPES
def test_a_screen_written_is_the_screen_read(
    tmp_path_factory: pytest.TempPathFactory, seed: int, samples: int, genes: int, censored: bool
) -> None:
    path = tmp_path_factory.mktemp("io") / "x.screen"
    screen = _screen(seed, samples, genes, censored=censored)
    write_screen(screen, path)
    _same(screen, read_screen_folder(path))


@settings(max_examples=10, deadline=None)
@SHAPES
def test_anndata_and_back_loses_nothing(seed: int, samples: int, genes: int, censored: bool) -> None:
    screen = _screen(seed, samples, genes, censored=censored)
    _same(screen, from_anndata(to_anndata(screen)))


@pytest.mark.parametrize("censored", [False, True])
def test_an_h5ad_file_loses_nothing(tmp_path: Path, censored: bool) -> None:
    screen = _screen(3, 5, 4, censored=censored)
    to_anndata(screen).write_h5ad(tmp_path / "x.h5ad")
    _same(screen, from_anndata(anndata.read_h5ad(tmp_path / "x.h5ad")))


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.screen"
    write_screen(_screen(0, 3, 2, censored=False), path)
    arrays = path / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"x\.screen: this is no whole screen"):
        read_screen_folder(path)
    with pytest.raises(DataError, match="this is no whole screen"):
        read_screen_folder(tmp_path / "none.screen")


def test_labels_that_do_not_fit_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.screen"
    write_screen(_screen(0, 3, 2, censored=False), path)
    labels = (path / "screen.json").read_text()
    (path / "screen.json").write_text(labels.replace('"format": 1', '"format": 9'))
    with pytest.raises(DataError, match="the screen has format 9; this drugexp reads 1"):
        read_screen_folder(path)
    (path / "screen.json").write_text(labels.replace('"unit": "rank_effect"', '"unit": "furlongs"'))
    with pytest.raises(DataError, match=r"the screen is damaged.*furlongs"):
        read_screen_folder(path)


def test_an_object_without_a_screen_is_told() -> None:
    with pytest.raises(DataError, match="holds no screen"):
        from_anndata(anndata.AnnData(np.zeros((1, 1))))


def test_without_anndata_the_command_that_brings_it_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(PluginError, match=r"pip install 'drugexp\[anndata\]'"):
        to_anndata(_screen(0, 2, 2, censored=False))
