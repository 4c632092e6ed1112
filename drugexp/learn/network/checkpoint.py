"""What a training run keeps on disk, so that a kill costs at most the time since the last save."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from drugexp.contract.rows import Rows, blocks
from drugexp.errors import ModelError
from drugexp.learn.network.trees import from_nested, to_nested
from drugexp.learn.state import flatten, unflatten

_NAME = "training.safetensors"


def digest(*parts: Any) -> str:
    """Return a hash of arrays and JSON values: two runs share it only if they are the same run."""
    seen = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray | Rows):
            seen.update(f"{part.dtype}{part.shape}".encode())
            for _, block in blocks(cast(np.ndarray, part)):
                seen.update(np.ascontiguousarray(block).tobytes())
        else:
            seen.update(json.dumps(part, sort_keys=True, default=str).encode())
    return seen.hexdigest()


def save(folder: Path, tree: Any, facts: dict[str, Any], *, run: str) -> None:
    """Write a tree of arrays and plain facts, whole or not at all.

    Both stand in one safetensors file (the facts as JSON in its header), so
    that they can never belong to different steps.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{_NAME}.{os.getpid()}.partial"
    try:
        kept, arrays = flatten({"tree": to_nested(tree), "facts": facts})
        save_file(arrays, partial, metadata={"run": run, "kept": json.dumps(kept)})
        partial.replace(folder / _NAME)
    finally:
        partial.unlink(missing_ok=True)


def load(folder: Path, template: Any, *, run: str) -> tuple[Any, dict[str, Any]] | None:
    """Return the tree and facts of the last save, or None where there is none.

    Raises
    ------
    ModelError
        If the file is damaged or belongs to another run.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"the checkpoint cannot be read ({error}).", where=str(path), hint="Remove it.") from error
    if metadata.get("run") != run:
        raise ModelError(
            "the checkpoint belongs to a run with other data, options or seed.",
            where=str(path),
            hint="Remove it or name another folder.",
        )
    kept = unflatten(json.loads(metadata["kept"]), arrays)
    return from_nested(kept["tree"], template, what=str(path)), kept["facts"]
