"""Drug responses and omics of cell lines out of data sets that manifests describe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from drugexp.contract.tables import text
from drugexp.errors import DataError, UsageError, unknown
from drugexp.intake.readers.tables import numbers, read_csv, read_parquet
from drugexp.intake.responses import Responses, merged
from drugexp.intake.store import set_files

_ENDING = "_response.parquet"
BLOCKS = ("expression", "mutation", "copy_number")
METHYLATION = "methylation"
"""The set whose regions are a further block, and whose table of lines tells tissues."""


def read_response_set(
    name: str, *, screen: str = "gdsc2", value: str = "", methylation: bool = True, data_dir: str | Path | None = None
) -> Responses:
    """Read responses, structures and omics of a set such as ``gdsc_ccle``.

    Parameters
    ----------
    name
        Of a set that holds ``drugs.csv`` and tables ``<screen>_response.parquet``.
    screen
        Which of the tables.
    value
        Its column; empty: the first number, ln IC50 for GDSC.
    methylation
        Add the promoters of the set ``methylation``, where it is there, and its tissues.
    data_dir
        The data folder.

    Raises
    ------
    UsageError
        If the set holds no such table or column.
    DataError
        If files are missing or altered.
    """
    files = set_files(name, data_dir)
    screens = [p.removesuffix(_ENDING) for p in files if p.endswith(_ENDING)]
    if not screens or "drugs.csv" not in files:
        raise UsageError(f"data set {name!r} holds no drug responses", hint="Give a file, or gdsc_ccle.")
    if screen not in screens:
        raise UsageError(unknown("screen", screen, screens), where=f"data set {name!r}")
    where = f"{name}/{screen}{_ENDING}"
    table = read_parquet(files[screen + _ENDING], ("cell", "drug"))
    measures = [str(c) for c in table.columns if c not in ("cell", "drug")]
    measure = value or measures[0]
    if measure not in measures:
        raise UsageError(unknown("column", measure, measures), where=where)
    rows = pd.DataFrame({"cell": text(table["cell"]), "compound": text(table["drug"])})
    rows["value"] = numbers(table, (measure,), where)[:, 0]
    pairs, notes = merged(rows.dropna())
    drugs = read_csv(files["drugs.csv"], ("drug", "smiles_std"))
    smiles = dict(zip(text(drugs["drug"]), text(drugs["smiles_std"]), strict=True))
    blocks = {b: _block(files[f"{b}.parquet"], "cell") for b in BLOCKS if f"{b}.parquet" in files}
    tissues: dict[str, str] = {}
    if methylation:
        try:
            more = set_files(METHYLATION, data_dir)
        except DataError as error:
            notes += (f"no methylation and no tissues: {error.message}",)
        else:
            regions, tissues = _methylation(more)
            blocks[METHYLATION] = regions
    return Responses(pairs, smiles, measure, tissues, blocks, notes)


def _block(path: Path, names: str) -> pd.DataFrame:
    table = read_parquet(path, (names,))
    values = table.drop(columns=names).astype("float32")
    values.index = pd.Index(text(table[names]), name="cell")
    return values[~values.index.duplicated()]


def _methylation(files: Mapping[str, Path]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return promoters by cell, and the tissue of each cell."""
    regions = _block(files["methylation.parquet"], "depmap_id")
    lines = read_csv(files["cell_lines.csv"], ("depmap_id", "cell", "site"))
    names = dict(zip(text(lines["depmap_id"]), text(lines["cell"]), strict=True))
    regions.index = pd.Index([names.get(i) or i for i in regions.index], name="cell")
    tissues = {c: s for c, s in zip(text(lines["cell"]), text(lines["site"]), strict=True) if c and s}
    return regions[~regions.index.duplicated()], tissues
