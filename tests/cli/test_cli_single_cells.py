"""`drugexp predict --baseline` with a file of single cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.intake.genes import landmark_axis


def test_one_baseline_for_each_group(cli, bundles: dict[str, Path]) -> None:
    anndata = pytest.importorskip("anndata")
    counts = np.random.default_rng(0).poisson(0.5, (30, 978)).astype(np.float32)
    obs = pd.DataFrame({"patient": np.resize(["p1", "p2", "p3"], 30)}, index=[f"c{i}" for i in range(30)])
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=list(landmark_axis().ids))).write_h5ad("cells.h5ad")
    asked = ("predict", "CCO", "--model", bundles["zscore"], "--baseline", "cells.h5ad")
    grouped = cli(*asked, "--group-by", "patient", "-o", "out.csv")
    assert grouped.code == 0, grouped.err
    assert "note: 30 cells, summed to 3 baselines in log2(CPM + 1)" in grouped.err
    assert pd.read_csv("out.csv")["cell"].tolist() == ["p1", "p2", "p3"]
    assert "would predict 30 profiles" in cli(*asked, "--per-cell", "--dry-run").err
    refused = cli(*asked, "--group-by", "patent")
    assert refused.code == 2
    assert "unknown column of cells 'patent'; nearest: patient" in refused.err
    both = cli(*asked, "--per-cell", "--group-by", "patient")
    assert both.code == 2
    assert "--per-cell and --group-by ask for different baselines" in both.err
