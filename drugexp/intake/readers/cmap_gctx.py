"""The published GCTX files of the Connectivity Map, levels 3 to 5, with the tables beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import Screen
from drugexp.contract.units import Unit
from drugexp.errors import DataError, first_line
from drugexp.intake.cmap import PERTURBATION_NAMES, SAMPLE_NAMES, cmap_screen, is_cmap
from drugexp.intake.flat import ON_DISK_FROM
from drugexp.intake.formats.gctx import Gctx, open_gctx
from drugexp.intake.formats.kept import kept_screen
from drugexp.intake.formats.labels import FileRows
from drugexp.intake.genes import landmark_axis
from drugexp.intake.genes.landmarks import landmark_entrez
from drugexp.intake.manifest import Manifest

_SAMPLES = ("sig_info", "siginfo", "inst_info", "instinfo")
_PERTURBATIONS = ("pert_info", "compoundinfo")
_IDS = ("sig_id", "inst_id", "sample_id", "distil_id")


class CmapOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    genes
        ``landmark``: the measured ones; ``all``: also those inferred from them.
    types
        Values of ``pert_type`` that are read.
    """

    genes: Literal["landmark", "all"] = "landmark"
    types: tuple[str, ...] = ("trt_cp", "ctl_vehicle")


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read one GCTX file and the tables of samples and perturbations of its release.

    What the file itself tells of its samples is used where no table does. A large file is gone through once,
    and what is asked of it kept in the cache, so that its rows can be read in any order.

    Raises
    ------
    DataError
        If the set has not one GCTX file, or a sample of it stands in no table.
    """
    chosen = parse_options(CmapOptions, options, where=f"data set {manifest.name!r}")
    paths = [path for name, path in files.items() if name.endswith(".gctx")]
    if len(paths) != 1:
        raise DataError(f"one GCTX file is expected, the manifest lists {len(paths)}", where=manifest.name)
    samples, perturbations = _beside(files, _SAMPLES), _beside(files, _PERTURBATIONS)
    with open_gctx(paths[0]) as file:
        columns, axis = _genes(file, chosen)
        rows, size = FileRows(file, columns), 4 * file.shape[0] * len(axis)
        make = partial(_screen, file, axis, samples, perturbations, manifest, chosen.types)
        if size < ON_DISK_FROM:
            return make(np.asarray(rows))
        about = [manifest.name, chosen.model_dump_json(), *(str(p) for p in (samples, perturbations) if p)]
        return kept_screen(paths[0], partial(make, rows.as_values()), size=size, about=about)


def _beside(files: Mapping[str, Path], kinds: tuple[str, ...]) -> Path | None:
    return next((path for name, path in files.items() if any(kind in name for kind in kinds)), None)


def _genes(file: Gctx, chosen: CmapOptions) -> tuple[np.ndarray, GeneAxis]:
    """Return which columns are read, and their axis: landmark genes by symbol, all of them by Entrez id."""
    ids = file.gene_ids
    if chosen.genes == "all":
        return np.arange(len(ids)), GeneAxis(tuple(ids), "entrez")
    at = ids.get_indexer(pd.Index(landmark_entrez(), dtype=object))
    if not (at >= 0).any():
        raise DataError("none of its row ids is the Entrez id of a landmark gene.", where=file.where)
    return at[at >= 0], landmark_axis().subset(np.flatnonzero(at >= 0))


def _screen(
    file: Gctx,
    axis: GeneAxis,
    samples: Path | None,
    perturbations: Path | None,
    manifest: Manifest,
    types: tuple[str, ...],
    whole: np.ndarray,
) -> Screen:
    info, where = (file.labels(), file.where) if samples is None else (_info(file, samples), samples.name)
    if not is_cmap(info):
        raise DataError("nothing tells pert_id and pert_type of the samples.", where=where)
    kept = np.flatnonzero(info["pert_type"].isin(types).to_numpy())
    info = info.iloc[kept].reset_index(drop=True)
    return cmap_screen(
        info,
        axis,
        whole[kept],
        name=manifest.name,
        unit=manifest.unit or Unit.ZSCORE,
        where=where,
        compounds=None if perturbations is None else _read(perturbations, PERTURBATION_NAMES),
    )


def _info(file: Gctx, path: Path) -> pd.DataFrame:
    """Return the rows of a table of samples in the order of the file."""
    table = _read(path, {**SAMPLE_NAMES, "id": _IDS, "name": ("pert_iname", "cmap_name")})
    ids = next((c for c in _IDS if c in table.columns), None)
    if ids is None:
        raise DataError(f"there is no column {' or '.join(_IDS)}.", where=path.name)
    named = pd.Index(table[ids].astype(str))
    if not named.is_unique:
        raise DataError(f"column {ids!r} names {named[named.duplicated()][0]!r} twice", where=path.name)
    at = named.get_indexer(file.sample_ids)
    if (at < 0).any():
        lost = file.sample_ids[int(np.argmax(at < 0))]
        raise DataError(f"{int((at < 0).sum())} samples of {file.where} have no row, such as {lost!r}", where=path.name)
    return table.iloc[at].reset_index(drop=True)


def _read(path: Path, wanted: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Read the columns of a tab-separated table that are of use; -666 stays text."""
    names = {name for of_role in wanted.values() for name in of_role}
    try:
        return pd.read_csv(path, sep="\t", usecols=lambda c: c in names, dtype=str, keep_default_na=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"this is no table: {first_line(error)}", where=path.name) from None
