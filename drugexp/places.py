"""Where things lie: folders that ship with the package, and the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from drugexp.errors import DataError


def packaged_folder(name: str) -> Path:
    """Return a folder that ships with drugexp, such as ``data_manifests`` or ``configs``.

    An installed package holds it inside ``drugexp``; an editable checkout has
    it at the root of the repository.

    Raises
    ------
    DataError
        If neither place has it.
    """
    package = Path(__file__).parent
    for place in (package / name, package.parent / name):
        if place.is_dir():
            return place
    raise DataError(f"the folder {name!r} did not come with this installation of drugexp.", hint="Install it again.")


def cache_folder() -> Path:
    """Return the user's cache folder: ``DRUGEXP_CACHE``, or the one of the platform. It may not exist yet."""
    named = os.environ.get("DRUGEXP_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("drugexp"))
