"""Results on disk: each model x split x fold as it is done, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from drugexp.intake.atomic import atomic_path

FOLDER = "results"


@dataclass(frozen=True)
class Results:
    """A folder with one parquet file for each result; None: nothing is kept.

    The file's name holds a hash of everything the result depends on, so that
    another plan, other data or another version never reads it.
    """

    folder: Path | None

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

    def _path(self, key: Mapping[str, Any], title: str) -> Path | None:
        if self.folder is None:
            return None
        digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()[:16]
        readable = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:80]
        return self.folder / f"{readable}-{digest}.parquet"
