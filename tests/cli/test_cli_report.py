"""`drugexp report`: a page of predictions or of a screen, or a sentence."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd
import pytest

import drugexp
from drugexp import api
from drugexp.errors import UsageError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
GENES = ["CCNA2", "CCNB2", "CDK1", "BIRC5", "TOP2A", "PLK1", "AURKA", "CDC20", "MYC", "CDKN1A", "GADD45A"]


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a screen with hits."""
    folder = tmp_path_factory.mktemp("screened")
    (folder / "library.csv").write_text(f"compound_id,smiles\n007,{ASPIRIN}\nshort,CCO\nlong,CCCCCCCCO\n")
    signature = pd.DataFrame({"gene": GENES, "more & less": [-1.0] * 9 + [2.0, 1.0]})
    signature.to_csv(folder / "wanted.csv", index=False)
    drugexp.screen(
        folder / "library.csv", folder / "out", cells=["MCF7"], dose_um=[5], against=folder / "wanted.csv", workers=1
    )
    return folder / "out"


def test_a_page_shows_compounds_in_cells_and_rejected_rows(cli, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"compound_id,smiles\naspirin,{ASPIRIN}\nbad,C1CC\n")
    done = cli("report", tmp_path / "c.csv", "--cell", "MCF7", "--cell", "A375", "--dose", 1, "-o", tmp_path / "r.html")
    assert done.code == 4
    assert "c.csv row 3, smiles 'C1CC'" in done.err
    page = (tmp_path / "r.html").read_text()
    assert "<h2>aspirin</h2>" in page
    assert "<h3>MCF7, 1 uM</h3>" in page and "<h3>A375, 1 uM</h3>" in page  # noqa: PT018
    assert "c.csv row 3" in page


def test_numbers_of_the_page_are_those_of_predict(tmp_path: Path) -> None:
    drugexp.report(ASPIRIN, tmp_path / "r.html", cells=["MCF7"], dose_um=[10])
    told = drugexp.predict(ASPIRIN, cells="MCF7", dose_um=10).iloc[0]
    genes = told[list(api.load().genes.ids)].astype(float)
    first = genes.sort_values(key=abs, ascending=False).index[0]
    page = (tmp_path / "r.html").read_text()
    assert f">{first}<" in page


def test_atoms_are_coloured_by_what_explain_says_of_them(tmp_path: Path) -> None:
    drugexp.report([ASPIRIN, "CCCCCCCCO"], tmp_path / "r.html", cells=["MCF7", "A375"], dose_um=[10])
    told = drugexp.explain(ASPIRIN, cells="MCF7", dose_um=10)[0]
    page = (tmp_path / "r.html").read_text()
    assert told.picture(width=360, height=260).decode().split("aria-label=")[1][:40] in page
    assert page.count("Atoms: ") == 2
    assert escape(told.explained.trust.verdict[1:]) in page
    drugexp.report(ASPIRIN, tmp_path / "plain.html", cells=["MCF7"], why=False)
    assert "Atoms: " not in (tmp_path / "plain.html").read_text()


def test_gene_sets_that_move_stand_beside_chance(cli, tmp_path: Path) -> None:
    (tmp_path / "s.gmt").write_text("GROWTH\tx\t" + "\t".join(GENES) + "\nOTHER\tx\tHMOX1\tHSPA1A\tDNAJB1\tGLRX\tMYC\n")
    asked = ("report", ASPIRIN, "--cell", "MCF7", "--gene-sets", tmp_path / "s.gmt", "--no-why", "-o", "r.html")
    assert cli(*asked).code == 0
    page = (tmp_path / "r.html").read_text()
    assert "Gene sets that move" in page
    assert "GROWTH" in page and "OTHER" in page  # noqa: PT018
    assert "with shuffled genes." in page
    told = drugexp.signature(ASPIRIN, cells="MCF7", gene_sets=tmp_path / "s.gmt").sets
    assert f"{told['score'].iloc[0]:.3g}" in page


def test_a_screen_shows_its_best_in_full(screened: Path, tmp_path: Path) -> None:
    found = drugexp.report(screened, tmp_path / "r.html", top=2)
    assert len(found.outcome.predictions) == 2
    hits = pd.read_csv(screened / "hits.csv", dtype={"compound_id": str})
    page = (tmp_path / "r.html").read_text()
    assert "The best of out" in page
    assert "more &amp; less" in page
    for name in hits["compound_id"][:2]:
        assert f"<h2>{name}</h2>" in page
    assert f"<h2>{hits['compound_id'][2]}</h2>" not in page
    assert "in MCF7 at 5 uM" in page


def test_a_screen_of_another_bundle_or_without_hits_is_refused(screened: Path, tmp_path: Path) -> None:
    (tmp_path / "library.smi").write_text("CCO\n")
    drugexp.screen(tmp_path / "library.smi", tmp_path / "dense", workers=1)
    with pytest.raises(UsageError, match="has no hits"):
        drugexp.report(tmp_path / "dense", tmp_path / "r.html")
    manifest = (screened / "screen.json").read_text()
    changed = tmp_path / "changed"
    changed.mkdir()
    (changed / "screen.json").write_text(manifest.replace('"bundle": "', '"bundle": "0'))
    with pytest.raises(UsageError, match="another bundle"):
        drugexp.report(changed, tmp_path / "r.html")
    (changed / "screen.json").write_text(manifest.replace('"model": "default"', '"model": "mine"'))
    with pytest.raises(UsageError, match="model mine"):
        drugexp.report(changed, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("CCO", "-o", "report.pdf"), "a report is an .html file"),
        (("CCO", "-o", "nowhere/report.html"), "there is no folder nowhere"),
        (("CCO", "--cell", "MCF8"), "MCF7"),
        ((".",), "no screen"),
    ],
)
def test_a_mistake_is_a_sentence(cli, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = cli("report", *words)
    assert done.code in (2, 3)
    assert told in done.err
    assert not list(tmp_path.glob("*.html"))


def test_more_than_a_page_holds_is_refused_before_it_is_predicted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="200 predictions are more than can be shown"):
        drugexp.report(["C" * n for n in range(1, 201)], tmp_path / "r.html", cells=["MCF7"])


def test_nothing_usable_is_code_3_and_no_page(cli, tmp_path: Path) -> None:
    done = cli("report", "C1CC", "-o", tmp_path / "r.html")
    assert done.code == 3
    assert not (tmp_path / "r.html").exists()
