"""`drugexp connect`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import SMILES, small_screen

import drugexp
from drugexp.api.connecting import Connections
from drugexp.contract import Screen
from drugexp.intake.screen_io import write_screen


@pytest.fixture(scope="module")
def screen() -> Screen:
    """42 compounds in three cells; those with the same end group act alike."""
    return small_screen()


@pytest.fixture
def reference(cli, screen: Screen, tmp_path: Path) -> Path:
    write_screen(screen, tmp_path / "known.screen")
    classes = pd.DataFrame({"smiles": SMILES, "moa": [f"end group {i % 7}" for i in range(len(SMILES))]})
    classes.to_csv(tmp_path / "classes.csv", index=False)
    return Path("known.screen")


def test_a_compound_is_most_like_those_that_act_alike(cli, reference: Path, bundles) -> None:
    options = ("--reference", reference, "--model", bundles["zscore"], "--cell", "MCF7", "--draws", 50)
    asked = cli("connect", SMILES[3], *options, "--by", "compound", "--mechanisms", "classes.csv", "-o", "found.csv")
    assert asked.code == 0, asked.err
    ranking = pd.read_csv("found.csv")
    assert ranking["rank"].tolist() == list(range(1, 43))
    assert ranking["same_compound"].head(6).sum() == 1
    assert (ranking["mechanism"].head(6) == "end group 3").all()
    calls = pd.read_csv("found.mechanisms.csv")
    assert calls["mechanism"].iloc[0] == "end group 3"
    assert calls["neighbours"].iloc[0] == 5  # the compound itself does not vote
    assert calls["p_value"].iloc[0] < 0.01
    query = pd.read_csv("found.queries.csv").iloc[0]
    assert query["best_score"] > query["chance_best"]
    assert query["best_p"] < 0.05


def test_lists_of_genes_are_reversed_by_what_lowers_the_raised(cli, screen: Screen, reference: Path) -> None:
    profile = screen.values[0]
    genes = np.array(screen.genes.ids)
    order = np.argsort(profile)
    Path("up.txt").write_text("\n".join(genes[order[:40]]) + "\n")
    Path("down.txt").write_text("gene\n" + "\n".join(genes[order[-40:]]) + "\nNOT_A_GENE\n")
    asked = cli(
        *("connect", "--up", "up.txt", "--down", "down.txt", "--reference", reference, "--want", "reverse"),
        *("--json", "--top", 3, "--draws", 50),
    )
    assert asked.code == 0, asked.err
    assert "down: 40 of 41 lowered genes" not in asked.err  # the name is that of the first file
    assert "up: 40 of 41 lowered genes are among the 978" in asked.err
    found = json.loads(asked.out)
    assert found["ranking"][0]["compound_id"] == "c0"
    assert found["ranking"][0]["score"] < -0.9
    assert found["best_score"] < found["chance_best"] < 0
    assert len(found["ranking"]) == 3


@pytest.mark.parametrize("measure", ["wtcs", "ks", "xsum", "cosine", "pearson"])
def test_a_measured_profile_finds_itself_by_every_measure(screen: Screen, measure) -> None:
    query = screen.take(np.array([5]))
    found = drugexp.connect(profiles=query, reference=screen, measure=measure, draws=20, top=0)
    assert isinstance(found, Connections)
    assert len(found.ranking) == len(screen)
    first = found.ranking.iloc[0]
    assert (first["compound_id"], first["cell"]) == ("c1", "PC3")
    assert first["tau"] > 95
    assert (found.ranking["normalised"].diff().dropna() <= 1e-6).all()


def test_a_differential_table_and_gene_sets_are_read(cli, screen: Screen, reference: Path) -> None:
    table = pd.DataFrame({"gene": screen.genes.ids, "baseMean": 7.0, "log2FoldChange": screen.values[0], "padj": 0.1})
    table.loc[3, "log2FoldChange"] = np.nan
    table.to_csv("disease.csv", index=False, na_rep="NA")
    asked = cli("connect", "--table", "disease.csv", "--reference", reference, "--draws", 10, "-o", "a.tsv")
    assert asked.code == 0, asked.err
    assert "changes were taken from the column 'log2FoldChange'" in asked.err
    assert "1 genes without a number were left out" in asked.err
    assert pd.read_csv("a.tsv", sep="\t")["compound_id"].iloc[0] == "c0"
    order = np.array(screen.genes.ids)[np.argsort(-screen.values[0])]
    rows = [("MINE_UP", order[:30]), ("MINE_DN", order[-30:]), ("TINY", ["A", "B"]), ("ALONE", order[:20])]
    Path("sets.gmt").write_text("".join(f"{n}\t-\t" + "\t".join(g) + "\n" for n, g in rows))
    asked = cli("connect", "--sets", "sets.gmt", "--reference", reference, "--draws", 10, "-o", "b.csv")
    assert asked.code == 0, asked.err
    assert "left out: TINY" in asked.err
    queries = pd.read_csv("b.queries.csv")
    assert queries["query"].tolist() == ["MINE", "ALONE"]
    assert queries[["up", "down"]].to_numpy().tolist() == [[30, 30], [20, 0]]
    assert pd.read_csv("b.csv").groupby("query")["compound_id"].first().to_dict() == {"MINE": "c0", "ALONE": "c0"}


def test_a_library_is_predicted_and_its_bad_rows_are_told(cli, bundles, screen: Screen) -> None:
    Path("library.smi").write_text("".join(f"{s} x{i}\n" for i, s in enumerate(SMILES[:24])) + "C1CC bad\n")
    genes = np.array(screen.genes.ids)[np.argsort(-screen.values[9])]  # compound 3
    Path("up.txt").write_text("\n".join(genes[:50]))
    options = ("--library", "library.smi", "--model", bundles["zscore"], "--cell", "MCF7", "--draws", 20)
    asked = cli("connect", "--up", "up.txt", *options, "-o", "found.csv")
    assert asked.code == 4, asked.err
    assert "rejected: library.smi row 25" in asked.err
    ranking = pd.read_csv("found.csv")
    assert len(ranking) == 24
    assert set(ranking["compound_id"].head(3)) <= {"x3", "x10", "x17"}
    assert pd.read_csv("found.rejects.csv")["value"].tolist() == ["C1CC"]


def test_a_random_signature_is_said_to_be_no_better_than_chance(cli, screen: Screen, reference: Path) -> None:
    genes = np.random.default_rng(0).permutation(screen.genes.ids)
    Path("up.txt").write_text("\n".join(genes[:40]))
    Path("down.txt").write_text("\n".join(genes[40:80]))
    asked = cli("connect", "--up", "up.txt", "--down", "down.txt", "--reference", reference, "--draws", 200)
    assert asked.code == 0, asked.err
    assert "This is no better than chance." in " ".join(asked.out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--reference", "known.screen"), 2, "no query was given"),
        (("CCO",), 2, "one thing to search is needed"),
        (("CCO", "--up", "up.txt", "--reference", "known.screen"), 2, "queries of one kind are needed"),
        (("CCO", "--reference", "known.screen", "--library", "a.smi"), 2, "a reference or a library is searched"),
        (("--up", "up.txt", "--reference", "known.screen"), 3, "0 of 1 raised genes are known"),
        (("--up", "none.txt", "--reference", "known.screen"), 3, "there is no such file"),
        (("--up", "up.txt", "--reference", "lincs_consensu"), 2, "nearest: lincs_consensus"),
        (("CCO", "--reference", "known.screen", "-o", "found.xls"), 2, "ends in '.xls'"),
        (("--table", "classes.csv", "--reference", "known.screen"), 3, "no column of changes was found"),
        (
            ("--profiles", "known.screen", "--reference", "known.screen", "--mechanisms", "up.txt"),
            3,
            "there is no column of mechanisms",
        ),
    ],
)
def test_mistakes_are_one_sentence(cli, reference: Path, arguments, code: int, sentence: str) -> None:
    Path("up.txt").write_text("NOT_A_GENE\n" if "--mechanisms" not in arguments else "a,b\n1,2\n")
    refused = cli("connect", *arguments, "--quiet")
    assert refused.code == code, refused.err
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert sorted(p.name for p in Path().iterdir()) == ["classes.csv", "known.screen", "up.txt"]


@pytest.mark.data
def test_hdac_inhibitors_find_each_other_among_measured_profiles(data_dir: Path) -> None:
    screen = drugexp.read_screen("lincs_consensus", data_dir=data_dir)
    names = screen.perturbations["name"].str.lower()
    query = screen.take(np.flatnonzero(names == "vorinostat"))
    found = drugexp.connect(
        profiles=query, reference="lincs_consensus", mechanisms="hub_labels", data_dir=data_dir, draws=100
    )
    others = found.ranking[~found.ranking["same_compound"]]
    assert "HDAC inhibitor" in others["mechanism"].head(10).tolist()
    assert others["tau"].iloc[0] > 95
