"""Whether any installed distribution has entry points of a group, at a glance.

Importing `importlib.metadata` alone costs a tenth of the whole start of a
command line, and most users have no plugin that brings a command.
"""

from __future__ import annotations

import os
import sys


def mentioned(group: str) -> bool:
    """Return False only where no ``entry_points.txt`` on the path names the group."""
    heading = f"[{group}]".encode()
    return any(_mentions(folder or os.curdir, heading) for folder in sys.path)


def _mentions(folder: str, heading: bytes) -> bool:
    try:
        with os.scandir(folder) as entries:
            named = [e.path for e in entries if e.name.endswith((".dist-info", ".egg-info"))]
    except NotADirectoryError:  # an archive: not to be looked into at a glance
        return True
    except OSError:  # a folder that is not there, or cannot be read
        return False
    return any(_holds(f"{path}/entry_points.txt", heading) for path in named)


def _holds(file: str, text: bytes) -> bool:
    try:
        with open(file, "rb") as content:  # noqa: PTH123 - pathlib would double what this costs
            return text in content.read()
    except OSError:  # most distributions have none
        return False
