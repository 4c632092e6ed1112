"""The profiles of a screen as a zarr store: the same bits, and nothing half-written."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import SMILES
from typer.testing import CliRunner

import drugexp
from drugexp.cli.app import app
from drugexp.errors import DataError, UsageError
from drugexp.screening.read import profiles
from drugexp.screening.stored import write_zarr

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def dense(bundles, tmp_path_factory):
    """A screen of three shards, one of which keeps no row."""
    path = tmp_path_factory.mktemp("dense")
    rows = [*SMILES[:8], *["C1CC"] * 8, *SMILES[:4]]
    (path / "x.smi").write_text("".join(f"{text} n{i}\n" for i, text in enumerate(rows)))
    drugexp.screen(path / "x.smi", path / "out", model=bundles["zscore"], cells=["MCF7"], shard=8, workers=1)
    return path / "out"


def test_anndata_reads_the_bits_of_the_shards(dense, tmp_path):
    anndata = pytest.importorskip("anndata")
    assert write_zarr(dense, tmp_path / "x.zarr") == (12, 978)
    labels, values = profiles(dense)
    found = anndata.read_zarr(tmp_path / "x.zarr")
    assert found.X.dtype == np.float16
    np.testing.assert_array_equal(found.X, values)
    assert found.obs["compound_id"].tolist() == labels["compound_id"].tolist()
    assert list(found.var_names)[:2] == ["GNPDA1", "CDH3"]
    assert found.uns["drugexp"]["unit"] == "zscore"
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def test_what_stands_there_stays_unless_said_otherwise(dense, tmp_path):
    pytest.importorskip("anndata")
    (tmp_path / "x.zarr").mkdir()
    with pytest.raises(UsageError, match="stands there already"):
        write_zarr(dense, tmp_path / "x.zarr")
    found = CliRunner().invoke(app, ["data", "convert", str(dense), str(tmp_path / "x.zarr"), "--overwrite"])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "x.zarr" / "X").is_dir()


def test_scores_are_no_profiles(bundles, tmp_path):
    pytest.importorskip("anndata")
    (tmp_path / "x.smi").write_text("CCO a\n")
    drugexp.screen(tmp_path / "x.smi", tmp_path / "out", model=bundles["zscore"], cells=["MCF7"], keep="top", workers=1)
    with pytest.raises(DataError, match=r"keeps top, no whole profiles"):
        write_zarr(tmp_path / "out", tmp_path / "x.zarr")
    with pytest.raises(DataError, match="no screen"):
        write_zarr(tmp_path, tmp_path / "x.zarr")
