"""Screens as folders and h5ad (without loss), and as GCT, GCTX and tables (with what is lost told)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.rows import blocks
from drugexp.contract.screen import CENSORED, SAMPLE_COLUMNS, Screen
from drugexp.contract.units import Unit
from drugexp.errors import DataError, UsageError
from drugexp.intake.cmap import cmap_screen, is_cmap
from drugexp.intake.flat import ON_DISK_FROM
from drugexp.intake.formats.door import open_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import MISSING, write_gct
from drugexp.intake.formats.gctx import gctx_writer
from drugexp.intake.formats.h5ad import save_anndata
from drugexp.intake.formats.hdf5 import told
from drugexp.intake.formats.hdf5_guard import ensure_sound
from drugexp.intake.formats.kept import kept_screen
from drugexp.intake.formats.labels import NAMESPACE, FileRows, labels_of, measured, screen_of
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.formats.wide import WIDE_ENDINGS, open_wide_parquet, read_wide_text, write_wide
from drugexp.intake.screen_io import SCREEN_ENDING, from_anndata, require_anndata, to_anndata, write_screen
from drugexp.intake.tables import format_of, must_exist

SCREEN_ENDINGS = (".h5ad", ".gct", ".gctx", *WIDE_ENDINGS)

_PACKED = (".gct", ".csv", ".tsv")
"""Formats of text, which may be packed."""


def check_screen_output(path: str | Path) -> None:
    """Refuse a name under which no screen can be written, before any work is done.

    Raises
    ------
    UsageError
        If its ending is that of no format of screens.
    """
    endings = (SCREEN_ENDING, *SCREEN_ENDINGS)
    if format_of(Path(path)) not in endings:
        hint = "" if Path(path).suffix else f"Write {path}{SCREEN_ENDING}."
        raise UsageError(f"the output {str(path)!r} ends in none of {', '.join(endings)}.", hint=hint)
    if format_of(Path(path)) != Path(path).suffix.lower() and format_of(Path(path)) not in _PACKED:
        raise UsageError(f"the output {str(path)!r} cannot be packed; {', '.join(_PACKED)} can.")


def save_screen(screen: Screen, path: str | Path) -> tuple[str, ...]:
    """Write a screen as a ``.screen`` folder, or as a file of another format, by the ending of the name.

    Returns and raises what `write_screen_table` does; a folder loses nothing.
    """
    check_screen_output(path)
    if Path(path).suffix.lower() != SCREEN_ENDING:
        return write_screen_table(screen, path)
    write_screen(screen, path)
    return ()


def write_screen_table(screen: Screen, path: str | Path) -> tuple[str, ...]:
    """Write a screen as h5ad, GCT, GCTX, parquet, csv or tsv by the ending of the name.

    But in h5ad, the labels of a sample are its row of the samples table, its
    perturbation's row, and the unit. A screen whose values are on disk is
    written to GCTX and to tables block by block.

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
    if ending == ".gctx":
        with gctx_writer(path, _genes(screen)) as out:
            for at, values in measured(screen):
                out.append(values, _numbered(labels_of(screen, at), str(path), at.start))
    elif ending == ".gct":
        values = np.concatenate([block for _, block in measured(screen)])
        write_gct(Expression(values, _numbered(labels_of(screen), str(path)), _genes(screen), unit=screen.unit), path)
    else:
        write_wide(_frames(screen), path)
    return _lost(screen, ending)


def read_screen_table(path: str | Path, *, on_disk_from: int = ON_DISK_FROM) -> Screen:
    """Read a screen that `write_screen_table` wrote.

    Values of `on_disk_from` bytes and more stay on disk: the first reading copies them to the user's cache,
    in which they lie row after row (`kept_screen`).

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it holds no screen.
    """
    path = Path(path)
    ending, name = _ending(path), path.name.partition(".")[0]
    if ending in WIDE_ENDINGS and ending != ".parquet":
        labels, genes, values = read_wide_text(path)
        return _screen(labels, genes, values, name=name, where=str(path))
    if ending != ".h5ad":
        opened: AbstractContextManager[Any] = open_wide_parquet(path) if ending == ".parquet" else open_expression(path)
        with opened as source:
            if isinstance(source, ExpressionFile) and 4 * source.shape[0] * source.shape[1] >= on_disk_from:
                return kept_screen(path, partial(_on_disk, source, name), size=4 * source.shape[0] * source.shape[1])
            whole = source.take()
        return _screen(whole.samples.reset_index(drop=True), whole.genes, whole.values, name=name, where=whole.where)
    must_exist(path)
    ensure_sound(path)
    anndata = require_anndata()
    with told(str(path)):
        data = anndata.read_h5ad(path)
    return from_anndata(data)


