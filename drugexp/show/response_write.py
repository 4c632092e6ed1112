"""Scores and rankings of drug response as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from drugexp.biology.response.contest import Contest
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.score.response import MEASURES
from drugexp.show.response_text import markdown


def check_output(output: str | None, endings: Sequence[str]) -> None:
    """Refuse an ending that nothing writes, before anything is worked out.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    if output is not None and Path(output).suffix not in endings:
        raise UsageError(
            f"nothing writes {Path(output).suffix or 'such'} files of responses", hint=f"Choose {', '.join(endings)}."
        )


def frame(contests: Sequence[Contest]) -> pd.DataFrame:
    """Return one row a split, model and measure: ``split, model, measure, value, low, high``."""
    rows = [
        (done.hold, label, m, *scores.interval(m))
        for done in contests
        for label, scores in done.scores.items()
        for m in MEASURES
    ]
    return pd.DataFrame(rows, columns=["split", "model", "measure", "value", "low", "high"])


def write_board(contests: Sequence[Contest], measure: str, output: str | Path) -> None:
    """Write scores by their ending; ``.md``: tables with their verdicts."""
    output = Path(output)
    if output.suffix == ".md":
        with atomic_path(output) as partial:
            partial.write_text("\n\n".join(markdown(c, measure) for c in contests) + "\n", encoding="utf-8")
        return
    write_table(frame(contests), output)


def write_table(table: pd.DataFrame, output: str | Path) -> None:
    """Write a table as csv, tsv or parquet."""
    output = Path(output)
    with atomic_path(output) as partial:
        if output.suffix == ".parquet":
            table.to_parquet(partial, index=False)
        else:
            table.to_csv(partial, index=False, sep="\t" if output.suffix == ".tsv" else ",", float_format="%.6g")
