"""`drugexp data genes`, and gene tables in `drugexp predict`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.genes import landmark_axis

AXIS = landmark_axis()


def table(genes: list[str], samples: int = 2) -> pd.DataFrame:
    values = np.random.default_rng(0).uniform(1, 14, size=(samples, len(genes)))
    return pd.DataFrame(values, columns=genes, index=pd.Index([f"s{i}" for i in range(samples)], name="sample"))


def test_a_list_of_names_is_reported_one_by_one(cli) -> None:
    names = ["TP53", "QARS", "ADCK3", "COQ8A", "AARS1", "ACTB", "NOSUCHGENE", "p53"]
    done = cli("data", "genes", "-", "-o", "names.csv", stdin="\n".join(["gene", *names]) + "\n")
    assert done.code == 0
    assert "3 of 978 landmark genes found (0%, by symbol)" in done.out
    assert "1 not read, since two genes carried the name (QARS = EPRS or QARS1)" in done.out
    assert "read through HGNC 20" in done.out
    rows = pd.read_csv("names.csv", keep_default_na=False).set_index("name", drop=False)
    assert len(rows) == len(names) + 975
    assert rows.loc[names, "read_as"].tolist() == ["TP53", "", "COQ8A", "COQ8A", "AARS", "", "", ""]
    assert rows.loc[names, "how"].tolist() == [
        *("same", "ambiguous", "retired", "same", "approved", "approved", "unknown", "alias")
    ]
    assert rows.loc["ADCK3", "note"] == "more than one name of this gene: merged"
    assert rows.loc["ACTB", "note"] == "ACTB, which is not asked for"
    assert rows.loc["p53", "note"] == "not read: TP53 is named itself"


def test_a_list_without_a_header_loses_no_gene(cli) -> None:
    found = json.loads(cli("data", "genes", "-", "--json", stdin="TP53\nMYC\nCDH3\n").out)
    assert (found["names"], found["found"]) == (3, 3)


@pytest.mark.parametrize("turned", [False, True])
def test_tables_either_way_round_and_gctx_give_the_same_report(cli, turned: bool) -> None:
    genes = [*AXIS.ids[:700], "NOSUCHGENE"]
    frame = table(genes)
    (frame.T if turned else frame).to_csv("mine.csv", index_label="id")
    write_gctx(Expression(frame.to_numpy(), annotation_table(["a", "b"]), annotation_table(genes)), "mine.gctx")
    reports = [json.loads(cli("data", "genes", name, "--json").out) for name in ("mine.csv", "mine.gctx")]
    for report in reports:
        assert report["found"] == 700
        assert report["unknown"] == 1
        assert report["missing"] == list(AXIS.ids[700:])
        assert report["table"].startswith("HGNC 20")


def test_coverage_of_a_model_is_of_the_genes_it_reads(cli, bundles) -> None:
    table([*AXIS.ids]).to_csv("mine.csv")
    done = cli("data", "genes", "mine.csv", "--model", bundles["zscore"])
    assert done.code == 0
    assert "978 of 978 landmark genes found (100%, by symbol)" in done.out


def test_probes_are_predicted_through_a_table_of_genes(predict) -> None:
    probes = [f"{200000 + i}_at" for i in range(len(AXIS))]
    table(probes).to_csv("mine.csv")
    pd.DataFrame({"probe": probes, "symbol": AXIS.ids}).to_csv("names.tsv", sep="\t", index=False)
    refused = predict("CCO", "--baseline", "mine.csv")
    assert refused.code == 3
    assert "--genes" in refused.err
    done = predict("CCO", "--baseline", "mine.csv", "--genes", "names.tsv", "--json")
    assert done.code == 0
    assert "978 by your table of genes" in done.err
    assert len(done.out.splitlines()) == 2


def test_options_that_make_no_sense_are_refused(predict, cli) -> None:
    pd.DataFrame({"id": ["a"], "symbol": ["TP53"]}).to_csv("names.csv", index=False)
    assert "give the baseline too" in predict("CCO", "--genes", "names.csv").err
    assert "does not end in .csv" in cli("data", "genes", "names.csv", "-o", "report.txt").err
    assert "there is no such file" in cli("data", "genes", "nothing.csv").err


def test_filling_is_an_option_and_its_way_is_told(predict) -> None:
    table(list(AXIS.ids[:800])).to_csv("mine.csv")
    done = predict("CCO", "--baseline", "mine.csv", "--fill", "linear", "-o", "out.csv")
    assert done.code == 0
    assert "unknown" not in done.err
    assert predict("CCO", "--baseline", "mine.csv", "--fill", "spline").code == 2
