"""`drugexp integrate`: blocks in, components and clusters out; mistakes are sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from omics_planted import matched, planted_clusters

from drugexp import api
from drugexp.errors import InputError, UsageError

CELLS = [f"L{i:02d}" for i in range(60)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two shared factors in expression and copy numbers of cells, some of which lack a block."""
    rng = np.random.default_rng(2)
    folder = tmp_path_factory.mktemp("blocks")
    z = rng.normal(size=(60, 2))
    expression = 7 + z @ rng.normal(size=(2, 30)) + 0.4 * rng.normal(size=(60, 30))
    copies = 0.4 * z[:, :1] @ rng.normal(size=(1, 12)) + 0.1 * rng.normal(size=(60, 12))
    _table(expression, CELLS).to_csv(folder / "expression.csv")
    _table(expression, CELLS).T.to_csv(folder / "turned.csv")
    _table(copies, CELLS).drop(index=CELLS[3:6]).to_csv(folder / "copies.csv")
    _table(copies[:4], ["n0", "n1", "n2", "n3"]).to_csv(folder / "new.csv")
    pd.DataFrame({"cell": CELLS, "kind": np.where(z[:, 0] > 0, "a", "b")}).to_csv(folder / "kinds.csv", index=False)
    np.save(folder / "z.npy", z)
    return folder


def _table(values: np.ndarray, cells: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        values.round(3), index=pd.Index(cells, name="cell"), columns=[f"GENE{i}" for i in range(values.shape[1])]
    )


def _blocks(made: Path) -> tuple[object, ...]:
    return ("--block", f"expression={made / 'expression.csv'}", "--block", f"copy_number={made / 'copies.csv'}")


def test_planted_factors_are_found_and_written(cli, made: Path, tmp_path: Path) -> None:
    done = cli("integrate", *_blocks(made), "-o", "out.csv", "--page", "page.html")
    assert done.code == 0
    cells = pd.read_csv(tmp_path / "out.csv")
    assert cells["cell"].tolist() == CELLS
    factors = [c for c in cells if c.startswith("factor")]
    assert matched(cells[factors].to_numpy(), np.load(made / "z.npy")).min() > 0.95
    assert (cells.loc[3:5, "measured_copy_number"] == 0).all()
    sd = cells[[f"sd_{name}" for name in factors]].to_numpy().mean(axis=1)
    assert sd[3:6].mean() > np.delete(sd, [3, 4, 5]).mean(), "cells that lack a block are known less well"
    loadings = pd.read_csv(tmp_path / "out.loadings.csv")
    assert loadings.groupby("block").size().to_dict() == {"copy_number": 12, "expression": 30}
    shares = pd.read_csv(tmp_path / "out.explained.csv").set_index("block")
    assert ((shares >= 0) & (shares <= 1)).all().all()
    assert "variance explained of" in done.out
    assert "3 of 60 cells lack it" in done.err
    page = (tmp_path / "page.html").read_text()
    assert "Cells by several kinds of omics" in page
    assert page.count("://") == page.count("http://www.w3.org/2000/svg"), "nothing is asked of anywhere"


def test_a_table_of_genes_by_cells_is_turned(cli, made: Path, tmp_path: Path) -> None:
    """Rows of known genes are what tells them; those of the planted table name none."""
    table = pd.read_csv(made / "turned.csv", index_col=0)
    table.index = ["TP53", "MYC", "EGFR", "CCNB1", "CDK1", "TOP2A", "GAPDH", "ACTB", *table.index[8:]]
    table.to_csv(tmp_path / "turned.csv")
    done = api.integrate({"expression": tmp_path / "turned.csv"})
    assert done.cells["cell"].tolist() == CELLS
    assert done.blocks["expression"] == (60, 30)
    assert any("was turned" in note for note in done.notes)


def test_planted_clusters_are_found(tmp_path: Path) -> None:
    blocks, truth = planted_clusters()
    names = [f"L{i}" for i in range(len(truth))]
    for name, values in blocks.items():
        _table(values, names).to_csv(tmp_path / f"{name}.csv")
    scales = {"copy_number": "log2", "expression": "standardised"}
    files = {name: tmp_path / f"{name}.csv" for name in scales}
    done = api.integrate(files, method="icluster", scales=scales)
    crossed = pd.crosstab(done.cells["cluster"], truth)
    assert crossed.shape[0] == crossed.shape[1]
    assert ((crossed > 0).sum() == 1).all(), "each class lies in one cluster"


