"""Screens as folders and h5ad (without loss), and as GCT and GCTX (with what is lost told)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis, Namespace
from drugexp.contract.screen import CENSORED, MISSING, OBSERVED, SAMPLE_COLUMNS, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import DataError, UsageError
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import save_anndata
from drugexp.intake.formats.hdf5 import told
from drugexp.intake.screen_io import SCREEN_ENDING, from_anndata, require_anndata, to_anndata, write_screen
from drugexp.intake.tables import format_of, must_exist

SCREEN_ENDINGS = (".h5ad", ".gct", ".gctx")

_OF_PERTURBATION = "perturbation."
"""How columns begin that tell of a sample's perturbation."""


def check_screen_output(path: str | Path) -> None:
    """Refuse a name under which no screen can be written, before any work is done.

    Raises
    ------
    UsageError
        If its ending is that of no format of screens.
    """
    endings = (SCREEN_ENDING, *SCREEN_ENDINGS)
    if Path(path).suffix.lower() not in endings:
        hint = "" if Path(path).suffix else f"Write {path}{SCREEN_ENDING}."
        raise UsageError(f"the output {str(path)!r} ends in none of {', '.join(endings)}.", hint=hint)


def save_screen(screen: Screen, path: str | Path) -> tuple[str, ...]:
    """Write a screen as a ``.screen`` folder, or as h5ad, GCT or GCTX, by the ending of the name.

    Returns and raises what `write_screen_table` does; a folder loses nothing.
    """
    check_screen_output(path)
    if Path(path).suffix.lower() != SCREEN_ENDING:
        return write_screen_table(screen, path)
    write_screen(screen, path)
    return ()


def write_screen_table(screen: Screen, path: str | Path) -> tuple[str, ...]:
    """Write a screen as h5ad, GCT or GCTX by the ending of the name.

    In GCT and GCTX the annotations of a sample are its row of the samples
    table, its perturbation's row, and the unit.

    Returns
    -------
    tuple of str
        What the format could not hold, one sentence each; nothing for h5ad.

    Raises
    ------
    UsageError
        If the ending is another, or the place cannot be written to.
    PluginError
        If h5ad is asked for and anndata is not installed.
    """
    ending = _ending(path)
    if ending == ".h5ad":
        save_anndata(to_anndata(screen), path)
        return ()
    table = _as_expression(screen)
    if ending == ".gctx":
        write_gctx(table, path)
    else:
        write_gct(table, path)
    return _lost(screen, ending)


def read_screen_table(path: str | Path) -> Screen:
    """Read a screen that `write_screen_table` wrote.

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it holds no screen.
    """
    path = Path(path)
    if _ending(path) != ".h5ad":
        return _from_expression(read_expression(path), path.name.partition(".")[0])
    must_exist(path)
    anndata = require_anndata()
    with told(str(path)):
        data = anndata.read_h5ad(path)
    return from_anndata(data)


def _ending(path: str | Path) -> str:
    ending = format_of(Path(path))
    if ending not in SCREEN_ENDINGS:
        raise UsageError(f"{str(path)!r} ends in none of {', '.join(SCREEN_ENDINGS)}")
    return ending


def _as_expression(screen: Screen) -> Expression:
    values = np.array(screen.values)
    if screen.state is not None:
        values[screen.state != OBSERVED] = np.nan
    about = screen.perturbations.set_index("id").reindex(screen.samples["perturbation"]).add_prefix(_OF_PERTURBATION)
    samples = pd.concat([screen.samples, about.reset_index(drop=True)], axis=1).assign(unit=screen.unit.value)
    genes = annotation_table(screen.genes.ids, {"namespace": [screen.genes.namespace] * len(screen.genes)})
    return Expression(values, samples.set_axis([f"s{i + 1}" for i in range(len(samples))]), genes, unit=screen.unit)


def _lost(screen: Screen, ending: str) -> tuple[str, ...]:
    censored = 0 if screen.state is None else int((screen.state == CENSORED).sum())
    unused = len(set(screen.perturbations["id"]) - set(screen.samples["perturbation"]))
    further = [c for c in screen.samples.columns if c not in SAMPLE_COLUMNS]
    spare = len(set(screen.cells.ids) - set(screen.samples["cell"]))
    told_of = {
        f"{censored} entries known only within a bound are written as missing": censored,
        f"{unused} perturbations without a sample are left out": unused,
        f"{spare} cells without a sample are left out": spare,
        f"what is known of unperturbed cells is left out ({', '.join(screen.cells.blocks)})": screen.cells.blocks,
        "the provenance is left out": screen.provenance,
        f"further columns became text ({', '.join(further)})": further and ending == ".gct",
    }
    return tuple(sentence for sentence, so in told_of.items() if so)


def _from_expression(table: Expression, name: str) -> Screen:
    about = table.samples
    lacking = [c for c in (*SAMPLE_COLUMNS, f"{_OF_PERTURBATION}kind", "unit") if c not in about]
    if lacking or table.unit is None:
        raise DataError(
            f"the annotations of the samples lack {', '.join(lacking) or 'a known unit'}.",
            where=table.where,
            hint="A screen is read from what drugexp wrote.",
        )
    own = [c for c in about.columns if not c.startswith(_OF_PERTURBATION) and c != "unit"]
    columns: dict[str, Any] = {c: about[c].to_numpy() for c in own}
    for column in ("dose_um", "hours", "weight"):
        columns[column] = _numbers(about[column], table.where)
    columns["is_control"] = about["is_control"].astype(str).to_numpy() == "True"
    treated = about[~columns["is_control"]].drop_duplicates("perturbation")
    told_of = {c.removeprefix(_OF_PERTURBATION): treated[c].to_numpy() for c in treated if c not in (*own, "unit")}
    known = np.isfinite(table.values)
    namespaces = set(table.genes.get("namespace", ())) & set(get_args(Namespace)) or {"symbol"}
    return Screen(
        name=name,
        values=np.where(known, table.values, 0.0),
        state=None if known.all() else np.where(known, OBSERVED, MISSING),
        genes=GeneAxis(tuple(table.genes.index), namespaces.pop()),
        unit=table.unit,
        samples=sample_table(len(about), **columns),
        perturbations=perturbation_table(treated["perturbation"], **told_of),
        cells=Cells(tuple(c for c in dict.fromkeys(about["cell"]) if c)),
    )


def _numbers(values: pd.Series, where: str) -> np.ndarray:
    numbers = pd.to_numeric(values.replace("", np.nan), errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy() & (values.astype(str) != "").to_numpy())
    if len(wrong):
        raise DataError(f"sample {values.index[wrong[0]]!r}, {values.name}: no number stands there.", where=where)
    return numbers
