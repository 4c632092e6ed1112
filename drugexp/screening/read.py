"""Reads a screen back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from drugexp.errors import DataError
from drugexp.screening.folder import Folder


def tables(path: str | Path) -> Iterator[pd.DataFrame]:
    """Yield the shards of a screen in order, one table each.

    The columns ``profile`` (gene,) and ``coefficients`` (direction,) hold arrays.

    Raises
    ------
    DataError
        If the folder holds no screen, or a shard was changed.
    """
    folder = Folder(path)
    precision = np.dtype(folder.manifest().get("precision", "float32"))
    for receipt in folder.receipts():
        file = folder.shard(receipt.shard)
        try:
            table = pq.read_table(file).to_pandas()
        except (OSError, ValueError) as error:
            raise DataError(f"the shard cannot be read: {error}", where=str(file)) from None
        for name in ("profile", "coefficients"):
            if name in table:
                table[name] = [np.frombuffer(row, precision) for row in table[name]]
        yield table


def profiles(path: str | Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the labels and the profiles (row, gene) of a dense screen, all in memory."""
    parts = list(tables(path))
    if not parts or "profile" not in parts[0]:
        raise DataError("the screen holds no whole profiles", where=str(path))
    joined = pd.concat(parts, ignore_index=True)
    return joined.drop(columns="profile"), np.stack(list(joined["profile"]))
