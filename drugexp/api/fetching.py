"""Files of data sets, brought into the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drugexp.contract import Progress, silent
from drugexp.intake.fetch.files import Fetched
from drugexp.intake.fetch.files import fetch as bring
from drugexp.intake.fetch.workshop import Teller
from drugexp.intake.manifest import find_manifest, load_manifests
from drugexp.intake.store import DataFolder


def fetch(
    name: str,
    *,
    data_dir: str | Path | None = None,
    replace: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = silent,
) -> tuple[Fetched, ...]:
    """Bring the files of a data set into the data folder; a broken download is gone on with.

    Parameters
    ----------
    name
        Of the set.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    replace
        Whether a file that is there and is another one may be replaced.
    progress, say
        Told how many bytes are there, and what happens.

    Returns
    -------
    tuple of Fetched
        Each file with its path, its hash, and whether it was there before.

    Raises
    ------
    UsageError
        If the name is unknown.
    DataError
        If a file cannot be had: each source with its reason.
    """
    manifest = find_manifest(name, load_manifests())
    return bring(manifest, DataFolder.locate(data_dir), replace=replace, teller=Teller(say, progress))