def _on_disk(source: ExpressionFile, name: str) -> Screen:
    return _screen(source.labels(), source.genes, FileRows(source).as_values(), name=name, where=source.where)


def _screen(labels: pd.DataFrame, genes: pd.DataFrame, values: np.ndarray, *, name: str, where: str) -> Screen:
    """Return the screen of labels as drugexp writes them, or as the Connectivity Map does."""
    if "perturbation" in labels or not is_cmap(labels):
        return screen_of(labels, genes, values, name=name, where=where)
    if "distil_id" not in labels:
        raise DataError(
            "its samples are wells of the Connectivity Map, and nothing tells the unit.",
            where=where,
            hint='Name it in a manifest with reader = "cmap_gctx" and its unit.',
        )
    axis = GeneAxis(tuple(genes.index), "entrez" if all(str(g).isdecimal() for g in genes.index) else "symbol")
    return cmap_screen(labels, axis, values, name=name, unit=Unit.ZSCORE, where=where)


def _ending(path: str | Path) -> str:
    ending = format_of(Path(path))
    if ending not in SCREEN_ENDINGS:
        raise UsageError(f"{str(path)!r} ends in none of {', '.join(SCREEN_ENDINGS)}")
    return ending


def _genes(screen: Screen) -> pd.DataFrame:
    return annotation_table(screen.genes.ids, {NAMESPACE: [screen.genes.namespace] * len(screen.genes)})


def _numbered(labels: pd.DataFrame, where: str, start: int = 0) -> pd.DataFrame:
    """Give samples, which have no names of their own, numbers for names; refuse what GCT and GCTX take for missing."""
    lost = [c for c in labels.columns if labels[c].dtype.kind not in "fiub" and (labels[c] == MISSING).any()]
    if lost:
        raise UsageError(
            f"a label in {lost[0]!r} is {MISSING}, which stands for missing in GCT and GCTX.",
            where=where,
            hint="Rename it, or write another format.",
        )
    labels = labels.drop(columns=NAMESPACE)  # it stands beside the genes
    return labels.set_axis(pd.Index([f"s{start + i + 1}" for i in range(len(labels))], dtype=object), axis=0)


def _frames(screen: Screen) -> Iterator[pd.DataFrame]:
    for at, values in measured(screen):
        genes = pd.DataFrame(values, columns=list(screen.genes.ids))
        yield pd.concat([labels_of(screen, at), genes], axis=1)


def _lost(screen: Screen, ending: str) -> tuple[str, ...]:
    censored = 0 if screen.state is None else sum(int((block == CENSORED).sum()) for _, block in blocks(screen.state))
    unused = len(set(screen.perturbations["id"]) - set(screen.samples["perturbation"].unique()))
    further = [c for c in screen.samples.columns if c not in SAMPLE_COLUMNS]
    spare = len(set(screen.cells.ids) - set(screen.samples["cell"].unique()))
    told_of = {
        f"{censored} entries known only within a bound are written as missing": censored,
        f"{unused} perturbations without a sample are left out": unused,
        f"{spare} cells without a sample are left out": spare,
        f"what is known of unperturbed cells is left out ({', '.join(screen.cells.blocks)})": screen.cells.blocks,
        "the provenance is left out": screen.provenance,
        f"further columns became text ({', '.join(further)})": further and ending in (".gct", ".csv", ".tsv"),
    }
    return tuple(sentence for sentence, so in told_of.items() if so)
