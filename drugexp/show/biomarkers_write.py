"""Biomarkers written: a table of genes, a page, or a folder with both and the patients; or one JSON record."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.show.biomarkers_page import biomarkers_page
from drugexp.show.biomarkers_text import verdict

if TYPE_CHECKING:
    from drugexp.biology.biomarkers.study import Study

_ENDINGS = (".csv", ".tsv", ".parquet", ".html")


def check_output(output: str | None) -> None:
    """Refuse an ending that nothing writes, before anything is worked out.

    Raises
    ------
    UsageError
        If it is none of .csv, .tsv, .parquet and .html, and no folder.
    """
    if output is not None and Path(output).suffix not in ("", *_ENDINGS):
        raise UsageError(
            f"nothing writes {Path(output).suffix} files of biomarkers",
            hint=f"Choose {', '.join(_ENDINGS)}, or a folder.",
        )


def write_biomarkers(
    done: Study, genes: pd.DataFrame, patients: pd.DataFrame, notes: Sequence[str], output: str | Path
) -> None:
    """Write genes by their ending, the page (.html), or genes.csv, patients.csv and biomarkers.html into a folder."""
    output = Path(output)
    if output.suffix == ".html":
        _page(done, genes, notes, output)
    elif output.suffix:
        _table(genes, output)
    else:
        output.mkdir(parents=True, exist_ok=True)
        _table(genes, output / "genes.csv")
        _table(patients, output / "patients.csv")
        _page(done, genes, notes, output / "biomarkers.html")


def as_record(done: Study, genes: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return measures, controls, genes and the verdict as JSON; what is not defined is null."""
    record = {
        "measure": done.measure,
        "beyond_noise": done.beyond_noise,
        "verdict": verdict(done),
        "held_out": _estimates(done.measures),
        "test": _estimates(done.tested_measures),
        "shuffled": {"values": done.permuted.values.tolist(), "p": done.permuted.p},
        "random_genes": {"values": done.random.values.tolist(), "p": done.random.p},
        "expected_false": done.stability.bound,
        "effect": done.effects.measure,
        "genes": genes.to_dict("records"),
        "notes": list(notes),
    }
    return json.dumps(_plain(record))


def _estimates(found: Any) -> dict[str, Any]:
    return {r: {m: [e.value, e.low, e.high] for m, e in row.items()} for r, row in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(table: pd.DataFrame, path: Path) -> None:
    with atomic_path(path) as partial:
        if path.suffix == ".parquet":
            table.to_parquet(partial, index=False)
        else:
            table.to_csv(partial, index=False, sep="\t" if path.suffix == ".tsv" else ",", float_format="%.6g")


def _page(done: Study, genes: pd.DataFrame, notes: Sequence[str], path: Path) -> None:
    made = biomarkers_page(done, genes, notes)
    with atomic_path(path) as partial:
        partial.write_text(made, encoding="utf-8")
