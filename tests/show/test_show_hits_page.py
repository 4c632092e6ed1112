"""The page of hits: structures beside scores, whole, safe, and shown by a real browser."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from page_reader import PageReader, picture_of

from drugexp.chemistry.drawing import structure_svg
from drugexp.show.hits_page import SHOWN, hits_page

NASTY = "<script>alert('a')</script>"


def _hits(count: int = 3) -> pd.DataFrame:
    row = {"smiles": "CC(=O)Oc1ccccc1C(=O)O", "cell": "", "dose_um": 10.0}
    rows = [
        row | {"signature": name, "rank": at + 1, "score": 0.9 - at / 100, "compound_id": f"{NASTY}{at}"}
        for name in ("a & b", NASTY)
        for at in range(count)
    ]
    return pd.DataFrame(rows)


def test_each_signature_has_its_compounds_with_structure_and_score() -> None:
    page = hits_page(_hits(), title="Hits", words="How & why")
    reader = PageReader(page)
    drawn = [attrs for tag, attrs in reader.tags if tag == "svg"]
    assert len(drawn) == 6
    assert {a["class"] for a in drawn} == {"structure"}
    assert NASTY not in page
    assert "How &amp; why" in page
    assert "0.900" in page
    assert ">pooled<" in page


def test_the_page_says_what_it_leaves_to_the_table() -> None:
    page = hits_page(_hits(SHOWN + 5), title="Hits", words="")
    assert page.count('<svg class="structure"') == 2 * SHOWN
    assert page.count("5 more stand in hits.csv.") == 2


def test_what_is_no_structure_is_not_drawn() -> None:
    assert structure_svg("C1CC") == ""
    assert structure_svg("CCO").startswith('<svg class="structure"')


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1100])
def test_a_browser_shows_the_page_without_an_error(browser: str, tmp_path: Path, width: int, dark: bool) -> None:
    picture = picture_of(browser, hits_page(_hits(), title="Hits", words=""), tmp_path, width=width, dark=dark)
    assert picture.stat().st_size > 12_000, "a blank page takes less"
