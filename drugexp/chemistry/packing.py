"""Count fingerprints as small arrays: only what is not zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def pack_counts(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return counts (row, feature) as compressed rows.

    Returns
    -------
    dict
        ``columns`` and ``counts`` of the non-zero entries, row after row,
        ``starts`` (row + 1,) where each row begins, ``width`` (1,).

    Examples
    --------
    >>> unpack_counts(pack_counts(np.array([[0, 3], [0, 0]]))).tolist()
    [[0.0, 3.0], [0.0, 0.0]]
    """
    row, column = np.nonzero(counts)
    values = np.asarray(counts)[row, column]
    whole = bool(np.all(values == np.round(values))) and (len(values) == 0 or 0 <= values.min() <= values.max() < 65536)
    kind: Any = (np.uint8 if values.max(initial=0) < 256 else np.uint16) if whole else np.float32
    return {
        "columns": column.astype(np.uint16 if counts.shape[1] < 65536 else np.int32),
        "counts": values.astype(kind),
        "starts": np.searchsorted(row, np.arange(len(counts) + 1)).astype(np.int32),
        "width": np.array([counts.shape[1]], dtype=np.int32),
    }


def unpack_counts(packed: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the (row, feature) float32 counts that `pack_counts` packed."""
    starts = packed["starts"].astype(np.int64)
    out = np.zeros((len(starts) - 1, int(packed["width"][0])), dtype=np.float32)
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    out[row, packed["columns"]] = packed["counts"]
    return out
