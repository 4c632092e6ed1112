"""`drugexp network`: profiles in, edges out, in every format; mistakes are sentences."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import drugexp
from drugexp.errors import InputError, PluginError, UsageError
from drugexp.simulate.regulation import simulate_regulation

pytest.importorskip("sklearn")

GENES = [f"G{i}" for i in range(12)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with profiles, known edges, regulators and targets of compounds."""
    folder = tmp_path_factory.mktemp("made")
    net = simulate_regulation(12, 60, seed=4)
    table = pd.DataFrame(np.log2(net.profiles), columns=GENES)
    table.insert(0, "query_id", [f"q{i}" for i in range(60)])
    table.insert(1, "compound_id", [f"c{i % 10}" for i in range(60)])
    table.insert(2, "dose_um", 10.0)
    table.insert(3, "nearest_similarity", 0.5)
    table.to_csv(folder / "profiles.csv", index=False)
    rows, columns = np.nonzero(net.edges)
    gold = pd.DataFrame({"tf": np.array(GENES)[rows], "target": np.array(GENES)[columns]})
    gold.to_csv(folder / "gold.csv", index=False)
    (folder / "factors.txt").write_text("\n".join([*GENES[:6], "NOGENE"]) + "\n")
    (folder / "targets.csv").write_text("compound,target\nc0,G1|G2\nC1,G1\nnobody,G3\n")
    return folder


def test_edges_are_printed_and_held_against_known_ones(cli, made: Path) -> None:
    done = cli("network", made / "profiles.csv", "--method", "correlation", "--gold", made / "gold.csv")
    assert done.code == 0
    assert "AUPR" in done.out
    assert "An edge says that one gene tells of another" in " ".join(done.out.split())
    assert "known edges are among these genes" in done.err


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "graphml"])
def test_edges_are_written_in_every_format(cli, made: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"edges.{ending}"
    factors = made / "factors.txt"
    asked = ("--method", "correlation", "--method", "partial", "--top", 25, "-o", out)
    done = cli("network", made / "profiles.csv", "--regulators", factors, *asked)
    assert done.code == 0
    assert "1 of 7 regulators are not among the profiles' genes: NOGENE" in done.err
    if ending == "graphml":
        root = ElementTree.parse(out).getroot()  # noqa: S314 - a file of ours
        edges = [e for e in root.iter() if e.tag.endswith("}edge")]
        found = pd.DataFrame(
            {"regulator": [e.get("source") for e in edges], "target": [e.get("target") for e in edges]}
        )
    elif ending == "parquet":
        found = pd.read_parquet(out)
    else:
        found = pd.read_csv(out, sep="\t" if ending == "tsv" else ",")
    wanted = drugexp.network(made / "profiles.csv", methods=["correlation", "partial"], regulators=GENES[:6])
    table = wanted.network.edges(25)
    assert found[["regulator", "target"]].to_numpy().tolist() == table[["regulator", "target"]].to_numpy().tolist()
    assert set(found["regulator"]) <= set(GENES[:6])


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_the_figure_shows_a_gene_with_its_neighbours(cli, made: Path, tmp_path: Path, ending: str) -> None:
    figure = tmp_path / f"g.{ending}"
    done = cli(
        "network", made / "profiles.csv", "--method", "correlation", "--gene", "G3", "--figure", figure, "--quiet"
    )
    assert done.code == 0
    text = figure.read_text()
    assert text.count(">G3<") == 1
    assert "regulators (11)" in text
    assert 'role="img"' in text
    if ending == "svg":
        ElementTree.fromstring(text)  # noqa: S314 - a figure of ours


def test_labels_of_predictions_are_no_genes(made: Path) -> None:
    assert drugexp.network(made / "profiles.csv", methods="correlation").network.genes == tuple(GENES)
    frame = pd.read_csv(made / "profiles.csv")
    assert drugexp.network(frame, methods="correlation").network.genes == tuple(GENES)


def test_targets_of_compounds_enter_the_consensus(made: Path) -> None:
    found = drugexp.network(made / "profiles.csv", methods="correlation", targets=made / "targets.csv")
    assert set(found.network.scores) == {"correlation", "perturbation", "consensus"}
    assert "targets are known of 12 of 60 profiles; 2 of these genes are in the profiles" in found.notes
    assert np.isfinite(found.network.effect[1]).all()
    assert np.isnan(found.network.effect[3]).all()
    with pytest.raises(UsageError, match="tells no targets"):
        drugexp.network(made / "profiles.csv", methods="correlation", targets=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "forrest"), "forest"),
        (("-o", "edges.gml"), ".graphml"),
        (("-o", "nowhere/edges.csv"), "there is no folder"),
        (("--gene", "G3"), "--figure and --gene together"),
        (("--gene", "G99", "--figure", "x.svg", "--method", "correlation"), "G99"),
        (("--regulators", "none.txt", "--method", "correlation"), "none.txt"),
    ],
)
def test_a_mistake_is_a_sentence(cli, made: Path, words: tuple[str, ...], told: str) -> None:
    done = cli("network", made / "profiles.csv", *words)
    assert done.code in (2, 3)
    assert told in done.err


def test_a_missing_package_is_named_with_the_way_to_install_it(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr("drugexp.api.regulating.find_spec", lambda name: None if name == "sklearn" else object())
    with pytest.raises(PluginError, match=r"drugexp\[models\]"):
        drugexp.network(made / "profiles.csv", methods="forest")


def test_genes_that_are_missing_somewhere_are_left_out(made: Path) -> None:
    frame = pd.read_csv(made / "profiles.csv")
    frame.loc[3, "G5"] = np.nan
    found = drugexp.network(frame, methods="correlation")
    assert "G5" not in found.network.genes
    assert "1 genes that are missing in some profiles were left out" in found.notes
    with pytest.raises(InputError, match="a network needs two"):
        drugexp.network(frame[["query_id", "G5", "G1"]], methods="correlation")
