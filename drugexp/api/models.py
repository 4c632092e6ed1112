"""Models by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from drugexp.errors import UsageError, unknown
from drugexp.learn.bundle import load_bundle
from drugexp.learn.pipeline import Pipeline
from drugexp.places import cache_folder, packaged_folder
from drugexp.registry import Registry, discover

DEFAULT = "default"


def model_folders() -> dict[str, Path]:
    """Return the models that can be named: those that ship with drugexp, then those in the user's cache."""
    found: dict[str, Path] = {}
    for place in (cache_folder() / "models", packaged_folder("bundles")):
        if place.is_dir():
            found |= {p.name: p for p in sorted(place.iterdir()) if (p / "bundle.json").is_file()}
    return found


def load(model: str | Path = DEFAULT, *, registry: Registry | None = None) -> Pipeline:
    """Load a model by name or from its bundle folder.

    Raises
    ------
    UsageError
        If there is no model of that name or path.
    ModelError
        If the bundle is damaged.
    """
    return load_bundle(bundle_folder(model), registry or discover())


def bundle_folder(model: str | Path) -> Path:
    """Return the folder of a model, by its name or its path."""
    path, named = Path(model), model_folders()
    try:
        stands, whole = path.is_dir(), (path / "bundle.json").is_file()
    except OSError:  # no name of a folder at all, such as one that is too long
        stands, whole = False, False
    if whole or (stands and str(model) not in named):
        return path
    if str(model) not in named:
        raise UsageError(unknown("model", str(model), named, list_with="drugexp models list"))
    return named[str(model)]


def bundle_hash(folder: Path) -> str:
    """Return what a screen keeps of its model: a hash of its `bundle.json`, which has the hashes of its weights."""
    return hashlib.blake2b((folder / "bundle.json").read_bytes(), digest_size=16).hexdigest()
