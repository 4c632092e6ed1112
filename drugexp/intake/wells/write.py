"""Signatures on disk: a screen, what was rejected, and the report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from drugexp.contract.screen import Screen
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.screens import SCREEN_ENDINGS, write_screen_table
from drugexp.intake.screen_io import SCREEN_ENDING, write_screen
from drugexp.intake.tables import format_of

ENDINGS = (SCREEN_ENDING, *SCREEN_ENDINGS)


def check_outputs(output: str | Path, report: str | Path | None = None) -> None:
    """Refuse outputs of another kind before any work is done.

    Raises
    ------
    UsageError
        If an ending is not one of `ENDINGS`, or the report's is not ``.csv``.
    """
    if Path(output).suffix != SCREEN_ENDING and format_of(Path(output)) not in SCREEN_ENDINGS:
        raise UsageError(f"output {str(output)!r} ends in none of {', '.join(ENDINGS)}")
    if report is not None and Path(report).suffix.lower() != ".csv":
        raise UsageError(f"the report {str(report)!r} does not end in .csv")


def write_signatures(screen: Screen, output: str | Path) -> tuple[str, ...]:
    """Write signatures by the ending of the name, and return what the format could not hold."""
    if Path(output).suffix != SCREEN_ENDING:
        return write_screen_table(screen, output)
    write_screen(screen, output)
    return ()


def write_report(table: pd.DataFrame, path: str | Path) -> None:
    """Write the report's table as csv."""
    with atomic_path(Path(path)) as part:
        table.to_csv(part, index=False, lineterminator="\n")
