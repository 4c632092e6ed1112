"""Descriptions as bytes, between processes and on disk: of tables of counts, what is not zero."""

from __future__ import annotations

import numpy as np

from drugexp.screening.describing import Described
from drugexp.screening.parcels import unwrapped, wrapped

FORMAT = 3
"""Goes up when the bytes of the same description change."""
_SPARSE = 64
"""Tables of bytes with at least so many columns are kept as what is not zero."""


def packed(described: Described) -> bytes:
    """Return a description as bytes; `unpacked` takes it back."""
    arrays: dict[str, np.ndarray] = {"kept": described.kept}
    sparse = {}
    for name, table in described.features.items():
        if table.dtype == np.uint8 and table.ndim == 2 and table.shape[1] >= _SPARSE:
            # Of bytes NumPy finds what is not zero far sooner in one flat array of booleans.
            place = np.flatnonzero(table != 0)
            starts = np.searchsorted(place, np.arange(len(table) + 1) * table.shape[1]).astype(np.uint32)
            arrays |= {f"{name}:column": (place % table.shape[1]).astype(np.uint16), f"{name}:start": starts}
            arrays[f"{name}:value"] = table.ravel()[place]
            sparse[name] = table.shape[1]
        else:
            arrays[f"{name}:dense"] = table
    facts = {"smiles": described.smiles, "rejected": {str(k): v for k, v in described.rejected.items()}}
    return wrapped(facts | {"sparse": sparse, "features": list(described.features)}, arrays)


def unpacked(content: bytes) -> Described:
    """Return the description that `packed` was given."""
    facts, arrays = unwrapped(content)
    features = {}
    for name in facts["features"]:
        if name not in facts["sparse"]:
            features[name] = arrays[f"{name}:dense"]
            continue
        starts = arrays[f"{name}:start"].astype(np.int64)
        table = np.zeros((len(starts) - 1, facts["sparse"][name]), dtype=np.uint8)
        row = np.repeat(np.arange(len(table)), np.diff(starts))
        table[row, arrays[f"{name}:column"]] = arrays[f"{name}:value"]
        features[name] = table
    rejected = {int(at): why for at, why in facts["rejected"].items()}
    return Described(arrays["kept"], features, tuple(facts["smiles"]), rejected)
