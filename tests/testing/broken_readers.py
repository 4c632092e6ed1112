"""A reader of a small table that keeps every rule, and others that each break one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import Cells, GeneAxis, Screen, Unit
from drugexp.errors import DataError

GENES = ("TP53", "MYC", "EGFR")
CONTENT = b"""compound,smiles,TP53,MYC,EGFR
aspirin,CC(=O)Oc1ccccc1C(=O)O,1.5,-0.5,0.25
phenol,Oc1ccccc1,0.5,0.75,-2.0
"""


class About:
    """What a reader looks at in its manifest."""

    name = "tiny"
    unit = Unit.LOG2FC
    gene_namespace = "symbol"


def table(path: Path) -> pd.DataFrame:
    try:
        found = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"the table cannot be read: {error}", where=path.name) from None
    if list(found.columns) != ["compound", "smiles", *GENES] or found.isna().any(axis=None):
        raise DataError("the table is cut short", where=path.name)
    return found


def screen(found: pd.DataFrame, unit: Unit = Unit.LOG2FC) -> Screen:
    blank = dict.fromkeys(("inchikey14", "scaffold", "group", "targets"), "")
    samples = {"cell": "", "dose_um": np.nan, "hours": np.nan, "batch": "", "is_control": False, "weight": 1.0}
    return Screen(
        "tiny",
        found[list(GENES)].to_numpy(),
        GeneAxis(GENES),
        unit,
        pd.DataFrame({"perturbation": found["compound"], **samples}),
        pd.DataFrame(
            {"id": found["compound"], "kind": "compound", "name": found["compound"], "smiles": found["smiles"], **blank}
        ),
        Cells(()),
    )


def healthy(files: Any, manifest: Any) -> Screen:
    return screen(table(files["tiny.csv"]))


def other_unit(files: Any, manifest: Any) -> Screen:
    return screen(table(files["tiny.csv"]), Unit.ZSCORE)


class _Growing:
    calls = 0

    def __call__(self, files: Any, manifest: Any) -> Screen:
        self.calls += 1
        found = table(files["tiny.csv"])
        return screen(found.assign(TP53=found["TP53"] + self.calls))


def leaves_a_file(files: Any, manifest: Any) -> Screen:
    files["tiny.csv"].with_suffix(".cache").write_text("x")
    return healthy(files, manifest)


def trips(files: Any, manifest: Any) -> Screen:
    return screen(pd.read_csv(files["tiny.csv"]))


BROKEN = {
    "valid-screen": other_unit,
    "same-twice": _Growing(),
    "writes-nothing": leaves_a_file,
    "tells-damage": trips,
}
