"""How much of the cells is left of each line under each compound: areas under the dose-response curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import numbers, read_csv, read_parquet

AXIS = GeneAxis(("viability_auc",), "label")
"""What is measured, in the place of genes."""

_HOURS = {"gdsc1": 72.0, "gdsc2": 72.0}  # those of CCLE, 72 to 84, are not stated
_LARGEST_ACTIVITY = 8.0  # eight doses, each with an activity from 0 to 1


class ResponseOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    response
        Which of the screens: ``gdsc1`` or ``gdsc2`` (area under the curve, 1 where nothing dies), or ``ccle``, whose
        activity area A, over eight doses, is read as a mean viability of ``1 - A / 8``.
    """

    response: Literal["gdsc1", "gdsc2", "ccle"] = "gdsc2"


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read one table of responses and the compounds: one sample for each pair of compound and cell line.

    The area is that of all doses together, so no dose is stated; repeats of a
    pair are averaged and weigh as many. Compounds without a structure in
    ``drugs.csv`` are left out; the provenance counts their rows.
    """
    chosen = parse_options(ResponseOptions, options, where=f"data set {manifest.name!r}")
    path = f"{chosen.response}_response.parquet"
    column = "act_area" if chosen.response == "ccle" else "auc"
    where = f"{manifest.name}/{path}"
    table = read_parquet(files[path], ("cell", "drug", column))
    table = pd.DataFrame({name: text(table[name]) for name in ("cell", "drug")}).assign(
        value=numbers(table, (column,), where)[:, 0]
    )
    lost = (table["cell"] == "") | (table["drug"] == "") | table["value"].isna()
    if lost.any():
        raise DataError(f"row {int(np.argmax(lost)) + 1} lacks a cell, a drug or a value", where=where)
    if chosen.response == "ccle":
        table["value"] = 1.0 - table["value"] / _LARGEST_ACTIVITY
    drugs = read_csv(files["drugs.csv"], ("drug", "smiles_std", "inchikey14"))
    drugs = drugs.assign(drug=text(drugs["drug"])).drop_duplicates("drug")
    known = table["drug"].isin(drugs["drug"])
    if not known.any():
        raise DataError("no drug of the table has a structure in drugs.csv", where=where)
    pairs = table[known].groupby(["drug", "cell"], sort=True)["value"].agg(["mean", "size"]).reset_index()
    drugs = drugs.set_index("drug").loc[sorted(set(pairs["drug"]))]
    perturbations = perturbation_table(
        text(drugs.index.to_series()), smiles=text(drugs["smiles_std"]), inchikey14=text(drugs["inchikey14"])
    )
    cell, hours = text(pairs["cell"]), _HOURS.get(chosen.response, np.nan)
    samples = sample_table(
        len(pairs),
        perturbation=text(pairs["drug"]),
        cell=cell,
        hours=hours,
        weight=pairs["size"].to_numpy(),
    )
    return Screen(
        manifest.name,
        pairs[["mean"]].to_numpy(np.float32),
        AXIS,
        manifest.unit or Unit.VIABILITY,
        samples,
        perturbations,
        Cells(tuple(sorted(set(cell)))),
        provenance={"rows_without_structure": int((~known).sum())},
    )
