"""Arrays and plain values as bytes, between processes: no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

_HEAD = 8


def wrapped(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return plain values and arrays as bytes; `unwrapped` takes them back."""
    blocks = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    index = {name: [block.dtype.str, list(block.shape)] for name, block in blocks.items()}
    head = json.dumps([dict(facts), index]).encode()
    return b"".join([len(head).to_bytes(_HEAD, "big"), head, *(block.tobytes() for block in blocks.values())])


def unwrapped(parcel: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what `wrapped` was given.

    >>> facts, arrays = unwrapped(wrapped({"a": 1}, {"x": np.eye(2)}))
    >>> facts, arrays["x"].tolist()
    ({'a': 1}, [[1.0, 0.0], [0.0, 1.0]])
    """
    start = _HEAD + int.from_bytes(parcel[:_HEAD], "big")
    facts, index = json.loads(parcel[_HEAD:start])
    arrays = {}
    for name, (dtype, shape) in index.items():
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(parcel, np.dtype(dtype), count, start).reshape(shape)
        start += arrays[name].nbytes
    return facts, arrays
