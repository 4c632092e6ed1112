"""Results on disk: each model x split x fold as it is done, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load, save

from drugexp.intake.atomic import atomic_path

FOLDER = "results"
ARRAYS = "residuals"
"""Beside `FOLDER`: what intervals and figures need of single profiles."""


@dataclass(frozen=True)
class Results:
    """A folder with one parquet file for each result; None: only arrays are kept, in memory.

    The file's name holds a hash of everything the result depends on, so that
    another plan, other data or another version never reads it.
    """

    folder: Path | None
    memory: dict[str, Mapping[str, np.ndarray]] = field(default_factory=dict)

    @classmethod
    def below(cls, output: Path | str | None) -> Results:
        """Return the results below an output folder, which is made."""
        if output is None:
            return cls(None)
        folder = Path(output) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def load(self, key: Mapping[str, Any], title: str) -> pd.DataFrame | None:
        """Return the scores kept under a key, with what is known of the run in ``attrs``; None where there are none."""
        path = self._path(key, title)
        if path is None or not path.is_file():
            return None
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError):
            return None  # a damaged file counts as missing and is written anew

    def save(self, key: Mapping[str, Any], title: str, scores: pd.DataFrame) -> None:
        """Keep scores under a key."""
        path = self._path(key, title)
        if path is not None:
            with atomic_path(path) as partial:
                scores.to_parquet(partial)

    def load_arrays(self, key: Mapping[str, Any], title: str) -> Mapping[str, np.ndarray] | None:
        """Return the arrays kept under a key; None where there are none."""
        if self.folder is None:
            return self.memory.get(_name(key, title))
        path = self.folder.with_name(ARRAYS) / f"{_name(key, title)}.safetensors"
        if not path.is_file():
            return None
        try:
            return dict(load(path.read_bytes()))
        except (OSError, SafetensorError):
            return None  # as above

    def save_arrays(self, key: Mapping[str, Any], title: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep named arrays under a key: on disk, or in memory where no folder is named."""
        if self.folder is None:
            self.memory[_name(key, title)] = arrays
            return
        folder = self.folder.with_name(ARRAYS)
        folder.mkdir(exist_ok=True)
        with atomic_path(folder / f"{_name(key, title)}.safetensors") as partial:
            partial.write_bytes(save({name: np.ascontiguousarray(values) for name, values in arrays.items()}))

    def _path(self, key: Mapping[str, Any], title: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{_name(key, title)}.parquet"


def _name(key: Mapping[str, Any], title: str) -> str:
    digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:80]
    return f"{readable}-{digest}"
