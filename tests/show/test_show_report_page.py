"""The page of a report: whole, safe, readable without sight, small, and shown by a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from page_reader import PageReader, browse, picture_of

from drugexp.contract import GeneAxis, Unit
from drugexp.predict.predictions import Predictions
from drugexp.show.heat_map import heat_map
from drugexp.show.report_page import COLUMNS, GENES, Report, Told, report_page
from drugexp.show.volcano import volcano

NASTY = "<script>alert('a')</script>"
CELLS = ("MCF7", "A375", "")


def _predictions(compounds: int = 3, genes: int = 978, unit: Unit = Unit.ZSCORE) -> Predictions:
    rng = np.random.default_rng(0)
    rows = [
        {
            "query_id": f"q{at}{cell}",
            "compound_id": f"compound {at}" if at else NASTY,
            "smiles": "CC(=O)Oc1ccccc1C(=O)O",
            "cell": cell,
            "dose_um": 10.0,
            "hours": float("nan"),
            "in_domain": at != 1,
            "domain_reason": "" if at != 1 else "unlike any training compound",
            "nearest_similarity": 0.4,
            "density": 0.3,
            "nearest_compound": "aspirin & co",
        }
        for at in range(compounds)
        for cell in CELLS
    ]
    mean = rng.normal(size=(len(rows), genes)).astype(np.float32)
    wide = rng.uniform(0.5, 3.0, size=mean.shape).astype(np.float32)
    axis = GeneAxis(tuple(f"G{i}" for i in range(genes)))
    return Predictions(pd.DataFrame(rows), mean, wide, mean - wide, mean + 2 * wide, axis, unit, 0.9, "default")


CARD = {
    "summary": "What it is, and is not: a < b.",
    "scores": {"On new scaffolds": [{"score": "-0.1 [-0.2, 0.0]", "model": "zero"}, {"score": "0.2", "model": "own"}]},
    "data": [{"name": "set", "citation": "Someone 2020.", "licence": "CC BY 4.0"}],
    "licence": "CC BY 4.0",
}


def test_every_prediction_has_its_figures_and_every_figure_its_words() -> None:
    found = _predictions()
    page = report_page(Report(found, CARD, rejected=["a.csv row 3: bad <b>"], notes=["a salt & more"]))
    reader = PageReader(page)
    drawn = [attrs for tag, attrs in reader.tags if tag == "svg"]
    assert len(drawn) == 3 + 2 * len(found) + 1
    assert all(a["role"] == "img" and a["aria-label"] for a in drawn)
    assert NASTY not in page
    assert page.count("outside of what was learnt (unlike any training compound)") == len(CELLS)
    assert "bad &lt;b&gt;" in page and "a salt &amp; more" in page and "aspirin &amp; co" in page  # noqa: PT018
    assert "a &lt; b" in page and "Someone 2020. Terms: CC BY 4.0" in page  # noqa: PT018
    assert page.index(">model</th>") < page.index(">score</th>")
    assert [tag for tag, _ in reader.tags if tag in ("h1", "main")] == ["main", "h1"]


def test_nine_profiles_take_less_than_three_megabytes_and_ask_for_nothing() -> None:
    page = report_page(Report(_predictions(), CARD))
    assert 100_000 < len(page.encode()) < 3_000_000
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script|<link|<iframe", page)


def test_what_is_known_beside_the_numbers_is_shown() -> None:
    told = Told("<svg class='structure'></svg>", ["Atoms 1 & 2"], pd.DataFrame({"gene_set": ["UPR <1>"], "q": [0.01]}))
    page = report_page(Report(_predictions(1), told={0: told}))
    assert "Atoms 1 &amp; 2" in page
    assert "UPR &lt;1&gt;" in page
    assert ">gene set</th>" in page


def test_levels_have_no_zero_to_be_sure_of() -> None:
    page = report_page(Report(_predictions(1, unit=Unit.LOG2_EXPRESSION)))
    assert "above the dashed line" not in page


def test_many_conditions_are_told_and_not_drawn() -> None:
    found = _predictions(9)
    page = report_page(Report(found))
    assert f"{len(found) - COLUMNS} more predictions are not shown here." in page


def test_the_strongest_genes_are_those_of_the_numbers() -> None:
    found = _predictions(1)
    page = report_page(Report(found))
    first = page[page.index("Strongest genes, MCF7") :]
    order = np.argsort(found.mean[0])
    for gene in (*order[-GENES:], *order[:GENES]):
        assert f">G{gene}<" in first[: first.index("All genes, MCF7")]


def test_a_gene_is_sure_when_its_interval_does_not_hold_zero() -> None:
    change = np.array([2.0, 2.0, -2.0, -2.0, np.nan])
    ends = (np.array([0.5, -0.5, -9.0, -9.0, np.nan]), np.array([3.0, 3.0, -0.1, 0.1, np.nan]))
    drawn = volcano("t", change, ends, "ABCDE", unit="log2", held="90% interval")
    assert "1 raised and 1 lowered ones" in drawn
    assert "4 genes" in drawn
    assert "A: +2.00 [0.50, 3.00]" in drawn and "C: -2.00 [-9.00, -0.10]" in drawn  # noqa: PT018
    assert drawn.count("<circle") == 2


def test_a_heat_map_tells_each_number_and_the_strongest() -> None:
    values = np.array([[1.0, -2.5], [np.nan, 0.25]])
    drawn = heat_map("t", values, ["A", "B"], ["x", "y"], unit="log2")
    assert drawn.count("<rect") == 3
    for words in ("+1.0", "-2.5", "+0.2", "the strongest is A in y: -2.50", "B, y: +0.25"):
        assert words in drawn
    assert heat_map("t", np.full((1, 1), np.nan), ["A"], ["x"], unit="log2").count("<rect") == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1100])
def test_a_browser_shows_the_page_without_an_error(browser: str, tmp_path: Path, width: int, dark: bool) -> None:
    picture = picture_of(browser, report_page(Report(_predictions(1), CARD)), tmp_path, width=width, dark=dark)
    assert picture.stat().st_size > 20_000, "a blank page takes less"


def test_a_browser_prints_the_page(browser: str, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    browse(browser, report_page(Report(_predictions(1), CARD)), tmp_path, f"--print-to-pdf={paper}")
    assert paper.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) <= 5
