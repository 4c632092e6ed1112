"""Sums of groups as a table or as AnnData."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.screen_io import SCREEN_ENDING, require_anndata
from drugexp.intake.single_cell.pseudobulk import Pseudobulk

SUM_ENDINGS = (".csv", ".h5ad")
ENDINGS = (SCREEN_ENDING, *SUM_ENDINGS)


def check_output(path: str | Path) -> None:
    """Refuse an output of another kind before any work is done.

    Raises
    ------
    UsageError
        If its ending is not one of `ENDINGS`.
    """
    if Path(path).suffix.lower() not in ENDINGS:
        raise UsageError(f"output {str(path)!r} ends in none of {', '.join(ENDINGS)}")


def write_sums(bulk: Pseudobulk, path: str | Path) -> None:
    """Write summed counts: csv (labels, ``n_cells``, one column a gene) or h5ad (``X`` int64, labels in ``obs``).

    Raises
    ------
    UsageError
        If a label carries the name of a gene, or the place cannot be written to.
    """
    path = Path(path)
    if path.suffix.lower() == ".h5ad":
        anndata = require_anndata()
        obs = bulk.groups.set_axis(bulk.groups.index.astype(str), axis=0)
        var = pd.DataFrame(index=pd.Index(bulk.genes.ids, dtype=object))
        with atomic_path(path) as part:
            anndata.AnnData(bulk.sums, obs=obs, var=var).write_h5ad(part)
        return
    both = [c for c in bulk.groups.columns if c in bulk.genes]
    if both:
        raise UsageError(f"{both[0]!r} is both a label and a gene", hint="Write .h5ad, which keeps them apart.")
    sums = pd.DataFrame(bulk.sums, columns=pd.Index(bulk.genes.ids, dtype=object))
    with atomic_path(path) as part:
        pd.concat([bulk.groups, sums], axis=1).to_csv(part, index=False, lineterminator="\n")


def rejected_path(path: str | Path) -> Path:
    """Return where rejected groups are listed: beside the output.

    >>> rejected_path("out.screen").name
    'out.rejected.csv'
    """
    return Path(path).with_name(f"{Path(path).stem}.rejected.csv")


def write_rejected(rejected: pd.DataFrame, path: str | Path) -> None:
    """Write rejected groups as csv: labels, ``n_cells``, ``reason``."""
    with atomic_path(Path(path)) as part:
        rejected.to_csv(part, index=False, lineterminator="\n")
