"""Reads a comma-separated table, one profile a row: five labels, then one column a gene."""

import numpy as np
import pandas as pd

from drugexp.contract import Cells, GeneAxis, Options, Screen, parse_options, perturbation_table, sample_table
from drugexp.errors import DataError

LABELS = ("compound_id", "smiles", "cell", "dose_um", "hours")


class ReaderOptions(Options):
    """Options that a recipe may give this reader."""

    strongest_dose_only: bool = False


def read(files, manifest, **options):
    """Return the screen that the verified files of one manifest hold.

    Parameters
    ----------
    files
        Path below the set's folder -> where the file lies. Their hashes are those of the manifest.
    manifest
        Its name, unit and gene namespace, among others.
    **options
        Checked against `ReaderOptions`.
    """
    chosen = parse_options(ReaderOptions, options, where=f"data set {manifest.name!r}")
    path = files["profiles.csv"]
    try:
        table = pd.read_csv(path)
    except (ValueError, OSError) as error:  # empty, ragged, or no text at all
        raise DataError(f"this is no table: {error}", where=path.name) from None
    lacking = [c for c in LABELS if c not in table]
    if lacking:
        raise DataError(f"the table lacks the columns {', '.join(lacking)}", where=path.name)
    if chosen.strongest_dose_only:
        table = table[table["dose_um"] == table["dose_um"].max()]
    genes = [c for c in table.columns if c not in LABELS]
    values = table[genes].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float32)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = wrong[0]
        raise DataError(f"row {table.index[row] + 2}, column {genes[column]!r}: this is no number", where=path.name)
    compounds = table.drop_duplicates("compound_id")
    return Screen(
        manifest.name,
        values,
        GeneAxis(tuple(genes), manifest.gene_namespace or "symbol"),
        manifest.unit,
        sample_table(
            len(table),
            perturbation=table["compound_id"].to_numpy(),
            cell=table["cell"].to_numpy(),
            dose_um=table["dose_um"].to_numpy(),
            hours=table["hours"].to_numpy(),
        ),
        perturbation_table(compounds["compound_id"], smiles=compounds["smiles"].to_numpy()),
        Cells(tuple(sorted(set(table["cell"])))),
    )
