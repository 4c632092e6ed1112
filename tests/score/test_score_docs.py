"""The page on scores runs, and leaves no score out."""

import doctest
from pathlib import Path

from drugexp.score.table import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_example_runs_and_every_score_is_explained():
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.failed == 0
    assert result.attempted > 5
    text = PAGE.read_text(encoding="utf-8")
    assert not [name for name in (*METRICS, "discrimination", "direction") if f"`{name}`" not in text]
