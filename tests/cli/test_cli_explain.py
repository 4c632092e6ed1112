"""`drugexp explain`: what it says, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.image as image
import numpy as np
import pandas as pd
import pytest
from conftest import Cli
from small_model import ENDS, small_screen

from drugexp import api
from drugexp.intake.screen_io import write_screen

SULFONAMIDE = "NS(=O)(=O)Cc1ccc(Cl)cc1"
GMT = "FIRST\tna\tCDK1\tTP53\tMYC\nOTHER\tna\tEGFR\tNOT_A_GENE\n"


def test_an_answer_on_the_screen_and_as_a_picture(cli: Cli, bundles: dict[str, Path]) -> None:
    run = cli(
        "explain", SULFONAMIDE, "--cell", "MCF7", "--gene", "CDK1", "--model", bundles["zscore"], "--figure", "x.svg"
    )
    assert run.code == 0
    assert "compound1 on CDK1 in MCF7" in run.out
    for word in ("atom", "substructure", "training compound"):
        assert word in run.out
    assert "stands out" in run.out or "unstable" in run.out or "NO BETTER THAN NOISE" in run.out
    assert "wrote x.svg" in run.err
    assert "<title>compound1 on CDK1 in MCF7</title>" in Path("x.svg").read_text()


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_table_adds_up_to_the_prediction(cli: Cli, bundles: dict[str, Path], ending: str) -> None:
    asked = (SULFONAMIDE, "--cell", "MCF7", "--gene", "CDK1", "--gene", "MYC", "--dose", 10)
    run = cli("explain", *asked, "--model", bundles["zscore"], "-o", f"x.{ending}")
    assert (run.code, run.out) == (0, "")
    path = Path(f"x.{ending}")
    table = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path, sep="\t" if ending == "tsv" else ",")
    frame = api.predict(SULFONAMIDE, cells="MCF7", dose_um=10, model=bundles["zscore"])
    for gene in ("CDK1", "MYC"):
        mine = table[table["target"] == gene]
        sums = mine.groupby("kind")["share"].sum()
        total = sum(sums.get(kind, 0.0) for kind in ("base", "atom", "compound", "cell"))
        assert total == pytest.approx(sums["prediction"], abs=1e-4)
        assert sums["prediction"] == pytest.approx(frame[gene].iat[0], abs=1e-4)
        assert (mine["kind"] == "verdict").sum() == 1


def test_json_is_one_object_an_explanation(cli: Cli, bundles: dict[str, Path]) -> None:
    run = cli("explain", SULFONAMIDE, "CCO", "--model", bundles["zscore"], "--json", "--quiet")
    assert run.err == ""
    first, second = map(json.loads, run.out.splitlines())
    assert first["target"] == {"name": "whole profile", "kind": "profile", "genes": 978}
    assert len(first["atoms"]) == 12
    assert len(second["atoms"]) == 3
    assert second["training_compounds"][0]["similarity"] <= 1
    assert first["dose_um"] is None


def test_pathways_and_lists_of_genes(cli: Cli, bundles: dict[str, Path]) -> None:
    Path("sets.gmt").write_text(GMT)
    model = bundles["zscore"]
    genes = ("--genes", "ENSG00000141510,MYC,CDK1")
    sets = ("--gene-sets", "sets.gmt", "--pathway", "FIRST", "--pathway", "OTHER")
    run = cli("explain", "CCO", *sets, *genes, "--model", model, "-o", "x.json")
    assert run.code == 0
    assert "ENSG00000141510 was read as TP53" in run.err
    assert "OTHER: 1 of 2 genes are among those of the model" in run.err
    first, other, given = json.loads(Path("x.json").read_text())
    assert [t["target"]["genes"] for t in (first, other, given)] == [3, 1, 3]
    assert given["prediction"] == pytest.approx(first["prediction"], abs=1e-6)
    single = [api.explain("CCO", gene=g, model=model)[0].explained.parts.value for g in ("CDK1", "TP53", "MYC")]
    assert first["prediction"] == pytest.approx(np.mean(single), abs=1e-5)


def test_a_page_and_numbered_pictures(cli: Cli, bundles: dict[str, Path]) -> None:
    model = bundles["zscore"]
    assert cli("explain", SULFONAMIDE, "CCO", "--model", model, "--figure", "x.png").code == 0
    assert (
        image.imread("x.1.png").shape == image.imread("x.2.png").shape == (320, 420, image.imread("x.1.png").shape[2])
    )
    assert cli("explain", SULFONAMIDE, "--model", model, "--figure", "x.html").code == 0
    text = Path("x.html").read_text()
    assert "<h3>Substructures</h3>" in text
    assert "<script" not in text
    assert text.count("<section") == 1


def test_the_substructure_that_was_learnt_is_found(bundles: dict[str, Path]) -> None:
    """Profiles of the small model are set by the end group alone."""
    found = api.explain([f"c1ccc(C{end})cc1" for end in ENDS], model=bundles["zscore"])
    ends = [one.explained.atoms[[w[0] != "c" for w in one.explained.query.atom_words]].mean() for one in found]
    rings = [one.explained.atoms[[w[0] == "c" for w in one.explained.query.atom_words]].mean() for one in found]
    assert np.mean(np.array(ends) > np.array(rings)) > 0.8


def test_training_compounds_add_up_where_the_model_weighs_them(cli: Cli, bundles: dict[str, Path]) -> None:
    write_screen(small_screen(), Path("small.screen"))
    query = (SULFONAMIDE, "--cell", "MCF7", "--gene", "CDK1", "--dose", 10, "--time", 24, "--model", bundles["zscore"])
    run = cli("explain", *query, "--training", "small.screen", "--top", 1000, "--json")
    told = json.loads(run.out)
    assert "training compounds:" not in run.err
    shares = [c["share"] for c in told["training_compounds"]]
    assert sum(shares) == pytest.approx(told["prediction"], abs=1e-3)
    write_screen(small_screen(seed=1), Path("other.screen"))
    other = cli("explain", *query, "--training", "other.screen", "--json")
    assert "is not what the model learnt from" in other.err
    assert {c["share"] for c in json.loads(other.out)["training_compounds"]} == {None}


def test_the_same_question_has_the_same_answer_in_any_company(bundles: dict[str, Path]) -> None:
    alone = api.explain(SULFONAMIDE, gene="CDK1", model=bundles["zscore"])[0]
    beside = api.explain(["CCO", SULFONAMIDE], gene=["MYC", "CDK1"], model=bundles["zscore"])[3]
    np.testing.assert_array_equal(alone.explained.atoms, beside.explained.atoms)
    assert alone.explained.trust == beside.explained.trust


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("CCO", "--gene", "CDKX4"), "unknown gene 'CDKX4'; nearest: CDK"),
        (("CCO", "--pathway", "FIRST"), "--gene-sets"),
        (("CCO", "--gene-sets", "sets.gmt"), "none is asked for"),
        (("CCO", "--gene-sets", "sets.gmt", "--pathway", "FRST"), "unknown gene set 'FRST'; nearest: FIRST"),
        (("CCO", "--genes", "NOT_A_GENE"), "none of the 1 genes"),
        (("CCO", "--method", "exact"), "no exact account"),
        (("CCO", "--cell", "MCF"), "unknown cell line 'MCF'"),
        (("CCO", "-o", "x.xlsx"), "valid: .csv, .tsv, .parquet, .json"),
        (("CCO", "--figure", "none/x.svg"), "there is no folder 'none'"),
        (("CCO", "--figure", "x.gif"), "valid: .svg, .png, .html"),
    ],
)
def test_mistakes_are_told(cli: Cli, bundles: dict[str, Path], arguments: tuple[str, ...], told: str) -> None:
    Path("sets.gmt").write_text(GMT)
    run = cli("explain", *arguments, "--model", bundles["zscore"])
    assert run.code == 2
    assert told in run.err


def test_good_rows_still_get_their_answer(cli: Cli, bundles: dict[str, Path]) -> None:
    run = cli("explain", "CCO", "no structure", "--model", bundles["zscore"], "-o", "x.csv")
    assert run.code == 4
    assert set(pd.read_csv("x.csv")["compound_id"]) == {"compound1"}
    assert pd.read_csv("x.rejects.csv")["value"].tolist() == ["no structure"]
    assert cli("explain", "no structure", "--model", bundles["zscore"]).code == 3
