"""A user's own manifests: checked, then kept where their names are found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from drugexp.errors import DataError, UsageError, unknown
from drugexp.intake.atomic import atomic_path
from drugexp.intake.manifest import Manifest, load_manifests, own_manifests_folder, parse_manifest
from drugexp.places import packaged_folder
from drugexp.registry import Registry, discover


def add_manifest(path: Path, *, registry: Registry | None = None) -> Manifest:
    """Check a manifest and keep it in the user's cache: its name then works like those that ship with drugexp.

    One of the same name that the user added before is replaced.

    Parameters
    ----------
    path
        The manifest, ``<name>.toml``.
    registry
        Where its reader is looked up; None: all installed plugins.

    Raises
    ------
    DataError
        If it is no manifest, or contradicts another about a file.
    UsageError
        If its name is taken by a set of drugexp, or its reader is not installed.
    """
    manifest = parse_manifest(path)
    if manifest.name in load_manifests(packaged_folder("data_manifests")):
        raise UsageError(
            f"the name {manifest.name!r} belongs to a set that ships with drugexp.",
            where=str(path),
            hint="Give it another name.",
        )
    readers = (registry or discover()).names("reader")
    if manifest.reader and manifest.reader not in readers:
        raise UsageError(unknown("reader", manifest.reader, readers), where=str(path))
    known = load_manifests()
    known.pop(manifest.name, None)
    _check_files(manifest, known, path)
    folder = own_manifests_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / path.name) as partial:
        partial.write_bytes(path.read_bytes())
    return manifest


def _check_files(manifest: Manifest, known: Mapping[str, Manifest], where: Path) -> None:
    listed = {f"{m.folder}/{f.path}": (name, f) for name, m in known.items() for f in m.files}
    for file in manifest.files:
        relative = f"{manifest.folder}/{file.path}"
        other, same = listed.get(relative, ("", file))
        if (same.sha256, same.bytes) != (file.sha256, file.bytes):
            raise DataError(
                f"its file {relative!r} is another one in the set {other!r}.",
                where=str(where),
                hint="Choose another folder.",
            )
