"""The data folder: where it is, whether its files are what the manifests say, and screens out of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from drugexp.contract.screen import Cells, Screen
from drugexp.errors import DataError, UsageError
from drugexp.intake.cells import BLOCK
from drugexp.intake.formats.screens import SCREEN_ENDINGS, read_screen_table
from drugexp.intake.hashes import remembered_sha256
from drugexp.intake.manifest import FileEntry, Manifest, find_manifest, load_manifests, parse_manifest
from drugexp.intake.pins import read_pins
from drugexp.intake.screen_io import SCREEN_ENDING, read_screen_folder
from drugexp.intake.tables import format_of
from drugexp.places import cache_folder
from drugexp.registry import Registry, discover

_THREE_WAYS = "Name the data folder with --data-dir, or with the variable DRUGEXP_DATA, or put the files in {cache}."


@dataclass(frozen=True)
class FileStatus:
    """One file of a set and how it was found; ``unpinned``: it is there, and no hash of it is known."""

    path: str
    state: Literal["ok", "missing", "altered", "unpinned"]
    sentence: str = ""


@dataclass(frozen=True)
class DataFolder:
    """A folder with one folder for each data set.

    Attributes
    ----------
    root
        The folder itself; it may be missing, which is told when a file is asked for.
    """

    root: Path

    @classmethod
    def locate(cls, explicit: Path | str | None = None) -> DataFolder:
        """Return the folder given, else the one ``DRUGEXP_DATA`` names, else ``data`` in the user's cache.

        Raises
        ------
        UsageError
            If a folder was named that does not exist.
        """
        named, by = (explicit, "--data-dir") if explicit else (os.environ.get("DRUGEXP_DATA"), "DRUGEXP_DATA")
        if not named:
            return cls(cache_folder() / "data")
        root = Path(named).expanduser()
        if not root.is_dir():
            raise UsageError(f"{by} names {str(named)!r}, which is not a folder.")
        return cls(root)

    def path(self, relative: str) -> Path:
        """Return where a file of the folder lies.

        Raises
        ------
        DataError
            If the path leads out of the folder, by ``..`` or by a link.
        """
        root = self.root.resolve()
        path = (root / relative).resolve()
        if not path.is_relative_to(root):
            raise DataError(f"{relative!r} leads out of the data folder.", where=str(self.root))
        return path

    def inspect(self, manifest: Manifest, *, full: bool = False) -> tuple[FileStatus, ...]:
        """Return the state of each file of a set.

        Parameters
        ----------
        manifest
            The set.
        full
            Hash every file again, instead of trusting what was verified before and has not changed since.
        """
        return tuple(self.inspect_file(f"{manifest.folder}/{f.path}", f, full) for f in manifest.files)

    def verify(self, manifest: Manifest, *, full: bool = False) -> dict[str, Path]:
        """Return the files of a set, by their path below its folder.

        Raises
        ------
        DataError
            If a file is missing, or its size or SHA-256 is not that of the manifest.
        """
        return {f.path: self.verified(f"{manifest.folder}/{f.path}", f, full=full) for f in manifest.files}

    def verified(self, relative: str, entry: FileEntry, *, full: bool = False) -> Path:
        """Return one file whose content is what its manifest says, or its pin; without either it is trusted.

        Raises
        ------
        DataError
            If it is missing or altered.
        """
        status = self.inspect_file(relative, entry, full)
        if status.state == "missing":
            fetch = "Fetch its set with `drugexp data fetch`. " if entry.sources else ""
            raise DataError(status.sentence, hint=fetch + _THREE_WAYS.format(cache=cache_folder() / "data"))
        if status.state == "altered":
            raise DataError(status.sentence, hint="Replace it by the original.")
        return self.path(relative)

    def inspect_file(self, relative: str, entry: FileEntry, full: bool = False) -> FileStatus:
        """Return the state of one file. See `inspect`."""
        path = self.path(relative)
        if not path.is_file():
            return FileStatus(relative, "missing", f"the data folder {str(self.root)!r} has no file {relative!r}.")
        expected, size = self.pinned(relative, entry), path.stat().st_size
        if expected.bytes not in (None, size):
            return FileStatus(relative, "altered", f"{relative}: {expected.bytes} bytes expected, {size} found.")
        if expected.sha256 is None:
            return FileStatus(relative, "unpinned", f"{relative}: no hash of it is known; a fetch pins what is there.")
        digest = remembered_sha256(path, afresh=full)
        if digest != expected.sha256:
            return FileStatus(relative, "altered", f"{relative}: sha256 {expected.sha256} expected, {digest} found.")
        return FileStatus(relative, "ok")

    def pinned(self, relative: str, entry: FileEntry) -> FileEntry:
        """Return what a file must be: as its manifest says, else as the first fetch pinned it.

        Raises
        ------
        DataError
            If the lock file of the folder is damaged.
        """
        if entry.sha256 is not None:
            return entry
        pin = read_pins(self.root).get(relative)
        return entry if pin is None else entry.model_copy(update={"sha256": pin.sha256, "bytes": pin.bytes})


def list_sets() -> tuple[Manifest, ...]:
    """Return the manifests that ship with drugexp and the user's own, by name."""
    return tuple(load_manifests().values())


