"""`drugexp predict`: what comes in, what goes out, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from rdkit import Chem
from small_model import CELLS, SMILES, panel

import drugexp
from drugexp.contract import Unit
from drugexp.intake.genes import landmark_axis

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
LABELS = [
    "query_id",
    "compound_id",
    "smiles",
    "cell",
    "dose_um",
    "hours",
    "in_domain",
    "domain_reason",
    "nearest_similarity",
    "density",
    "unit",
    "model",
]


def rows(path: Path | str) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False)


def test_a_screen_of_words_for_one_compound(predict) -> None:
    done = predict(ASPIRIN, "--cell", "MCF7", "--dose", 10, "--time", 24)
    assert done.code == 0
    for words in ("MCF7, 10 uM, 24 h", "nearest training compound", "z-score of the change", "90% interval"):
        assert words in done.out
    assert done.err == ""


def test_two_hundred_queries_with_four_bad_rows(predict) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "compound_id": [f"cpd {i} β" for i in range(200)],
            "smiles": rng.choice(SMILES, 200),
            "cell": rng.choice([*CELLS, ""], 200),
            "dose_um": rng.choice(["0.1", "1", "10.0", ""], 200),
            "hours": rng.choice(["6", "24.0", ""], 200),
        }
    )
    bad = {3: "C1CC", 77: "not a smiles", 150: ""}
    for at, text in bad.items():
        table.loc[at, "smiles"] = text
    table.loc[99, "cell"] = "mcf-7"
    table.to_csv("q.csv", index=False)
    done = predict("--queries", "q.csv", "-o", "out.parquet")
    assert done.code == 4
    assert "4 rows were rejected; see out.rejects.csv" in done.err
    found = pd.read_parquet("out.parquet")
    good = table.drop(index=[*bad, 99])
    assert found["compound_id"].tolist() == good["compound_id"].tolist()
    assert found["query_id"].tolist() == [f"q{i + 2}" for i in good.index]
    assert found["cell"].tolist() == good["cell"].tolist()
    assert np.array_equal(found["dose_um"], pd.to_numeric(good["dose_um"]), equal_nan=True)
    assert np.array_equal(found["hours"], pd.to_numeric(good["hours"]), equal_nan=True)
    assert found[list(landmark_axis().ids)].notna().all(axis=None)
    rejects = rows("out.rejects.csv")
    assert list(rejects.columns) == ["source", "row", "column", "value", "reason"]
    assert rejects["row"].tolist() == [5, 79, 101, 152]  # lines in the file
    assert rejects["column"].tolist() == ["smiles", "smiles", "cell", "smiles"]
    assert rejects["value"].tolist() == ["C1CC", "not a smiles", "mcf-7", ""]
    assert "ring bond 1" in rejects["reason"][0]
    assert "unknown cell line 'mcf-7'; nearest: MCF7" in rejects["reason"][2]
    assert "the SMILES is empty" in rejects["reason"][3]
    assert set(rejects["source"]) == {"q.csv"}
    assert sorted(p.name for p in Path().iterdir()) == ["out.parquet", "out.rejects.csv", "out.sd.parquet", "q.csv"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "screen"])
def test_every_output_reads_back_with_its_unit_and_model(predict, ending: str) -> None:
    done = predict(*SMILES[:3], "--cell", "MCF7", "--cell", "PC3", "--dose", 1234567, "-o", f"out.{ending}")
    assert done.code == 0
    assert done.err.splitlines() == [f"wrote out.{ending}", f"wrote out.sd.{ending}"]
    for name in (f"out.{ending}", f"out.sd.{ending}"):
        if ending == "screen":
            screen = drugexp.read_screen(name)
            assert screen.unit is Unit.ZSCORE
            assert screen.provenance["model"] == "small-zscore"
            assert screen.provenance["drugexp"] == drugexp.__version__
            table, values = screen.samples, screen.values
        else:
            read = {"csv": pd.read_csv, "tsv": lambda p: pd.read_csv(p, sep="\t"), "parquet": pd.read_parquet}[ending]
            table = read(name)
            assert list(table.columns) == [*LABELS, *landmark_axis().ids]
            values = table[list(landmark_axis().ids)].to_numpy()
            assert set(table["unit"]) == {"zscore"}
            assert set(table["model"]) == {f"small-zscore (tanimoto-kernel-ridge, drugexp {drugexp.__version__})"}
            assert table["smiles"].tolist() == [s for s in SMILES[:3] for _ in range(2)]
        assert table["cell"].tolist() == ["MCF7", "PC3"] * 3
        assert (table["dose_um"] == 1234567).all()
        assert np.isfinite(values).all()
        if "sd" in name:
            assert (values > 0).all()
    if ending == "parquet":
        facts = {k.decode(): v.decode() for k, v in pq.read_schema("out.parquet").metadata.items()}
        assert facts["drugexp.unit"] == "zscore"
        assert facts["drugexp.model"] == "small-zscore"


def test_standard_output_is_the_same_csv_as_the_file(predict) -> None:
    piped = predict(ASPIRIN, "--cell", "MCF7", "--dose", 0, "-o", "-")
    predict(ASPIRIN, "--cell", "MCF7", "--dose", 0, "-o", "out.csv")
    assert piped.out == Path("out.csv").read_text()
    assert rows("out.csv")["dose_um"].tolist() == [0]
    assert piped.err == ""


def test_json_lines_parse_and_hold_no_nan(predict) -> None:
    done = predict(*SMILES[:2], "--json", "--cell", "A549")
    assert done.code == 0
    found = [json.loads(line, parse_constant=pytest.fail) for line in done.out.splitlines()]
    assert [f["smiles"] for f in found] == list(SMILES[:2])
    for one in found:
        assert one["dose_um"] is None
        assert one["unit"] == "zscore"
        for gene in landmark_axis().ids:
            assert one["lower"][gene] < one["mean"][gene] < one["upper"][gene]


def test_json_and_a_file_go_together_but_not_json_and_standard_output(predict) -> None:
    done = predict(ASPIRIN, "--json", "-o", "out.csv")
    assert done.code == 0
    assert json.loads(done.out)["smiles"] == ASPIRIN
    assert len(rows("out.csv")) == 1
    refused = predict(ASPIRIN, "--json", "-o", "-")
    assert refused.code == 2
    assert "both write to standard output" in refused.err


def test_quiet_says_nothing_on_standard_error(predict) -> None:
    done = predict("CCN", "C1CC", "[Na+].CC(=O)[O-]", "--quiet", "-o", "out.csv")
    assert (done.code, done.out, done.err) == (4, "", "")
    assert len(rows("out.csv")) == 2
    assert len(rows("out.rejects.csv")) == 1
    assert predict("C1CC", "--quiet").err == ""


def test_a_dry_run_checks_and_writes_nothing(predict) -> None:
    done = predict("CCN", "C1CC", "--cell", "MCF7", "--cell", "PC3", "--dry-run", "-o", "out.csv")
    assert done.code == 4
    assert "would predict 2 profiles of 1 compounds" in done.err
    assert list(Path().iterdir()) == []
    assert predict("CCN", "--dry-run", "--as", "expression").code == 2


def write(name: str, smiles: list[str], names: list[str]) -> None:
    table = pd.DataFrame({"ID": names, "SMILES": smiles})
    path = Path(name)
    if name.endswith(".csv"):
        table.to_csv(path, index=False)
    elif name.endswith(".tsv"):
        table.to_csv(path, index=False, sep="\t")
    elif name.endswith(".parquet"):
        table.to_parquet(path)
    elif name.endswith(".smi"):
        path.write_text("".join(f"{s} {n}\n" for s, n in zip(smiles, names, strict=True)))
    else:
        with Chem.SDWriter(name) as sdf:
            for text, title in zip(smiles, names, strict=True):
                mol = Chem.MolFromSmiles(text)
                mol.SetProp("_Name", title)
                sdf.write(mol)


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.smi", "in.sdf", "in.parquet"])
def test_compounds_of_every_file_are_the_same(predict, name: str) -> None:
    names = ["first one", "zweites"]
    write(name, list(SMILES[:2]), names)
    assert predict(name, "-o", "out.csv").code == 0
    predict(*SMILES[:2], "-o", "typed.csv")
    genes = list(landmark_axis().ids)
    found = rows("out.csv")
    assert found["compound_id"].tolist() == names
    assert np.array_equal(found[genes], rows("typed.csv")[genes])


@pytest.mark.parametrize(
    "text",
    [
        "Oc1ccccc1 phenol\nNc1ccccc1 aniline\n",
        "name,SMILES\r\nphenol,Oc1ccccc1\r\naniline,Nc1ccccc1\r\n",
        "\ufeffSmiles;Name\nOc1ccccc1;phenol\nNc1ccccc1;aniline\n",
    ],
)
def test_standard_input(predict, text: str) -> None:
    done = predict("-", "-o", "out.csv", stdin=text)
    assert done.code == 0
    assert rows("out.csv")["compound_id"].tolist() == ["phenol", "aniline"]


def test_queries_and_baseline_from_standard_input(predict) -> None:
    done = predict("--queries", "-", "-o", "out.csv", stdin="compound_id,smiles,cell\na,CCO,MCF7\nb,C1CC,PC3\n")
    assert done.code == 4
    assert rows("out.csv")["compound_id"].tolist() == ["a"]
    assert rows("out.rejects.csv").loc[0, ["source", "row"]].tolist() == ["standard input", 3]
    genes = landmark_axis().ids
    text = (
        ",".join(("sample", *genes)) + "\n" + ",".join(("mine", *(str(5.5 + i % 7) for i in range(len(genes))))) + "\n"
    )
    done = predict("CCO", "--baseline", "-", "-o", "own.csv", stdin=text)
    assert done.code == 0
    assert rows("own.csv")["cell"].tolist() == ["mine"]
    done = predict("-", "--baseline", "-", stdin=text)
    assert done.code == 2
    assert "once only" in done.err


def test_arguments_and_files_keep_their_order(predict) -> None:
    Path("b.smi").write_text("CCN b\n")
    predict("CCO", "b.smi", "CCC", "-o", "out.csv")
    assert rows("out.csv")["compound_id"].tolist() == ["compound1", "b", "compound3"]


def test_a_query_table_as_people_write_them(predict) -> None:
    Path("q.csv").write_bytes(
        "\ufeffSMILES; Cell ;Dose_uM;Hours;Query_ID;My Notes;problem\r\n"
        "CCO;MCF7;0;24.0;first;x;no\r\n"
        "CCN;;10,5;;second;y;\r\n"
        "CCC;PC3;-1;;third;;\r\n"
        "CCCC;PC3;ten;;fourth;;\r\n"
        f"{SMILES[0]};PC3;NA;1e300;fifth;;\r\n"
        f"{SMILES[0]};HEPG2;;;;z;\r\n".encode()
    )
    done = predict("--queries", "q.csv", "-o", "out.csv")
    assert done.code == 4
    found, rejects = rows("out.csv"), rows("out.rejects.csv")
    assert found["query_id"].tolist() == ["first", "q7"]
    assert found["compound_id"].tolist() == ["row2", "row7"]
    assert found["hours"].tolist() == ["24", ""]
    assert rejects["row"].tolist() == [3, 4, 5, 6]
    assert rejects["value"].tolist() == ["10,5", "-1", "ten", "1e300"]
    assert all("not a number from 0 to 1e+08 (write 10 or 0.3)" in r for r in rejects["reason"])
    assert "columns that are not used: my notes, problem" in done.err
    assert "no effect of HEPG2 was learnt (baseline nearest to " in found["domain_reason"][1]


def own_baseline(genes: list[str], samples: int = 2) -> pd.DataFrame:
    values = np.random.default_rng(3).uniform(1, 14, size=(samples, len(genes)))
    return pd.DataFrame(values, columns=genes, index=pd.Index([f"donor {i}" for i in range(samples)], name="sample"))


def test_your_own_cells(predict) -> None:
    own_baseline(list(landmark_axis().ids)).to_csv("mine.csv")
    done = predict("CCO", "--baseline", "mine.csv", "--cell", "MCF7", "-o", "out.csv")
    assert done.code == 0
    assert "978 of 978 landmark genes found" in done.err
    found = rows("out.csv")
    assert found["cell"].tolist() == ["donor 0", "donor 1", "MCF7"]
    assert "no effect of donor 0 was learnt (baseline nearest to " in found["domain_reason"][0]
    assert "and few around it (mean of the 10 nearest" in found["domain_reason"][0]
    assert 0 < float(found["density"][0]) < float(found["nearest_similarity"][0]) < 0.25
    assert "cell" not in found["domain_reason"][2]


def test_expression_is_baseline_plus_change(predict) -> None:
    genes = list(landmark_axis().ids)
    given = own_baseline(genes, 1)
    given.to_csv("mine.csv")
    arguments = (SMILES[4], "--baseline", "mine.csv", "--cell", "PC3")
    assert predict(*arguments, "-o", "change.parquet", unit="log2fc").code == 0
    assert predict(*arguments, "--as", "expression", "-o", "level.parquet", unit="log2fc").code == 0
    change, level = pd.read_parquet("change.parquet"), pd.read_parquet("level.parquet")
    base = np.vstack([given[genes], panel().blocks["expression"].values[2]])
    assert np.allclose(level[genes] - change[genes], base, atol=1e-5)
    assert set(level["unit"]) == {"log2_expression"}
    assert pq.read_schema("level.parquet").metadata[b"drugexp.unit"] == b"log2_expression"
    sd = (pd.read_parquet("change.sd.parquet"), pd.read_parquet("level.sd.parquet"))
    assert np.allclose(sd[0][genes], sd[1][genes])


def test_levels_of_genes_the_baseline_lacks_stay_unknown(predict) -> None:
    genes = list(landmark_axis().ids)
    own_baseline(genes[10:], 1).to_csv("mine.csv")
    arguments = ("CCO", "--baseline", "mine.csv", "--as", "expression")
    screen = predict(*arguments, unit="log2fc")
    assert screen.code == 0
    assert "nan" not in screen.out
    assert "level" in screen.out
    line = json.loads(predict(*arguments, "--json", unit="log2fc").out, parse_constant=pytest.fail)
    assert line["mean"][genes[0]] is None
    assert line["mean"][genes[10]] > 0
    assert predict(*arguments, "-o", "out.screen", unit="log2fc").code == 0
    assert (drugexp.read_screen("out.screen").state == 0).sum() == 10


def test_notes_tell_of_salts_and_of_names_that_occur_twice(predict) -> None:
    Path("in.csv").write_text("id,smiles\na,CC(=O)[O-].[Na+]\na,CCO\n")
    done = predict("in.csv", "-o", "out.csv")
    assert done.code == 0
    assert "note: a: " in done.err
    assert "salt" in done.err
    assert "1 compound ids stand on more than one row (a)" in done.err
    assert rows("out.csv")["compound_id"].tolist() == ["a", "a"]


def test_long_and_foreign_names_pass_through(predict) -> None:
    names = ["x" * 5000, "β-Estradiol «17»", '=cmd|"calc"']
    pd.DataFrame({"compound_id": names, "smiles": SMILES[:3]}).to_csv("in.csv", index=False)
    assert predict("in.csv", "-o", "out.csv").code == 0
    assert rows("out.csv")["compound_id"].tolist() == names
