"""Why a plugin does not load, and what to do about it, in plain words."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from drugexp.errors import PluginError
from drugexp.points import Point, plain

_KEPT_LINES = 20
_OURS = (str(Path(__file__).parent), str(Path(__file__).parents[1] / "points.py"))


@dataclass(frozen=True)
class Fault:
    """What went wrong, what to do, and the last lines of the traceback."""

    error: str
    advice: str
    detail: str


def explain(error: BaseException, point: Point) -> Fault:
    """Return what an error says that came up while an entry point was loaded."""
    detail = "".join(traceback.format_exception(error)).splitlines()[-_KEPT_LINES:]
    return Fault(_sentence(error), _advice(error, point), "\n".join(detail))


def leave_out(point: Point) -> str:
    """Return what a user can do about a plugin that only its authors can mend."""
    return f"Tell the authors of {point.distribution}, or leave it out: DRUGEXP_DISABLE_PLUGINS={point.name}"


def _sentence(error: BaseException) -> str:
    if isinstance(error, PluginError):
        return error.message
    if isinstance(error, SystemExit):
        said = "" if error.code is None else repr(error.code)
        return f"it calls sys.exit({said}) while it is loaded{_place(error)}"
    if isinstance(error, SyntaxError):  # its own words name the place
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {error}{_place(error)}"


def _place(error: BaseException) -> str:
    """Return the last line of other people's code that was reached, as `` (package/module.py, line 3)``."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_theirs(f.filename)]
    if not frames:
        return ""
    return f" ({'/'.join(Path(frames[-1].filename).parts[-2:])}, line {frames[-1].lineno})"


def _is_theirs(file: str) -> bool:
    parts = Path(file).parts
    return not (file.startswith(("<frozen", *_OURS)) or "importlib" in parts or "pluggy" in parts)


def _advice(error: BaseException, point: Point) -> str:
    if isinstance(error, PluginError) and error.hint:
        return error.hint
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if top == point.module.partition(".")[0]:
            return f"Its own module is missing: pip install --force-reinstall {point.distribution}"
        return pip_command(top, point)
    return leave_out(point)


def pip_command(package: str, point: Point) -> str:
    """Return the command that installs a package which a plugin imports.

    An extra of the plugin's distribution that names it comes first, then its
    plain requirement with its version, then its bare name.

    >>> pip_command("torch", Point("p", "m", "drugexp", "my-models", requires=("torch>=2; extra == 'deep'",)))
    "pip install 'my-models[deep]'"
    """
    for requirement in point.requires:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if name is None or plain(name.group()) != plain(package):
            continue
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", requirement)
        wanted = f"{point.distribution}[{extra.group(1)}]" if extra else requirement.partition(";")[0].strip()
        return f"pip install '{wanted}'"
    return f"pip install {package}"
