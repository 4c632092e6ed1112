"""Manifests: what a data set is, which files it has, and on what terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from drugexp.contract.axis import Namespace
from drugexp.contract.units import Unit
from drugexp.errors import DataError, UsageError, unknown
from drugexp.intake.sources import Source, inside, web_address
from drugexp.intake.toml import load_toml
from drugexp.places import cache_folder, packaged_folder

_STRICT = ConfigDict(frozen=True, extra="forbid")


class FileEntry(BaseModel):
    """One file of a data set.

    Attributes
    ----------
    path
        Below the set's folder, with forward slashes.
    sha256
        Hexadecimal digest of the content; None: nobody of us has seen the file, the first fetch pins it.
    bytes
        Size; None: not known.
    sources
        Where it can be had, the first that answers is taken.
    """

    model_config = _STRICT

    path: str
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    bytes: int | None = Field(default=None, ge=0)
    sources: tuple[Source, ...] = ()

    _path_is_inside = field_validator("path")(inside)


class BlockEntry(BaseModel):
    """A table of the set that holds one kind of omics of cells.

    Attributes
    ----------
    path
        One of the set's files: cells in rows.
    scale
        How its values come; empty: what they look like.
    cells, id, name
        A csv file of the set with the names of cells: the column that stands in the table, and that of the names.
        Empty: the table has the names itself.
    """

    model_config = _STRICT

    path: str
    scale: str = ""
    cells: str = ""
    id: str = ""
    name: str = ""


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
    wells
        Options with which it gives single wells, controls among them, in counts or log2 expression; None: it cannot.
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
        A public address below which every file is served under its path, if there is one.
    page
        A page of the web on which a person finds the files, if there is one.
    notes
        Traps.
    blocks
        Kind of omics -> where it stands.
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
    wells: dict[str, Any] | None = None
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
    page: str | None = None
    notes: tuple[str, ...] = ()
    blocks: dict[str, BlockEntry] = Field(default_factory=dict)
    files: tuple[FileEntry, ...] = Field(min_length=1)

    _folder_is_inside = field_validator("folder")(inside)
    _addresses_are_of_the_web = field_validator("url", "page")(web_address)

    @model_validator(mode="after")
    def _a_file_has_a_hash_or_an_origin(self) -> Manifest:
        for file in self.files:
            if file.sha256 is None and not (self.page or self.sources_of(file)):
                raise ValueError(f"file {file.path!r} has no sha256, and nothing says where it can be had")
        return self

    @model_validator(mode="after")
    def _blocks_are_files(self) -> Manifest:
        names = {file.path for file in self.files}
        for kind, block in self.blocks.items():
            lost = [path for path in (block.path, block.cells) if path and path not in names]
            if lost:
                raise ValueError(f"block {kind!r} stands in {lost[0]!r}, which is no file of the set")
            if bool(block.cells) != bool(block.id and block.name):
                raise ValueError(f"block {kind!r} needs all of cells, id and name, or none of them")
        return self

    def sources_of(self, file: FileEntry) -> tuple[Source, ...]:
        """Return where a file can be had: its own sources, then the address of the set."""
        if not self.url:
            return file.sources
        return (*file.sources, Source(url=f"{self.url.rstrip('/')}/{quote(file.path)}"))

    @property
    def public(self) -> bool:
        """Whether every file can be had from somewhere; others are put in the data folder by hand."""
        return bool(self.page) or all(self.sources_of(file) for file in self.files)

    @property
    def availability(self) -> str:
        """Where the files can be had."""
        if all(self.sources_of(file) for file in self.files):
            return f"drugexp data fetch {self.name}"
        if self.page:
            return f"download the files at {self.page}"
        return "no public address serves this set; put the files in the data folder"

    @property
    def bytes(self) -> int | None:
        """Size of all files together; None: not known of each."""
        sizes = [f.bytes for f in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


def parse_manifest(path: Path) -> Manifest:
    """Read one manifest.

    Raises
    ------
    DataError
        Naming the file and the key that is wrong.
    """
    try:
        given = load_toml(path)
    except (OSError, ValueError) as error:
        raise DataError(f"the manifest cannot be read: {error}", where=str(path)) from None
    try:
        manifest = Manifest.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if not key:
            raise DataError(first["msg"], where=str(path)) from None
        if first["type"] == "extra_forbidden":
            raise DataError(unknown("key", key, Manifest.model_fields), where=str(path)) from None
        raise DataError(f"key {key!r}: {first['msg']} (it holds {first['input']!r})", where=str(path)) from None
    if manifest.name != path.stem:
        raise DataError(f"key 'name' says {manifest.name!r}, the file is called {path.name}", where=str(path))
    return manifest


def own_manifests_folder() -> Path:
    """Return where a user's own manifests are kept; it may not exist yet."""
    return cache_folder() / "manifests"


def load_manifests(folder: Path | None = None) -> dict[str, Manifest]:
    """Return all manifests of a folder by name; None: those that ship with drugexp and the user's own."""
    if folder is None:
        shipped, own = load_manifests(packaged_folder("data_manifests")), load_manifests(own_manifests_folder())
        return dict(sorted({**own, **shipped}.items()))
    return {path.stem: parse_manifest(path) for path in sorted(folder.glob("*.toml"))}


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
