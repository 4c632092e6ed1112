"""The page of a leaderboard: the same figures as its other files, whole, safe, and shown by a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_reader import PageReader, picture_of

from drugexp.show.dots import Dot, by_bin, dot_plot
from drugexp.show.leaderboard_page import leaderboard_page
from drugexp.show.leaderboard_parts import leading, parts, short

NASTY = "<script>alert('a')</script> & \"b\""
ROOT = Path(__file__).parents[2]


def _line(model: str, role: str, mean: float, of: str = "", metric: str = "centred_pearson", **more: Any) -> dict:
    ends = {"mean": mean, "low": mean - 0.02, "high": mean + 0.02}
    found = {"split": "scaffold", "model": model, "role": role, "of": of, "metric": metric, **ends}
    found |= {"folds": {"0": mean - 0.01, "1": mean + 0.01}, "base": "mean", "over_base": mean}
    found |= {"over_base_low": mean - 0.02, "over_base_high": mean + 0.02, "folds_above": 2.0, "folds_all": 2.0}
    return found | {"gap": mean, "gap_closed": None, "shuffled_gone": None, "seconds": 1.5} | more


def _document(name: str = NASTY) -> dict[str, Any]:
    lines = [
        _line("mean", "blind", 0.0),
        _line("ridge", "reference", 0.11),
        _line("ridge, shuffled compounds", "shuffled_compounds", 0.01, "ridge"),
        _line(name, "model", 0.17, shuffled_gone=0.94),
        _line(f"{name}, shuffled compounds", "shuffled_compounds", -0.004, name),
        _line("one replicate", "ceiling", 0.5, base=None),
    ]
    lines += [_line(line["model"], line["role"], 0.7, line["of"], "rmse") for line in lines]
    pairs = [
        {"split": "scaffold", "metric": "centred_pearson", "first": name, "second": second, "difference": gain}
        | {"low": gain - 0.03, "high": gain + 0.03, "profiles": 90, "groups": 30, "p": 0.0004, "corrected": 0.0012}
        for second, gain in (("ridge", 0.06), ("mean", 0.17), (f"{name}, shuffled compounds", 0.174))
    ]
    borders = ((None, None), (0.2, 0.35), (0.35, 0.5), (0.5, 1.0))
    similarity = [
        {"split": "scaffold", "model": model, "role": "model", "of": "", "measure": measure, "bin": at, "from": low}
        | {"to": high, "mean": mean, "low": mean - 0.02, "high": mean + 0.02, "profiles": 30, "groups": 10}
        for model in ("ridge", name)
        for measure, mean in (("centred_pearson", 0.1), ("interval_coverage", 0.9), ("interval_width", 2.5))
        for at, (low, high) in enumerate(borders)
    ]
    kept = {"train": 60, "removed": 30, "shared_keys": 0}
    return {
        "plan": {"name": name, "summary": name, "screens": [{"name": name}], "bootstrap": 200, "correction": "holm"},
        "unit": "zscore",
        "headline": "centred_pearson",
        "summary": lines,
        "comparisons": pairs,
        "similarity": similarity,
        "proofs": {"scaffold 0": {"test_rows": 30, "held_keys": 20, "screens": {name: kept}}},
        "notes": [name],
        "data": [{"name": name, "profiles": 90, "licence": name}],
    }


def test_the_page_is_well_formed_and_every_name_is_only_text() -> None:
    page = leaderboard_page(_document())
    tags = PageReader(page).tags
    names = {name for name, _ in tags}
    assert {"svg", "figure", "figcaption", "table", "h1", "main"} <= names
    assert not names & {"script", "link", "img", "iframe", "object", "a"}
    assert not [a for _, attrs in tags for a in attrs if a.startswith("on") or a in ("src", "href")]
    assert "url(" not in page
    assert "nan" not in page.lower()
    assert [level for level, _ in tags if level in ("h1", "h2", "h3")][:3] == ["h1", "h2", "h3"]


def test_every_figure_tells_its_numbers_without_being_seen() -> None:
    page = leaderboard_page(_document("kernel"))
    figures = [attrs for name, attrs in PageReader(page).tags if name == "svg"]
    assert len(figures) == 5  # scores, pairs, accuracy, coverage, width
    assert "kernel: 0.170, 0.150 to 0.190" in str(figures[0]["aria-label"])
    assert "mean: 0.170, 0.140 to 0.200" in str(figures[1]["aria-label"])
    assert "kernel, 0.20 to 0.35: 0.900, 0.880 to 0.920" in str(figures[3]["aria-label"])


def test_rows_stand_by_their_score_and_controls_below_their_model() -> None:
    (part,) = parts(_document("kernel"))
    assert [short(line) for line in part.lines.to_dict("records")] == [
        "one replicate",
        "kernel",
        "\u21b3 shuffled compounds",
        "ridge",
        "\u21b3 shuffled compounds",
        "mean",
    ]
    assert part.best == "kernel", "a ceiling is no model"
    assert leading(part) == ["kernel", "ridge", "mean"]


def test_it_says_what_the_tables_say() -> None:
    page = leaderboard_page(_document("kernel"))
    for told in (
        "kernel is the best model: 0.170 [0.150, 0.190].",
        "On shuffled compounds: -0.004 [-0.024, 0.016].",
        "corrected for 3 pairs (holm)",
        "+0.060 [+0.030, +0.090]",
        ">0.0012<",
        ">94%<",
        "no key shared with training (kernel: 60 train, 30 removed)",
    ):
        assert told in page, told


def test_each_value_names_its_column_for_screens_too_narrow_for_a_table() -> None:
    told = _document("kernel")
    cells = [attrs for name, attrs in PageReader(leaderboard_page(told)).tags if name == "td"]
    heads = {attrs.get("data-head") for attrs in cells}
    assert {"row", "role", "centred_pearson", "rmse", "over base", "MB", "p corrected", "0.20 to 0.35"} <= heads
    assert None not in heads


def test_an_older_leaderboard_has_a_page_without_what_it_lacks() -> None:
    told = _document("kernel")
    del told["comparisons"], told["similarity"]
    page = leaderboard_page(told)
    assert page.count("<svg") == 1
    assert "By similarity" not in page
    kept = json.loads((ROOT / "benchmarks/results/consensus/leaderboard.json").read_text(encoding="utf-8"))
    assert "label-kernel is the best model: 0.169 [0.146, 0.190]" in leaderboard_page(kept)


def test_intervals_that_are_not_known_are_not_drawn() -> None:
    nan = float("nan")
    figure = dot_plot("T", "x", [Dot("a", 1.0, nan, nan), Dot("b", 1.0, nan, nan)], None)
    assert "nan" not in figure
    assert "whisker" not in figure
    figure = by_bin("T", "x", "y", ["one", "two"], [("a", [Dot("a", 0.5, 0.4, 0.6), None])], 0.9)
    assert figure.count('mark"') == 2, "one point and its name"


def test_better_stands_to_the_right() -> None:
    figure = dot_plot("T", "x", [Dot("a", 0.1, 0.0, 0.2), Dot("b", 0.5, 0.4, 0.6)])
    at = [float(m.split('"')[0]) for m in figure.split('<circle cx="')[1:]]
    assert at[0] < at[1]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1100])
def test_a_browser_shows_the_page_without_an_error(browser: str, tmp_path: Path, width: int, dark: bool) -> None:
    picture = picture_of(browser, leaderboard_page(_document()), tmp_path, width=width, dark=dark)
    assert picture.stat().st_size > 20_000, "a blank page takes less"
