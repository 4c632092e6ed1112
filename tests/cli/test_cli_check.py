"""`drugexp data check`: exit codes, text, JSON, the page and the cleaned copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BAD = """sample,plate,treatment,TP53,MYC,EGFR,2-Sep
a1,P1,DMSO,7.25,11.5,9.75,6.5
a2,P1,aspirin,7.5,11.75,-666,6.25
a2,P2,aspirin,9.25,14.25,9.5,6.5
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    return path


def test_findings_to_fix_leave_with_4_and_a_cleaned_copy_with_0(cli, bad: Path) -> None:
    found = cli("data", "check", bad)
    assert found.code == 4
    assert "3 findings are to be fixed: --fix -o OUT" in found.out
    assert "fix   gene dates: 1 genes became dates (2-Sep was SEPTIN2)" in found.out
    fixed = cli("data", "check", bad, "--fix", "-o", "good.csv")
    assert fixed.code == 0
    assert "wrote good.csv: 3 changes, each in good.csv.log.csv" in fixed.err
    assert bad.read_text() == BAD
    good = cli("data", "check", "good.csv")
    assert good.code == 0
    assert good.out.endswith("nothing needs fixing\n")
    assert Path("good.csv").read_text().splitlines()[0] == "sample,plate,treatment,TP53,MYC,EGFR,SEPTIN2"


def test_json_and_a_page(cli, bad: Path) -> None:
    found = cli("data", "check", bad, "--json", "--html", "page.html")
    assert found.code == 4
    told = json.loads(found.out)
    assert told["to_fix"] == 3
    assert {f["severity"] for f in told["findings"]} >= {"fine", "fix"}
    assert "<!doctype html>" in Path("page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.csv"], 3, "there is no such file"),
        (["no_such_set"], 2, "no_such_set"),
        (["bad.csv", "--batch-column", "plat"], 2, "unknown column 'plat'; nearest: plate"),
        (["bad.csv", "--fix"], 2, "--fix needs a place for the cleaned copy"),
        (["bad.csv", "--to", "log2"], 2, "go with --fix"),
        (["bad.csv", "-o", "x.csv"], 2, "go with --fix"),
        (["-", "--fix", "-o", "x.csv"], 2, "standard input can be read once only"),
        (["bad.csv", "--fix", "-o", "bad.csv"], 2, "would take the place of the original"),
        (["bad.csv", "--fix", "-o", "nowhere/x.csv"], 2, "does not exist"),
        (["broken.csv"], 3, "gene 'MYC': 'high' is not a number"),
    ],
)
def test_mistakes_are_told_in_a_sentence(cli, bad: Path, arguments: list[str], code: int, words: str) -> None:
    Path("broken.csv").write_text(BAD.replace("11.5,", "high,"))
    found = cli("data", "check", *arguments)
    assert (found.code, words in found.err) == (code, True), found.err
    assert not Path("x.csv").exists()


def test_a_table_may_come_on_standard_input(cli, bad: Path) -> None:
    assert cli("data", "check", "-", stdin=BAD).code == 4
