"""The profiles of a screen as one zarr store, which AnnData, Scanpy and Dask read piece by piece."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from drugexp.errors import DataError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.screen_io import require_anndata
from drugexp.screening.folder import Folder
from drugexp.screening.read import tables

ENDING = ".zarr"


def write_zarr(screen: str | Path, target: str | Path, *, overwrite: bool = False) -> tuple[int, int]:
    """Write a dense screen as AnnData in a zarr store; it appears whole or not at all.

    Profiles go shard by shard, each a chunk of ``X``, and are never together in memory; labels are. The values are
    the bits of the shards.

    Parameters
    ----------
    screen
        Folder of a finished screen with whole profiles.
    target
        What to make.
    overwrite
        Whether something that stands there may go.

    Returns
    -------
    tuple
        Profiles and genes.

    Raises
    ------
    DataError
        If the screen holds no whole profiles, is not finished, or a shard was changed.
    UsageError
        If the target cannot be written to, or something stands there.
    PluginError
        If anndata is not installed, naming the command that brings it.
    """
    anndata, target, folder = require_anndata(), Path(target), Folder(screen)
    manifest = folder.manifest()
    if manifest.get("keep") != "dense":
        raise DataError(
            f"the screen keeps {manifest.get('keep')}, no whole profiles",
            where=str(screen),
            hint="Screen with --keep dense.",
        )
    if target.exists() and not overwrite:
        raise UsageError(
            "something stands there already.", where=str(target), hint="Give another name, or --overwrite."
        )
    import zarr  # comes with anndata

    shards = [folder.shard(receipt.shard) for receipt in folder.receipts()]
    if not shards:
        raise DataError("the screen holds no shard", where=str(screen))
    kept = [pq.read_metadata(path).num_rows for path in shards]
    facts = {k.decode(): v.decode() for k, v in (pq.read_schema(shards[0]).metadata or {}).items()}
    genes = facts["drugexp.genes"].split("\t")
    with atomic_path(target) as partial, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zarr's own version 3, about anndata's strings
        store = zarr.open_group(str(partial), mode="w", zarr_format=2)
        store.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        shape, chunk = (sum(kept), len(genes)), (max(1, max(kept)), len(genes))
        X = store.create_array("X", shape=shape, chunks=chunk, dtype=manifest["precision"])
        X.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        labels, at = [], 0
        for table in tables(screen):
            if len(table):
                X[at : at + len(table)] = np.stack(list(table.pop("profile")))
            at += len(table)
            labels.append(table.drop(columns="profile", errors="ignore"))
        obs = pd.concat(labels, ignore_index=True)
        obs.index = obs.index.astype(str)
        var = pd.DataFrame(index=pd.Index(genes, name="symbol"))
        uns = {
            "drugexp": {"unit": facts["drugexp.unit"], "model": facts["drugexp.model"], "asked": json.dumps(manifest)}
        }
        parts = {"obs": obs, "var": var, "uns": uns, "layers": {}, "obsm": {}, "varm": {}, "obsp": {}, "varp": {}}
        for name, part in parts.items():
            anndata.io.write_elem(store, name, part)
    return shape
