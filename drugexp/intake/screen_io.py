"""Screens as folders, and as AnnData, without loss."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.screen import Block, Cells, Screen
from drugexp.contract.units import Unit
from drugexp.errors import DataError, DrugexpError, PluginError, first_line
from drugexp.intake.atomic import atomic_path
from drugexp.intake.flat import ON_DISK_FROM, read_flat, write_flat

SCREEN_ENDING = ".screen"
"""How the name of a folder that holds a screen ends."""


class NoScreenError(DataError):
    """A whole file that holds no screen; perhaps it holds something else."""


_FORMAT = 1
_KEY = "drugexp"


def write_screen(screen: Screen, path: str | Path) -> None:
    """Write a screen as a folder of parquet tables, arrays and ``screen.json``; it appears whole or not at all.

    Raises
    ------
    UsageError
        If the place cannot be written to.
    """
    with atomic_path(path) as partial:
        partial.mkdir()
        screen.samples.to_parquet(partial / "samples.parquet", index=False)
        screen.perturbations.to_parquet(partial / "perturbations.parquet", index=False)
        write_flat(_arrays(screen), partial / "arrays.safetensors")
        (partial / "screen.json").write_text(json.dumps(_labels(screen), indent=1), encoding="utf-8")


def read_screen_folder(path: str | Path, *, on_disk_from: int = ON_DISK_FROM) -> Screen:
    """Read a screen that `write_screen` wrote; values of `on_disk_from` bytes and more stay on disk.

    Raises
    ------
    DataError
        If the folder is no such screen, or part of it is missing or damaged.
    """
    path = Path(path)
    try:
        labels = json.loads((path / "screen.json").read_text(encoding="utf-8"))
        arrays = read_flat(path / "arrays.safetensors", on_disk_from=on_disk_from)
        samples = pd.read_parquet(path / "samples.parquet")
        perturbations = pd.read_parquet(path / "perturbations.parquet")
    except Exception as error:  # noqa: BLE001 - four readers raise nearly anything on a damaged file
        raise DataError(f"this is no whole screen: {first_line(error)}", where=str(path)) from None
    return _screen(labels, arrays, samples, perturbations, str(path))


def to_anndata(screen: Screen) -> Any:
    """Return an `anndata.AnnData` of a screen: X the values, layer ``state``, the rest in ``uns["drugexp"]``.

    Raises
    ------
    PluginError
        If anndata is not installed.
    """
    arrays = _arrays(screen)
    values = arrays.pop("values")
    layers = {"state": arrays.pop("state")} if "state" in arrays else {}
    obs = screen.samples.set_index(screen.samples.index.astype(str))
    extra = {"labels": json.dumps(_labels(screen)), "perturbations": screen.perturbations, "arrays": arrays}
    return require_anndata().AnnData(
        X=np.array(values),
        obs=obs,
        var=pd.DataFrame(index=pd.Index(screen.genes.ids, dtype=object)),
        layers={k: np.array(v) for k, v in layers.items()},
        uns={_KEY: extra},
    )


def from_anndata(data: Any) -> Screen:
    """Return the screen that `to_anndata` turned into this object.

    Raises
    ------
    DataError
        If the object holds no screen.
    """
    extra = data.uns.get(_KEY)
    if not isinstance(extra, Mapping) or "labels" not in extra:
        raise NoScreenError(f"the AnnData object holds no screen: uns[{_KEY!r}] is missing")
    arrays = {name: np.asarray(a) for name, a in extra.get("arrays", {}).items()}
    arrays |= {name: np.asarray(a) for name, a in data.layers.items() if name == "state"}
    arrays["values"] = np.asarray(data.X)
    samples = _plain(data.obs).reset_index(drop=True)
    try:
        labels, perturbations = json.loads(str(extra["labels"])), _plain(extra["perturbations"])
    except (KeyError, ValueError, AttributeError, RecursionError) as error:
        raise DataError(f"the screen is damaged: {first_line(error)}", where="AnnData") from None
    return _screen(labels, arrays, samples, perturbations, "AnnData")


def _arrays(screen: Screen) -> dict[str, np.ndarray]:
    found = {"values": screen.values, "state": screen.state, "bound": screen.bound}
    blocks = {f"block_{name}": block.values for name, block in screen.cells.blocks.items()}
    return {name: array for name, array in {**found, **blocks}.items() if array is not None}


def _labels(screen: Screen) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "name": screen.name,
        "unit": screen.unit.value,
        "genes": _axis(screen.genes),
        "cells": list(screen.cells.ids),
        "blocks": {n: {"unit": b.unit.value, **_axis(b.features)} for n, b in screen.cells.blocks.items()},
        "provenance": dict(screen.provenance),
    }


def _axis(axis: GeneAxis) -> dict[str, Any]:
    return {"namespace": axis.namespace, "ids": list(axis.ids)}


def _screen(
    labels: Any,
    arrays: Mapping[str, np.ndarray],
    samples: pd.DataFrame,
    perturbations: pd.DataFrame,
    where: str,
) -> Screen:
    stated = labels.get("format") if isinstance(labels, Mapping) else None
    if stated != _FORMAT:
        raise DataError(f"the screen has format {stated!r}; this drugexp reads {_FORMAT}", where=where)
    try:
        blocks = {
            name: Block(arrays[f"block_{name}"], GeneAxis(tuple(b["ids"]), b["namespace"]), Unit(b["unit"]))
            for name, b in labels["blocks"].items()
        }
        return Screen(
            name=labels["name"],
            values=arrays["values"],
            genes=GeneAxis(tuple(labels["genes"]["ids"]), labels["genes"]["namespace"]),
            unit=Unit(labels["unit"]),
            samples=samples,
            perturbations=perturbations,
            cells=Cells(tuple(labels["cells"]), blocks),
            state=arrays.get("state"),
            bound=arrays.get("bound"),
            provenance=labels["provenance"],
        )
    except DrugexpError as error:
        raise DataError(f"the screen is damaged: {error}", where=where) from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(f"the screen is damaged: {type(error).__name__}: {first_line(error)}", where=where) from None


def uncategorised(table: pd.DataFrame) -> pd.DataFrame:
    """Undo the categories that writing an h5ad file makes of text columns."""
    table = table.copy()
    for name in table.columns:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].astype(table[name].cat.categories.dtype)
    return table


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return uncategorised(table).reset_index(drop=True)


def require_anndata() -> Any:
    """Return the module anndata, or raise `PluginError` with the command that brings it."""
    try:
        return importlib.import_module("anndata")
    except ImportError:
        raise PluginError("AnnData and .h5ad files need anndata: pip install 'drugexp[anndata]'") from None
