"""A table and those that stand beside it, in the format of the ending."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.predict.writers import check_folder

ENDINGS = (".csv", ".tsv", ".parquet")


def check_tables(path: str | None) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    if path is None:
        return
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"output {path!r} ends in {ending or 'nothing'!r}; valid: {', '.join(ENDINGS)}")
    check_folder(path)


def beside(path: Path, name: str) -> Path:
    """Return the file of a table that stands beside another.

    >>> beside(Path("out.csv"), "queries").name
    'out.queries.csv'
    """
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def write_tables(path: str, table: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write a table, and others beside it (`beside`); return the files. The table itself comes last."""
    target = Path(path)
    for name, other in others.items():
        _write(other, beside(target, name))
    _write(table, target)
    return [target, *(beside(target, name) for name in others)]


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; missing numbers are null, and others have six digits."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=10))
    return [{k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def _write(table: pd.DataFrame, path: Path) -> None:
    with atomic_path(path) as part:
        if path.suffix.lower() == ".parquet":
            texts = {c: table[c].astype(str) for c in table if table[c].dtype == object}
            table.assign(**texts).to_parquet(part, index=False)
        else:
            separator = "\t" if path.suffix.lower() == ".tsv" else ","
            table.to_csv(part, sep=separator, index=False, lineterminator="\n", float_format="%.6g")
