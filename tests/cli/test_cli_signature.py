"""`drugexp signature`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import ENDS, SMILES, small_screen

import drugexp
from drugexp.api.moving import Movement
from drugexp.contract import Screen
from drugexp.intake.screen_io import write_screen


@pytest.fixture(scope="module")
def screen() -> Screen:
    return small_screen()


@pytest.fixture
def files(cli, screen: Screen) -> np.ndarray:
    """A screen, gene sets and regulators made of what the first compound's end group does; the genes by its effect."""
    write_screen(screen, Path("known.screen"))
    acts_alike = [i for i in range(len(screen)) if (i // 3) % len(ENDS) == 0]
    order = np.array(screen.genes.ids)[np.argsort(-screen.values[acts_alike].mean(axis=0))]
    rng = np.random.default_rng(0)
    sets = {"RAISED": order[:30], "LOWERED": order[-30:], "TINY": order[:2]}
    sets |= {f"RANDOM{i}": rng.choice(order, 30, replace=False) for i in range(10)}
    Path("sets.gmt").write_text("".join(f"{n}\t-\t" + "\t".join(g) + "\n" for n, g in sets.items()))
    rows = [("ON", g, 1) for g in order[:20]] + [("ON", g, -1) for g in order[-20:]]
    rows += [("OFF", g, -1) for g in order[:20]] + [("NONE", g, 1) for g in rng.choice(order, 20, replace=False)]
    Path("odd.csv").write_text("a,b\n1,2\n")
    pd.DataFrame([*rows, ("FEW", "TP53", 1)], columns=["tf", "target", "mor"]).to_csv("regulons.csv", index=False)
    return order


def test_a_prediction_moves_the_genes_sets_and_regulators_that_were_planted(cli, files, bundles) -> None:
    options = ("--cell", "MCF7", "--model", bundles["zscore"], "--gene-sets", "sets.gmt", "--regulons", "regulons.csv")
    asked = cli("signature", SMILES[0], *options, "--top", 30, "-o", "out.csv")
    assert asked.code == 0, asked.err
    assert "12 of 13 sets have 5 to 500 of the 978 genes" in asked.err
    assert "3 of 4 regulators have 5 targets or more" in asked.err
    genes = pd.read_csv("out.csv")
    up = genes[genes["direction"] == "up"]
    assert len(set(up["gene"]) & set(files[:60])) > 10  # by chance 2
    assert (up["change"].diff().dropna() <= 0).all()
    assert ((genes["lower"] <= genes["change"]) & (genes["change"] <= genes["upper"])).all()
    assert (genes["clear"] == ((genes["lower"] > 0) | (genes["upper"] < 0))).all()
    sets = pd.read_csv("out.sets.csv")
    assert set(sets["set"].head(2)) == {"RAISED", "LOWERED"}
    assert sets.set_index("set")["direction"].loc[["RAISED", "LOWERED"]].tolist() == ["up", "down"]
    activities = pd.read_csv("out.activities.csv").set_index("regulator")
    assert activities["score"]["ON"] > 10
    assert activities["score"]["OFF"] < -5
    assert activities["q_value"]["NONE"] > activities["q_value"]["ON"]
    query = pd.read_csv("out.queries.csv").iloc[0]
    assert query["sets_found"] >= 2 > query["sets_by_chance"]
    assert query["regulators_found"] >= 2 > query["regulators_by_chance"]


def test_over_representation_and_gseapy_agree_on_what_was_planted(cli, files, bundles) -> None:
    pytest.importorskip("gseapy")
    for test in ("over-representation", "gsea"):
        found = drugexp.signature(
            SMILES[0], cells="MCF7", model=bundles["zscore"], gene_sets="sets.gmt", test=test, draws=100
        )
        assert set(found.sets["set"].head(2)) == {"RAISED", "LOWERED"}, test
        assert (found.sets["q_value"].head(2) < 0.05).all()


def test_a_missing_gseapy_is_a_sentence(cli, files, bundles, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "gseapy", None)
    options = ("--cell", "MCF7", "--model", bundles["zscore"], "--gene-sets", "sets.gmt", "--test", "gsea")
    refused = cli("signature", SMILES[0], *options, "--quiet")
    assert refused.code == 5
    assert "pip install 'drugexp[enrichment]'" in refused.err


def test_two_compounds_side_by_side(cli, bundles) -> None:
    options = ("--cell", "MCF7", "--model", bundles["zscore"], "--compare", "compound")
    asked = cli("signature", SMILES[0], SMILES[len(ENDS)], SMILES[1], *options, "-o", "out.csv")
    assert asked.code == 0, asked.err
    pairs = pd.read_csv("out.pairs.csv").set_index(["first", "second"])
    same, other = pairs.loc[("compound1", "compound2")], pairs.loc[("compound1", "compound3")]
    assert same["pearson"] > other["pearson"]
    assert same["centred"] > 0 > other["centred"]
    assert same["p_value"] < 0.01
    differences = pd.read_csv("out.differences.csv")
    np.testing.assert_allclose(
        differences["difference"], differences["change_second"] - differences["change_first"], atol=1e-4
    )
    assert (
        (differences["lower"] < differences["difference"]) & (differences["difference"] < differences["upper"])
    ).all()


def test_cells_are_compared_within_a_compound(cli, bundles) -> None:
    found = drugexp.signature(list(SMILES[:2]), cells=["MCF7", "A549"], model=bundles["zscore"], along="cell")
    assert isinstance(found, Movement)
    assert found.pairs[["first", "second"]].to_numpy().tolist() == [
        ["compound1, MCF7", "compound1, A549"],
        ["compound2, MCF7", "compound2, A549"],
    ]


def test_measured_doses_make_curves(cli, screen: Screen) -> None:
    doses = [0.1, 1.0, 10.0]
    some = screen.take(np.zeros(3, dtype=int))
    samples = some.samples.assign(dose_um=doses)
    values = np.outer([0.0, 1.0, 2.0], screen.values[0])
    from dataclasses import replace

    write_screen(replace(some, samples=samples, values=values), Path("doses.screen"))
    gene = screen.genes.ids[int(np.argmax(screen.values[0]))]
    asked = cli("signature", "--profiles", "doses.screen", "--gene", gene, "--json", "--quiet")
    assert asked.code == 0, asked.err
    told = json.loads(asked.out)
    assert [row["dose_um"] for row in told["curves"]] == doses
    assert told["trends"][0]["half_dose_um"] == pytest.approx(1.0)
    assert told["trends"][0]["slope"] == pytest.approx(float(screen.values[0].max()), rel=1e-4)
    assert "lower" not in told["curves"][0]  # nobody knows the interval of a measured profile
    assert told["coverage"] is None
    shown = cli("signature", "--profiles", "doses.screen")
    assert "half at" in shown.out


def test_measured_profiles_are_picked_by_name(cli, files) -> None:
    shown = cli("signature", "--profiles", "known.screen", "--pick", "C3", "--gene-sets", "sets.gmt")
    assert shown.code == 0, shown.err
    assert shown.out.count("c3") == 3
    assert "with shuffled genes" in shown.out
    refused = cli("signature", "--profiles", "known.screen", "--pick", "c99")
    assert refused.code == 2
    assert "unknown compound 'c99'; nearest: c9" in refused.err


def test_bad_rows_are_told_and_good_ones_answered(cli, bundles) -> None:
    Path("some.smi").write_text(f"{SMILES[0]} good\nC1CC bad\n")
    asked = cli("signature", "some.smi", "--cell", "MCF7", "--model", bundles["zscore"], "-o", "out.tsv")
    assert asked.code == 4, asked.err
    assert "rejected: some.smi row 2, smiles 'C1CC'" in asked.err
    assert set(pd.read_csv("out.tsv", sep="\t")["query"]) == {"good"}
    assert pd.read_csv("out.rejects.tsv", sep="\t")["value"].tolist() == ["C1CC"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "no profile was asked for"),
        (("CCO", "--profiles", "known.screen"), 2, "compounds and profiles are two questions"),
        (("--profiles", "known.screen", "--compare", "dose"), 2, "no two profiles differ in dose alone"),
        (("--profiles", "known.screen", "--gene-sets", "none.gmt"), 3, "there is no such file"),
        (("--profiles", "known.screen", "--regulons", "odd.csv"), 3, "there is no column 'source'"),
        (("--profiles", "known.screen", "--regulons", "regulons.csv", "--least", 50), 3, "no regulator has 50 targets"),
        (("--profiles", "known.screen", "--gene", "TP53"), 2, "so there is no curve"),
        (("--profiles", "known.screen", "--gene", "NOT_ONE"), 2, "'NOT_ONE' is no gene of the profiles"),
        (("--profiles", "known.screen", "-o", "out.xls"), 2, "ends in '.xls'"),
        (("C1CC",), 3, "no compound can be used"),
    ],
)
def test_mistakes_are_one_sentence(cli, files, arguments, code: int, sentence: str) -> None:
    before = sorted(p.name for p in Path().iterdir())
    refused = cli("signature", *arguments, "--quiet")
    assert refused.code == code, refused.err
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert sorted(p.name for p in Path().iterdir()) == before


@pytest.mark.data
def test_proteasome_inhibition_raises_the_heat_shock_genes(data_dir: Path) -> None:
    found = drugexp.signature(profiles="lincs_consensus", pick="bortezomib", top=30, data_dir=data_dir)
    up = found.genes[found.genes["direction"] == "up"]["gene"].tolist()
    assert {"HSPA1A", "DNAJB1"} <= set(up)
