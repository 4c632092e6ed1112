"""Explanations as files: tables by the ending, and pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from drugexp.biology.attribution.explanation import Explanation
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.predict.writers import check_folder
from drugexp.show.explain_page import explain_page

TABLES = (".csv", ".tsv", ".parquet", ".json")
FIGURES = (".svg", ".png", ".html")


def check(path: str, endings: Sequence[str], option: str) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises
    ------
    UsageError
        If the ending is unknown, or the folder is missing or cannot be written to.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in endings:
        raise UsageError(f"{option} {path!r} ends in {suffix or 'nothing'!r}; valid: {', '.join(endings)}")
    check_folder(path)
    if Path(path).is_dir():
        raise UsageError(f"{path!r} is a folder", hint="Choose another output.")


def write_table(explanations: Sequence[Explanation], path: str | Path, top: int | None) -> Path:
    """Write all explanations into one file: csv, tsv, parquet (a row a part) or json (an object an explanation)."""
    target = Path(path)
    suffix = target.suffix.lower()
    with atomic_path(target) as part:
        if suffix == ".json":
            part.write_text(json.dumps([one.plain(top) for one in explanations], indent=1) + "\n")
        else:
            table = pd.concat([one.frame(top) for one in explanations], ignore_index=True)
            if suffix == ".parquet":
                table.to_parquet(part, index=False)
            else:
                table.to_csv(
                    part, sep="\t" if suffix == ".tsv" else ",", index=False, lineterminator="\n", float_format="%.6g"
                )
    return target


def write_figures(explanations: Sequence[Explanation], path: str | Path) -> list[Path]:
    """Write the structures with their atoms' shares; of several explanations ``x.svg`` becomes ``x.1.svg``, ...

    An ``.html`` page holds all of them, with substructures, genes and training compounds.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".html":
        with atomic_path(target) as part:
            part.write_text(explain_page(explanations))
        return [target]
    written = []
    for number, one in enumerate(explanations, start=1):
        place = target if len(explanations) == 1 else target.with_name(f"{target.stem}.{number}{target.suffix}")
        with atomic_path(place) as part:
            part.write_bytes(one.picture("svg" if suffix == ".svg" else "png"))
        written.append(place)
    return written