def test_new_cells_are_placed_and_not_learnt_from(made: Path) -> None:
    blocks = {"expression": made / "expression.csv", "copy_number": made / "copies.csv"}
    alone = api.integrate(blocks)
    done = api.integrate(blocks, new={"copy_number": made / "new.csv"})
    learnt, new = done.cells[done.cells["learnt"]], done.cells[~done.cells["learnt"]]
    pd.testing.assert_frame_equal(learnt.reset_index(drop=True), alone.cells, check_dtype=False)
    assert new["cell"].tolist() == ["n0", "n1", "n2", "n3"]
    assert (new["measured_expression"] == 0).all()
    told = [c for c in learnt if c.startswith("sd_")]
    assert new[told].to_numpy().max() > learnt[told].to_numpy().max(), "one block alone says less"


def test_classes_are_told_and_cross_validated(cli, made: Path, tmp_path: Path) -> None:
    done = cli("integrate", *_blocks(made), "--method", "diablo", "--outcome", made / "kinds.csv", "-o", "out.csv")
    assert done.code == 0
    cells = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(cells["share_a"] + cells["share_b"], 1, atol=1e-5)
    assert (cells["predicted"] == cells["outcome"]).mean() > 0.85
    errors = pd.read_csv(tmp_path / "out.errors.csv").set_index("of")["balanced_error"]
    assert errors["held-out cells"] < 0.2 < errors.filter(like="shuffled").min()
    assert pd.read_csv(tmp_path / "out.classes.csv")["cells"].sum() == 60
    assert "that is no test" in " ".join(done.out.split())
    lacking = cli("integrate", *_blocks(made), "--method", "diablo")
    assert lacking.code == 2
    assert "--outcome" in lacking.err


def test_new_cells_are_put_into_classes(made: Path) -> None:
    blocks = {"expression": made / "expression.csv", "copy_number": made / "copies.csv"}
    kinds = dict(pd.read_csv(made / "kinds.csv").to_numpy()[:50])
    done = api.integrate(blocks, method="diablo", outcome=kinds, new={"copy_number": made / "new.csv"})
    assert "10 of 60 cells have no class and are left out" in done.notes
    new = done.cells[~done.cells["learnt"]]
    assert new["predicted"].tolist() == [kinds[cell] for cell in CELLS[:4]]
    assert new["outcome"].isna().all() or (new["outcome"] == "").all()


def test_the_features_that_vary_most_are_kept(made: Path) -> None:
    done = api.integrate({"expression": made / "expression.csv"}, most=5)
    table = pd.read_csv(made / "expression.csv", index_col=0)
    assert set(done.found.loadings["expression"].index) == set(table.var().nlargest(5).index)
    assert "expression: the 5 of 30 features that vary most" in done.notes


def test_json_tells_all(cli, made: Path) -> None:
    done = cli("integrate", *_blocks(made), "--json", "--quiet", "--option", "factors=3")
    told = json.loads(done.out)
    assert done.err == ""
    assert told["blocks"]["copy_number"] == {"cells": 57, "features": 12}
    assert len(told["cells"]) == 60
    assert len(told["components"]) <= 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--method", "mofaa"), "nearest: mofa"),
        (("--option", "factrs=3"), "factors"),
        (("--outcome", "kinds.csv"), "learns from no outcome"),
        (("--scale", "copy_number=percents"), "log2"),
        (("--new", "copies=new.csv"), "copy_number"),
        (("--page", "page.txt"), "does not end in .html"),
        (("-o", "out.docx"), ".csv"),
        (("--block", "copy_number=copies.csv"), "twice"),
    ],
)
def test_mistakes_are_sentences(cli, made: Path, arguments: tuple[str, str], words: str) -> None:
    told = [a.replace("=", f"={made}/") if a.endswith(".csv") and "=" in a else a for a in arguments]
    done = cli("integrate", *_blocks(made), *told)
    assert done.code == 2
    assert words in " ".join(done.err.split())


def test_too_few_cells_are_no_ground_for_factors(made: Path, tmp_path: Path) -> None:
    pd.read_csv(made / "copies.csv").head(3).to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(InputError, match="3 cells have measured values; integration needs 5"):
        api.integrate({"copy_number": tmp_path / "few.csv"})


def test_a_block_that_is_unknown_is_named_with_those_that_are(made: Path) -> None:
    with pytest.raises(UsageError, match="copy_number"):
        api.integrate({"copynumber": made / "copies.csv"})
