"""The page of a check: whole, safe, readable by machines, and shown by a real browser without an error."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from page_reader import PageReader, browse

from drugexp.intake.quality.finding import Bars, Finding, Histogram, Report, Scatter, Severity, Table
from drugexp.preprocess.scale import Kind, Scale
from drugexp.show import svg
from drugexp.show.check_page import check_page
from drugexp.show.check_text import check_text

NASTY = "<script>alert('a')</script> & \"b\""


def _report() -> Report:
    rng = np.random.default_rng(0)
    edges = np.linspace(-1, 1, 21)
    two = {"replicates": rng.dirichlet(np.ones(20)), "chance": rng.dirichlet(np.ones(20))}
    groups = tuple(f"plate {i % 11}" for i in range(60))
    findings = (
        Finding(Severity.FINE, "replicates", "They agree", None, Histogram("Correlations", "r", edges, two)),
        Finding(
            Severity.LOOK,
            "missing values",
            "Some are missing",
            Table(("sample", "missing"), ((NASTY, 0.5), ("w2", 0.25))),
            Bars("Missing of each sample", "samples", "missing", (NASTY, "w2"), np.array([0.5, 0.25])),
        ),
        Finding(
            Severity.FIX, NASTY, NASTY, None, Scatter("Components", "PC1", "PC2", rng.normal(size=(60, 2)), groups)
        ),
    )
    return Report(NASTY, 60, 978, 20, Scale(Kind.LOG2, True, {}, "log2"), findings, (NASTY,))


def test_the_page_is_well_formed_and_holds_nothing_from_elsewhere() -> None:
    page = check_page(_report())
    tags = PageReader(page).tags
    names = {name for name, _ in tags}
    assert {"svg", "figure", "figcaption", "table", "h1", "main"} <= names
    assert not names & {"script", "link", "img", "iframe", "object", "a"}
    assert not [a for _, attrs in tags for a in attrs if a.startswith("on") or a in ("src", "href")]
    assert "url(" not in page
    assert "@import" not in page


def test_every_figure_tells_what_it_shows_without_being_seen() -> None:
    page = check_page(_report())
    figures = [attrs for name, attrs in PageReader(page).tags if name == "svg"]
    assert [f["role"] for f in figures] == ["img"] * 3
    assert all(f["aria-label"] for f in figures)
    assert page.count("<svg") == page.count("<desc>") == 3
    for spoken in ("fine", "look at it", "to fix"):
        assert f">{spoken}</span>" in page


def test_text_and_page_say_the_same() -> None:
    report = _report()
    text = check_text(report)
    assert "1 finding is to be fixed" in text
    assert "60 samples (20 looked at) x 978 genes" in text
    assert [line.split()[0] for line in text.splitlines() if line[:4] in ("fine", "look", "fix ")] == [
        "fine",
        "look",
        "fix",
    ]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.93), (-8.2, 9.1), (0.0, 1e-9), (1e6, 3e6), (2.0, 2.0)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = svg.ticks(low, high)
    assert 1 <= len(found) <= 6
    assert all(low - 1e-12 <= t <= high * (1 + 1e-9) + 1e-12 for t in found)
    if high > low:
        steps = np.diff(found)
        assert np.allclose(steps, steps[0])


def test_more_groups_than_colours_share_the_last() -> None:
    points = np.random.default_rng(0).normal(size=(200, 2))
    figure = svg.scatter("T", "x", "y", points, [f"group number {i % 20}" for i in range(200)])
    assert "13 more" in figure
    assert set(re.findall(r'class="g(\d+) mark"', figure)) == {str(i) for i in range(8)}


def test_bars_beyond_the_pixels_keep_the_tallest() -> None:
    heights = np.zeros(5000)
    heights[[0, 1234]] = [0.5, 1.0]
    figure = svg.bars("T", "samples", "missing", [f"s{i}" for i in range(5000)], heights)
    assert "s1234: 1" in figure
    assert figure.count("<rect") < 500


def test_equal_values_are_drawn() -> None:
    assert "NaN" not in svg.scatter("T", "x", "y", np.ones((3, 2)), ["a"] * 3)
    assert "nan" not in svg.histogram("T", "x", np.linspace(0, 1, 3), {"values": np.zeros(2)})


def _run(browser: str, folder: Path, *options: str, more: str = "") -> subprocess.CompletedProcess[str]:
    return browse(browser, check_page(_report()).replace("</body>", f"{more}</body>"), folder, *options)


def test_a_browser_shows_the_page_without_an_error(browser: str, tmp_path: Path) -> None:
    done = _run(browser, tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    dom = done.stdout
    assert dom.count("<section") == 3
    assert dom.count("<svg") == 3
    assert "<script" not in dom
    assert "&lt;script&gt;" in dom


def test_the_browser_would_tell_of_an_error_and_runs_no_script(browser: str, tmp_path: Path) -> None:
    done = _run(browser, tmp_path, "--dump-dom", more="<script>document.body.innerHTML = 'gone'</script>")
    assert "CONSOLE" in done.stderr
    assert done.stdout.count("<section") == 3


@pytest.mark.parametrize("width", [360, 1200])
def test_a_browser_draws_the_page_at_the_width_of_a_phone_and_of_a_screen(
    browser: str, tmp_path: Path, width: int
) -> None:
    picture = tmp_path / "page.png"
    _run(browser, tmp_path, f"--screenshot={picture}", f"--window-size={width},900")
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 10_000  # a blank page of this size takes a third of it
