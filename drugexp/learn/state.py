"""Nested state to JSON and named arrays, and back. No pickle anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drugexp.errors import ModelError

_ARRAY = "$array"


def flatten(state: Any, prefix: str | None = None) -> tuple[Any, dict[str, np.ndarray]]:
    """Split nested state into a JSON value and its arrays.

    Arrays are replaced by ``{"$array": name}``, where the name is the path to
    them as a JSON pointer (RFC 6901) without its first slash.
    Any object with ``__array__`` (a JAX array, say) counts as an array.

    Raises
    ------
    ModelError
        If a leaf is neither an array nor plain JSON.

    Examples
    --------
    >>> tree, arrays = flatten({"a": np.zeros(2), "b": [1, "x"]})
    >>> tree
    {'a': {'$array': 'a'}, 'b': [1, 'x']}
    """
    if isinstance(state, Mapping):
        if _ARRAY in state or not all(isinstance(k, str) for k in state):
            raise ModelError(f"the keys of a state must be text, and {_ARRAY!r} is taken", where=prefix or "state")
        return _children({k: (_below(prefix, k), v) for k, v in state.items()}, dict)
    if isinstance(state, (list, tuple)):
        return _children({str(i): (_below(prefix, str(i)), v) for i, v in enumerate(state)}, list)
    if state is None or isinstance(state, (bool, int, float, str)):
        return state, {}
    if hasattr(state, "__array__"):
        array = np.asarray(state, order="C")  # not ascontiguousarray, which gives a scalar an axis
        if array.dtype.kind not in "biuf":  # bfloat16 is none of NumPy's: it could be written and never read
            raise ModelError(f"an array of type {array.dtype} cannot be saved", where=prefix)
        return {_ARRAY: prefix or ""}, {prefix or "": array}
    raise ModelError(f"a {type(state).__name__} is neither an array nor plain JSON", where=prefix or "state")


def _below(prefix: str | None, key: str) -> str:
    escaped = key.replace("~", "~0").replace("/", "~1")
    return escaped if prefix is None else f"{prefix}/{escaped}"


def _children(items: dict[str, tuple[str, Any]], kind: type) -> tuple[Any, dict[str, np.ndarray]]:
    tree: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for key, (path, value) in items.items():
        tree[key], own = flatten(value, path)
        arrays |= own
    return (tree if kind is dict else list(tree.values())), arrays


def unflatten(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Undo `flatten`.

    Raises
    ------
    ModelError
        If an array is missing.
    """
    if isinstance(tree, dict):
        if set(tree) == {_ARRAY}:
            name = tree[_ARRAY]
            if name not in arrays:
                raise ModelError(f"the array {name!r} is missing from the bundle")
            return arrays[name]
        return {k: unflatten(v, arrays) for k, v in tree.items()}
    if isinstance(tree, list):
        return [unflatten(v, arrays) for v in tree]
    return tree
