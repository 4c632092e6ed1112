"""Manifests: what a data set is, which files it has, and on what terms."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from drugexp.contract.axis import Namespace
from drugexp.contract.units import Unit
from drugexp.errors import DataError, UsageError, unknown
from drugexp.places import packaged_folder

_STRICT = ConfigDict(frozen=True, extra="forbid")


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or "\\" in path or ":" in path or path.startswith("/") or ".." in parts:
        raise ValueError(f"{path!r} is not a plain path inside the data folder")
    return path


class FileEntry(BaseModel):
    """One file of a data set.

    Attributes
    ----------
    path
        Below the set's folder, with forward slashes.
    sha256
        Hexadecimal digest of the content.
    bytes
        Size.
    """

    model_config = _STRICT

    path: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)

    _path_is_inside = field_validator("path")(_inside)


class Manifest(BaseModel):
    """A data set: files, terms, and how to read it.

    Attributes
    ----------
    name
        Short name; the manifest is ``<name>.toml``.
    title
        One line for a list.
    folder
        Its folder in the data folder.
    kind
        What one row is a profile of: ``compound``, ``knockdown``, ``cells``; or ``table`` for side tables.
    reader
        The registered reader that turns it into a screen; empty: files only.
    options
        Options of that reader.
    unit
        What the screen's numbers mean.
    gene_namespace
        Which gene identifiers it uses.
    licence
        Terms of the data.
    redistribute
        Whether the files may be passed on.
    may_ship_weights
        Whether a model trained on them may be.
    licence_reason
        Why.
    citation
        What to cite.
    source
        Where the files were taken from.
    uses
        Files of other sets that the reader opens too, as ``folder/path``.
    url
        A public address that serves the files, if there is one.
    notes
        Traps.
    files
        What it consists of.
    """

    model_config = _STRICT

    name: str = Field(min_length=1)
    title: str
    folder: str
    kind: str
    reader: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    unit: Unit | None = None
    gene_namespace: Namespace | None = None
    licence: str
    redistribute: bool
    may_ship_weights: bool
    licence_reason: str
    citation: str
    source: str
    uses: tuple[str, ...] = ()
    url: str | None = None
    notes: tuple[str, ...] = ()
    files: tuple[FileEntry, ...] = Field(min_length=1)

    _folder_is_inside = field_validator("folder")(_inside)

    @property
    def availability(self) -> str:
        """Where the files can be had."""
        if self.url:
            return f"served at {self.url}"
        return "no public address serves this set; put the files in the data folder"

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(f.bytes for f in self.files)


def parse_manifest(path: Path) -> Manifest:
    """Read one manifest.

    Raises
    ------
    DataError
        Naming the file and the key that is wrong.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"the manifest cannot be read: {error}", where=str(path)) from None
    try:
        manifest = Manifest.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise DataError(unknown("key", key, Manifest.model_fields), where=str(path)) from None
        raise DataError(f"key {key!r}: {first['msg']} (it holds {first['input']!r})", where=str(path)) from None
    if manifest.name != path.stem:
        raise DataError(f"key 'name' says {manifest.name!r}, the file is called {path.name}", where=str(path))
    return manifest


def load_manifests(folder: Path | None = None) -> dict[str, Manifest]:
    """Return all manifests of a folder by name; None: those that ship with drugexp."""
    paths = sorted((folder or packaged_folder("data_manifests")).glob("*.toml"))
    return {path.stem: parse_manifest(path) for path in paths}


def find_manifest(name: str, manifests: dict[str, Manifest]) -> Manifest:
    """Return a manifest by name.

    Raises
    ------
    UsageError
        With the nearest names, if there is none.
    """
    if name not in manifests:
        raise UsageError(unknown("data set", name, manifests, list_with="drugexp data list"))
    return manifests[name]
