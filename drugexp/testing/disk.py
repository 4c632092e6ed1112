"""A state on its way through the disk, as a bundle takes it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file, save_file

from drugexp.errors import DrugexpError
from drugexp.learn.state import flatten, unflatten
from drugexp.testing.rule import ConformanceError


def through_disk(state: Any) -> Any:
    """Return what comes back of a state after it was written and read.

    Raises
    ------
    ConformanceError
        If it holds anything but arrays, plain JSON and text.
    """
    try:
        tree, arrays = flatten(state)
    except DrugexpError as error:
        raise ConformanceError(f"its state cannot be saved: {error}") from None
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "tree.json").write_text(json.dumps(tree))
        save_file(arrays, at / "arrays.safetensors")
        return unflatten(json.loads((at / "tree.json").read_text()), load_file(at / "arrays.safetensors"))
