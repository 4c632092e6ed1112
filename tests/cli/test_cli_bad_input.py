"""A person's mistake is met with a sentence and its exit code, and leaves nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_model import SMILES

from drugexp import api
from drugexp.errors import UsageError
from drugexp.intake.genes import landmark_axis

LONG = "C" * 5000


@pytest.mark.parametrize(
    ("smiles", "code", "words"),
    [
        ("C1CC", 3, "ring bond 1 is opened and not closed"),
        ("", 3, "the SMILES is empty"),
        ("   ", 3, "the SMILES is empty"),
        (LONG, 3, "5,000 heavy atoms; at most 250"),
        ("C" * 100_000, 3, "characters"),
        ("hello world", 3, "not a valid SMILES"),
        ("[Na+].[Cl-]", 3, "rejected"),
        ("CCO.c1ccccc1", None, "compound1"),
        ("[NH3][Pt]([NH3])(Cl)Cl", None, "compound1"),
        ("CC(=O)[O-].[Na+]", 0, "salt"),
    ],
)
def test_structures_that_cannot_be_used_or_only_in_part(predict, smiles: str, code: int | None, words: str) -> None:
    done = predict(smiles)
    assert done.code == code if code is not None else done.code in (0, 3)
    assert words in done.err + done.out
    assert len(done.err) < 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no compound was given"),
        (("CCO", "--cell", "mcf7"), "unknown cell line 'mcf7'; nearest: MCF7"),
        (("CCO", "--cell", "MCF-7"), "unknown cell line 'MCF-7'; nearest: MCF7"),
        (("CCO", "--dose", "-1"), "--dose -1 is not a number from 0"),
        (("CCO", "--dose", "nan"), "--dose nan is not a number from 0"),
        (("CCO", "--time", "inf"), "--time inf is not a number from 0"),
        (("CCO", "--dose", "1e30"), "--dose 1e+30 is not a number from 0 to 1e+08"),
        (("CCO", "--dose", "ten"), "--dose"),
        (("CCO", "--doze", "1"), "--doze"),
        (("CCO", "--as", "levels"), "levels"),
        (("CCO", "--as", "expression"), "A z-score cannot be added to an expression level"),
        (("CCO", "-o", "out.xlsx"), "ends in '.xlsx'; valid: .csv, .tsv, .parquet, .h5ad, .gct, .gctx, .screen"),
        (("CCO", "-o", "out"), "ends in 'nothing'"),
        (("CCO", "-o", "missing/out.csv"), "there is no folder 'missing'"),
        (("CCO", "-o", "out.csv", "--rejects", "missing/r.csv"), "there is no folder 'missing'"),
        (("CCO", "--queries", "q.csv"), "give nothing else beside it"),
        (("-", "--baseline", "-"), "once only"),
    ],
)
def test_usage_that_makes_no_sense(predict, arguments: tuple, words: str) -> None:
    done = predict(*arguments)
    assert done.code == 2
    assert words in done.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("model", ["defualt", "no/such/folder", "x" * 400])
def test_an_unknown_model(cli, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "model_folders", lambda: {"default": Path("a"), "small": Path("b")})
    done = cli("predict", "CCO", "--model", model)
    assert done.code == 2
    assert "unknown model" in done.err
    assert "drugexp models list" in done.err
    assert ("nearest: default" in done.err) == (model == "defualt")


def test_a_damaged_bundle_is_a_model_error(cli, bundles: dict[str, Path]) -> None:
    folder = Path("model")
    folder.mkdir()
    for name in ("bundle.json", "model.json", "README.md"):
        (folder / name).write_bytes((bundles["zscore"] / name).read_bytes())
    done = cli("predict", "CCO", "--model", folder)
    assert done.code == 5
    assert "arrays.safetensors cannot be read" in done.err
    (folder / "bundle.json").unlink()
    done = cli("predict", "CCO", "--model", folder)
    assert done.code == 5
    assert "not a model bundle" in done.err


FILES = {
    "empty.csv": (b"", 3, "the file is empty"),
    "blank.csv": (b"\n \n", 3, "the file is empty"),
    "header.csv": (b"smiles\n", 3, "a header but no rows"),
    "none.csv": (b"name,formula\naspirin,C9H8O4\n", 2, "the columns are 'name', 'formula'"),
    "ragged.csv": (b"id,smiles\na,CCO\nb,CCO,x\n", 3, "row 3 has 3 fields, the header has 2"),
    "picture.csv": (b"\x89PNG\0\0\0", 3, "not a text file"),
    "book.csv": (b"PK\x03\x04abc", 3, "workbook"),
    "bad.parquet": (b"PAR1xxxx", 3, "cannot be read as parquet"),
    "empty.smi": (b"", 3, "the file is empty"),
    "empty.sdf": (b"", 3, ""),
    "bad.sdf": (b"this is no structure\n$$$$\n", 3, "rejected"),
    "bad.csv.gz": (b"no gzip", 3, "cannot be read"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_hold_no_compound(predict, name: str) -> None:
    content, code, words = FILES[name]
    Path(name).write_bytes(content)
    done = predict(name, "-o", "out.csv")
    assert done.code == code
    assert words in done.err
    assert not Path("out.csv").exists()


def test_a_missing_file_and_a_file_without_a_known_ending(predict) -> None:
    done = predict("hits.csv")
    assert (done.code, "there is no such file" in done.err) == (3, True)
    Path("hits.xlsx").write_bytes(b"PK")
    done = predict("hits.xlsx")
    assert (done.code, "has no ending that is known" in done.err) == (2, True)
    done = predict("--queries", "nothing.csv")
    assert (done.code, "there is no such file" in done.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("structure,cell\nCCO,MCF7\n", "there is no column 'smiles' among 'structure', 'cell'"),
        ("smiles,SMILES\nCCO,CCN\n", "the column 'smiles' stands twice"),
        ("smiles\n", "no rows"),
        ("", "the file is empty"),
    ],
)
def test_query_tables_that_cannot_be_used(predict, text: str, words: str) -> None:
    Path("q.csv").write_text(text)
    done = predict("--queries", "q.csv", "-o", "out.csv")
    assert done.code == 3
    assert words in done.err
    assert [p.name for p in Path().iterdir()] == ["q.csv"]


def test_every_query_rejected_leaves_rejects_and_no_result(predict) -> None:
    Path("q.csv").write_text("smiles\nC1CC\n")
    done = predict("--queries", "q.csv", "-o", "out.csv")
    assert done.code == 3
    assert "every row was rejected" in done.err
    assert sorted(p.name for p in Path().iterdir()) == ["out.rejects.csv", "q.csv"]


def test_a_wrong_column_name_finds_the_nearest(predict) -> None:
    Path("in.csv").write_text("Structure_1,n\nCCO,a\n")
    done = predict("in.csv", "--smiles-column", "structure-1")
    assert done.code == 2
    assert "unknown column 'structure-1'; nearest: Structure_1" in done.err


def baseline(**changes: object) -> pd.DataFrame:
    genes = list(landmark_axis().ids)
    values = np.random.default_rng(1).uniform(1, 14, size=(2, len(genes)))
    return pd.DataFrame(values, columns=genes, index=pd.Index(["a", "b"], name="sample"))


def half(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:, :400]


def counts(table: pd.DataFrame) -> pd.DataFrame:
    return (2**table).round()


def with_value(value: object):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype(object)
        table.iloc[0, 5] = value
        return table

    return change


def twice(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_axis(["same", "same"], axis=0)


def centred(table: pd.DataFrame) -> pd.DataFrame:
    return table - table.mean()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (half, "at least 50% are needed"),
        (counts, "Say what it is with --baseline-scale"),
        (with_value(np.inf), "is infinite"),
        (with_value("high"), "'high' is not a number"),
        (with_value("5,3"), "'5,3' is not a number (write 5.3, with a point)"),
        (twice, "1 samples carry a name twice"),
        (centred, "negative values"),
    ],
)
def test_baselines_that_cannot_be_used(predict, change, words: str) -> None:
    change(baseline()).to_csv("mine.csv")
    done = predict("CCO", "--baseline", "mine.csv", "-o", "out.csv")
    assert done.code == 3
    assert words in done.err
    assert [p.name for p in Path().iterdir()] == ["mine.csv"]


def test_a_baseline_in_part_is_used_with_a_report(predict) -> None:
    table = baseline().iloc[:, 100:]
    table = pd.concat([table, table.iloc[:, :1], table.iloc[:, 1:2].set_axis(["MY_GENE"], axis=1)], axis=1)
    table.iloc[0, 7] = np.nan
    table.to_csv("mine.csv")
    done = predict("CCO", "--baseline", "mine.csv", "-o", "out.csv")
    assert done.code == 0
    for words in ("878 of 978", "1 given more than once and averaged", "1 names are no landmark gene", "100 missing"):
        assert words in done.err
    assert "1 values of known genes are missing" in done.err


def test_levels_need_a_cell(predict) -> None:
    done = predict("CCO", "--as", "expression", unit="log2fc")
    assert done.code == 2
    assert "needs a cell for every query" in done.err


def test_a_read_only_folder_is_refused_before_any_work(predict, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").mkdir()
    real = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p).name != "locked" and real(p, mode))
    monkeypatch.setattr(api, "outcome", pytest.fail)
    done = predict("CCO", "-o", "locked/out.csv")
    assert done.code == 2
    assert "the folder 'locked' is read-only" in done.err


def test_a_parent_that_is_a_file(predict) -> None:
    Path("file").write_text("x")
    done = predict("CCO", "-o", "file/out.csv")
    assert done.code == 2
    assert "there is no folder 'file'" in done.err


def test_a_folder_that_is_no_screen_is_never_replaced(predict) -> None:
    own = Path("thesis.screen")
    own.mkdir()
    (own / "chapter.txt").write_text("years of work")
    done = predict("CCO", "-o", "thesis.screen")
    assert done.code == 2
    assert "is a folder and no screen" in done.err
    assert (own / "chapter.txt").read_text() == "years of work"
    assert predict("CCO", "-o", "out.screen").code == 0
    assert predict("CCN", "-o", "out.screen").code == 0  # its own it may replace


@pytest.mark.parametrize("ending", ["csv", "parquet", "screen"])
def test_a_failure_while_writing_leaves_what_stood_there(predict, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert predict("CCO", "-o", f"out.{ending}").code == 0
    before = sorted(p.name for p in Path().iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        done = predict(SMILES[0], "-o", f"out.{ending}")
    assert done.code == 2
    assert "No space left on device" in done.err
    assert sorted(p.name for p in Path().iterdir()) == before


def test_debug_shows_the_traceback_and_only_debug(cli, predict, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="unknown cell line"):
        predict("CCO", "--cell", "mcf7", "--debug")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(api, "outcome", broken)
    done = predict("CCO")
    assert (done.code, done.err) == (5, "drugexp: unexpected RuntimeError: a bug of ours (run again with --debug)\n")
    with pytest.raises(RuntimeError, match="a bug of ours"):
        predict("CCO", "--debug")


def test_an_interrupt_leaves_with_130(predict, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "outcome", stopped)
    done = predict("CCO", "-o", "out.csv")
    assert (done.code, done.out, done.err) == (130, "", "drugexp: interrupted\n")
    assert list(Path().iterdir()) == []
