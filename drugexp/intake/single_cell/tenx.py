"""Counts as Cell Ranger (10x Genomics) writes them: HDF5 of version 3 or 2, or a folder with ``matrix.mtx``.

Of version 3 (``/matrix/{data,indices,indptr,shape,barcodes,features}``) only features of the type Gene
Expression are genes; version 2 has one group a genome (``/<genome>/{data,...,barcodes,genes,gene_names}``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from drugexp.errors import InputError
from drugexp.intake.formats.hdf5 import told
from drugexp.intake.formats.streams import read_lines
from drugexp.intake.single_cell.market import read_market

_EXPRESSION = "Gene Expression"


@dataclass(frozen=True, eq=False)
class Tenx:
    """Counts of cells by features, stored cell after cell.

    Attributes
    ----------
    obs
        One row a cell: its barcode in the index, and ``sample``, the end of the barcode (``1`` of ``AAACCTG-1``).
    var
        One row a gene: its id in the index, ``gene_name`` and ``genome``.
    matrix
        ``data``, ``indices`` and ``indptr`` of (cell, feature) counts.
    place
        (feature,) where it stands among the genes, -1 where it is none.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    matrix: Mapping[str, Any]
    place: np.ndarray


def is_tenx(file: h5py.File) -> bool:
    """Return whether an HDF5 file is laid out as Cell Ranger does."""
    return bool(_groups(file))


def _groups(file: h5py.File) -> list[str]:
    """Return the groups that hold a matrix of counts: ``matrix``, or one a genome."""
    return [
        str(name)
        for name, group in file.items()
        if isinstance(group, h5py.Group)
        and {"barcodes", "data", "indices", "indptr"} <= set(group)
        and ("features" in group or "genes" in group)
    ]


def read_tenx(file: h5py.File, where: str) -> Tenx:
    """Return what an open file holds; its counts stay on disk.

    Raises
    ------
    InputError
        If it holds the matrices of several genomes, or is damaged.
    """
    with told(where):
        groups = _groups(file)
        if len(groups) != 1:
            raise InputError(f"it holds the counts of several genomes: {', '.join(groups)}.", where=where)
        group = file[groups[0]]
        if "features" in group:
            about = group["features"]
            columns = {k: _texts(about[k]) for k in ("id", "name", "feature_type", "genome") if k in about}
        else:
            columns = {"id": _texts(group["genes"]), "name": _texts(group["gene_names"])}
            columns["genome"] = [groups[0]] * len(columns["id"])
        barcodes = _texts(group["barcodes"])
        due = (len(columns["id"]), len(barcodes))
        stated = tuple(group["shape"][:].tolist()) if "shape" in group else due
        if stated != due:
            raise InputError(f"its shape is {stated}, for {due[0]} features and {due[1]} cells.", where=where)
        return _tenx(barcodes, pd.DataFrame(columns), {k: group[k] for k in ("data", "indices", "indptr")}, where)


def read_folder(folder: Path) -> Tenx:
    """Read ``matrix.mtx``, ``barcodes.tsv`` and ``features.tsv`` (or ``genes.tsv``), plain or ``.gz``.

    All counts are in memory while they are used, 16 bytes an entry.

    Raises
    ------
    InputError
        If a file is missing or damaged, or they disagree.
    """
    path = _part(folder, "matrix.mtx")
    barcodes = [line.partition("\t")[0] for line in read_lines(_part(folder, "barcodes.tsv")) if line]
    rows = [line.split("\t") for line in read_lines(_part(folder, "features.tsv", "genes.tsv")) if line]
    names = ("id", "name", "feature_type")
    columns = {
        n: [r[i] if i < len(r) else r[0] for r in rows] for i, n in enumerate(names[: max(map(len, rows), default=1)])
    }
    counts = read_market(path, (len(rows), len(barcodes)))
    matrix = {"data": counts.data, "indices": counts.indices, "indptr": counts.indptr}
    return _tenx(barcodes, pd.DataFrame(columns), matrix, str(folder))


def _part(folder: Path, *names: str) -> Path:
    for name in names:
        for path in (folder / f"{name}.gz", folder / name):
            if path.is_file():
                return path
    raise InputError(
        f"there is no {' or '.join(names)}(.gz) in this folder.",
        where=str(folder),
        hint="A folder of cells holds matrix.mtx, barcodes.tsv and features.tsv.",
    )


def _tenx(barcodes: list[str], features: pd.DataFrame, matrix: Mapping[str, Any], where: str) -> Tenx:
    kind = features.get("feature_type")
    gene = np.ones(len(features), dtype=bool) if kind is None else (kind == _EXPRESSION).to_numpy()
    if not gene.any():
        raise InputError(f"no feature is of the type {_EXPRESSION}.", where=where)
    var = (
        features[gene]
        .rename(columns={"name": "gene_name"})
        .set_index("id")
        .drop(columns="feature_type", errors="ignore")
    )
    obs = pd.DataFrame({"sample": [_sample(b) for b in barcodes]}, index=pd.Index(barcodes, dtype=object))
    return Tenx(obs, var, matrix, np.where(gene, np.cumsum(gene) - 1, -1))


def _sample(barcode: str) -> str:
    _, dash, end = barcode.rpartition("-")
    return end if dash else ""


def _texts(data: h5py.Dataset) -> list[str]:
    return [v.decode("utf-8", errors="replace") if isinstance(v, bytes) else str(v) for v in data[:].tolist()]
