"""`drugexp predict` with GCT, GCTX and h5ad: as baseline, and as output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import SMILES, panel

from drugexp.contract.units import Unit
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import write_h5ad
from drugexp.intake.genes import landmark_axis

GENES = list(landmark_axis().ids)
ASKED = (*SMILES[:3], "--cell", "MCF7", "--cell", "PC3", "--dose", 10)


def own_cells() -> Expression:
    block = panel().blocks["expression"]
    probes = annotation_table([f"{i}_at" for i in range(978)], {"pr_gene_symbol": np.array(GENES, dtype=object)})
    return Expression(block.values[:2], annotation_table(["mine", "yours"]), probes)


@pytest.mark.parametrize("ending", [".gct", ".gctx"])
def test_means_and_deviations_stand_in_two_files(predict, ending: str) -> None:
    assert predict(*ASKED, "-o", "out.parquet").code == 0
    done = predict(*ASKED, "-o", f"out{ending}")
    assert done.code == 0
    assert f"wrote out{ending}\nwrote out.sd{ending}" in done.err
    for name in ("out", "out.sd"):
        wanted = pd.read_parquet(f"{name}.parquet")
        found = read_expression(f"{name}{ending}")
        np.testing.assert_array_equal(found.values.astype(np.float32), wanted[GENES].to_numpy())
        assert list(found.genes.index) == GENES
        assert list(found.samples.index) == wanted["query_id"].tolist()
        assert found.unit is Unit.ZSCORE
        for label in ("compound_id", "smiles", "cell", "domain_reason", "model"):
            assert found.samples[label].tolist() == wanted[label].tolist()
        assert found.samples["dose_um"].astype(float).tolist() == [10.0] * 6
        assert found.samples["in_domain"].astype(str).tolist() == wanted["in_domain"].astype(str).tolist()


def test_h5ad_holds_everything_in_one_file(predict) -> None:
    anndata = pytest.importorskip("anndata")
    assert predict(*ASKED, "-o", "out.parquet").code == 0
    done = predict(*ASKED, "-o", "out.h5ad")
    assert done.code == 0
    assert [p.name for p in Path.cwd().glob("out*.h5ad")] == ["out.h5ad"]
    data = anndata.read_h5ad("out.h5ad")
    means, deviations = (pd.read_parquet(f"{n}.parquet")[GENES].to_numpy() for n in ("out", "out.sd"))
    np.testing.assert_array_equal(data.X, means)
    np.testing.assert_array_equal(data.layers["sd"], deviations)
    assert (data.layers["lower"] < means).all()
    assert (data.layers["upper"] > means).all()
    assert data.uns["drugexp"]["unit"] == "zscore"
    assert data.uns["drugexp"]["coverage"] == 0.9
    assert data.obs["cell"].tolist() == ["MCF7", "PC3"] * 3
    assert read_expression("out.h5ad").unit is Unit.ZSCORE


@pytest.mark.parametrize("write", [write_gct, write_gctx, write_h5ad])
def test_a_baseline_gives_the_same_predictions_in_every_format(predict, write: Callable) -> None:
    table = own_cells()
    frame = pd.DataFrame(table.values, index=table.samples.index, columns=GENES)
    frame.to_csv("b.csv")
    path = f"b.{write.__name__.removeprefix('write_')}"
    write(table, path)
    outputs = []
    for baseline in ("b.csv", path):
        done = predict("CCO", "--baseline", baseline, "-o", "out.parquet", unit="log2fc")
        assert done.code == 0
        assert "978 of 978 landmark genes found" in done.err
        outputs.append(pd.read_parquet("out.parquet"))
    assert "gene names were taken from 'pr_gene_symbol'" in done.err
    assert outputs[1]["cell"].tolist() == ["mine", "yours"]
    pd.testing.assert_frame_equal(*outputs)


def test_a_damaged_baseline_is_a_sentence(predict) -> None:
    write_gctx(own_cells(), "b.gctx")
    whole = Path("b.gctx").read_bytes()
    Path("b.gctx").write_bytes(whole[:5000])
    done = predict("CCO", "--baseline", "b.gctx")
    assert done.code == 3
    assert "b.gctx: cannot be read as HDF5" in done.err
