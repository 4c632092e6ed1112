"""Any pytree of arrays as nested dicts of named arrays, and back."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from drugexp.errors import ModelError


def _parts(path: tuple[Any, ...]) -> list[str]:
    return [jax.tree_util.keystr((key,), simple=True) for key in path]


def to_nested(tree: Any) -> dict[str, Any]:
    """Return nested dicts of numpy arrays that follow the tree's paths.

    >>> to_nested({"a": (np.zeros(2),)})
    {'a': {'0': array([0., 0.])}}
    """
    nested: dict[str, Any] = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        *folders, name = _parts(path)
        inside = nested
        for folder in folders:
            inside = inside.setdefault(folder, {})
        inside[name] = np.asarray(leaf)
    return nested


def from_nested(nested: dict[str, Any], template: Any, *, what: str) -> Any:
    """Return a tree built like `template` from the arrays of `to_nested`.

    Parameters
    ----------
    nested
        What `to_nested` gave.
    template
        A tree of arrays, or of their shapes.
    what
        What is restored, for the message.

    Raises
    ------
    ModelError
        If an array is missing or has another shape or type.
    """
    paths, treedef = jax.tree_util.tree_flatten_with_path(template)
    leaves = []
    for path, wanted in paths:
        found: Any = nested
        for part in _parts(path):
            found = found.get(part) if isinstance(found, dict) else None
        name = "/".join(_parts(path))
        if found is None or isinstance(found, dict):
            raise ModelError(f"{what}: the array {name!r} is missing; it was written by another version or is damaged")
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise ModelError(
                f"{what}: the array {name!r} is {found.dtype} {found.shape}, not {wanted.dtype} {wanted.shape}"
            )
        leaves.append(found)
    return jax.tree_util.tree_unflatten(treedef, leaves)