def set_files(
    name: str,
    data_dir: Path | str | None = None,
    *,
    manifests: Mapping[str, Manifest] | None = None,
    own: Path | None = None,
) -> dict[str, Path]:
    """Return the verified files of a set by path, and of what its reader uses from other sets as ``folder/path``.

    Parameters
    ----------
    name
        The set.
    data_dir
        The data folder; None: ``DRUGEXP_DATA`` or the user's cache.
    manifests
        By name; None: those that ship with drugexp and the user's own.
    own
        Where the set's own files lie, if not in the data folder.

    Raises
    ------
    UsageError
        If no manifest has the name, or the folder named does not exist.
    DataError
        If a file is missing or altered.
    """
    known = dict(load_manifests() if manifests is None else manifests)
    manifest = find_manifest(name, known)
    folder = DataFolder.locate(data_dir)
    entries = {f"{m.folder}/{f.path}": f for m in known.values() for f in m.files}
    files = (folder if own is None else DataFolder(own)).verify(manifest)
    for used in manifest.uses:
        if used not in entries:
            raise DataError(f"manifest {name!r} uses {used!r}, which no manifest lists.")
        files[used] = folder.verified(used, entries[used])
    return files


def read_screen(
    name: str,
    data_dir: Path | str | None = None,
    *,
    registry: Registry | None = None,
    beside: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> Screen:
    """Read a data set through the reader its manifest names, or a screen in a file or folder.

    Values of half a gigabyte and more in a ``.screen`` folder or a GCTX file stay on disk.

    Parameters
    ----------
    name
        A name of `list_sets`, the path of a manifest (``.toml``) whose files lie beside it, or
        the path of a screen: a ``.screen`` folder, or a file in a format of `SCREEN_ENDINGS`.
    data_dir
        The data folder; None: ``DRUGEXP_DATA`` or the user's cache.
    registry
        Where readers are looked up; None: all installed plugins.
    beside
        The folder of the file that names the screen: a path is looked for there,
        then in the working folder.
    options
        Of the reader, before those of the manifest.

    Raises
    ------
    UsageError
        If the name or an option is unknown, or the set has no reader.
    DataError
        If a file is missing, altered, or not what the reader expects.
    """
    ending, options = format_of(Path(name)), dict(options or {})
    if ending in (SCREEN_ENDING, *SCREEN_ENDINGS):
        if options:
            raise UsageError(f"{name!r} is a screen as it is; it takes no option {min(options)!r}")
        path = _beside(name, beside)
        if ending == SCREEN_ENDING:
            return read_screen_folder(path)
        found = read_screen_table(path)
        return replace(found, provenance={"files": {path.name: remembered_sha256(path)}, **found.provenance})
    manifests, own = load_manifests(), None
    if name.endswith(".toml"):
        path = _beside(name, beside)
        manifest, own = parse_manifest(path), path.parent
        manifests[manifest.name] = manifest
    else:
        manifest = find_manifest(name, manifests)
    if not manifest.reader:
        what = "is a side table without profiles" if manifest.kind == "table" else "has no reader yet"
        raise UsageError(f"data set {name!r} {what}; it cannot be read as a screen.")
    read = (registry or discover()).load("reader", manifest.reader)
    files = set_files(manifest.name, data_dir, manifests=manifests, own=own)
    chosen = {**manifest.options, **options}
    screen: Screen = read(files, manifest, **chosen)
    provenance = {
        "set": manifest.name,
        "reader": manifest.reader,
        "options": chosen,
        "licence": manifest.licence,
        "citation": manifest.citation,
        "source": manifest.source,
        "may_ship_weights": manifest.may_ship_weights,
        "files": {f"{manifest.folder}/{f.path}": remembered_sha256(files[f.path]) for f in manifest.files},
    }
    return replace(screen, provenance={**provenance, **screen.provenance})


def read_cells(
    name: str,
    data_dir: Path | str | None = None,
    *,
    registry: Registry | None = None,
    beside: Path | None = None,
) -> Cells:
    """Return the cells of a data set or a screen; an empty name: none. See `read_screen`.

    Raises
    ------
    DataError
        If it holds no unperturbed expression.
    """
    if not name:
        return Cells(())
    cells = read_screen(name, data_dir, registry=registry, beside=beside).cells
    if BLOCK not in cells.blocks:
        raise DataError(f"its cells have no unperturbed expression (block {BLOCK!r})", where=name)
    return cells


def _beside(name: str, beside: Path | None) -> Path:
    """Return where a path lies: beside the file that names it, or in the working folder."""
    places = [folder / name for folder in (beside, Path()) if folder is not None]
    for place in places:
        if place.exists():
            return place
    tried = " or ".join(dict.fromkeys(str(p.parent.absolute()) for p in places))
    kinds = {SCREEN_ENDING: "screen folder", ".toml": "manifest"}
    what = kinds.get(format_of(Path(name)), "screen file")
    raise DataError(f"there is no {what} {name!r} in {tried}")
