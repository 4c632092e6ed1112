"""New plugins: a working project of each kind, renamed; and bringing an older one up to date.

The templates are themselves plugins that work (`plugins/template/`): files for
every kind in ``common``, and one folder a kind. Only three words are replaced:
``my-plugin``, ``my_plugin`` and ``MyPlugin``.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drugexp.contract.hooks import API_VERSION
from drugexp.errors import UsageError, unknown
from drugexp.intake.atomic import atomic_path
from drugexp.places import packaged_folder

RECORD = ".drugexp-template.json"
_RENAMED = {"gitignore": ".gitignore"}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Change:
    """What renewing did to one file: ``replaced``, ``added``, or ``beside`` (the new version lies in `path`)."""

    path: str
    what: Literal["replaced", "added", "beside"]


def template_kinds() -> list[str]:
    """Return the kinds of plugin there is a template for."""
    return sorted(p.name for p in _templates().iterdir() if p.is_dir() and p.name != "common")


def new_plugin(name: str, kind: str, folder: Path) -> Path:
    """Write a complete distribution and return its folder, ``folder / name``; it appears whole or not at all.

    Parameters
    ----------
    name
        Of the distribution, and of the thing it brings: small letters, digits and single hyphens.
    kind
        One of `template_kinds`.
    folder
        Where the new folder goes.

    Raises
    ------
    UsageError
        If the name cannot be used, the kind is unknown, or the folder exists.
    """
    files = render(name, kind)
    target = folder / name
    if target.exists():
        raise UsageError(f"{str(target)!r} exists already.", hint="Choose another name, or `drugexp plugins renew`.")
    with atomic_path(target) as partial:
        for path, text in {**files, RECORD: _record(name, kind, files)}.items():
            _write(partial / path, text)
    return target


def renew_plugin(folder: Path) -> list[Change]:
    """Bring a plugin made by `new_plugin` up to today's template.

    A file that its author never changed is replaced. Of a file that both the
    author and the template changed, the template's version is put beside it as
    ``FILE.new``. What the author deleted stays deleted.

    Raises
    ------
    UsageError
        If the folder was not made from a template, or its record cannot be read.
    """
    record = folder / RECORD
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        name, kind, known = str(told["name"]), str(told["kind"]), dict(told["files"])
    except FileNotFoundError:
        raise UsageError(f"{str(folder)!r} was not made by `drugexp plugins new`: it has no {RECORD}.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(record)) from None
    files = render(name, kind)
    changes = []
    for path, text in files.items():
        mine = folder / path
        if path in known and (not mine.is_file() or known[path] == _hash(text)):
            continue  # deleted by its author, or the same in today's template
        if not mine.exists():
            changes.append(Change(path, "added"))
        elif _hash(mine.read_text(encoding="utf-8")) == known.get(path):
            changes.append(Change(path, "replaced"))
        else:
            path = f"{path}.new"
            changes.append(Change(path, "beside"))
        _write(folder / path, text)
    _write(record, _record(name, kind, files))
    return changes


def render(name: str, kind: str) -> dict[str, str]:
    """Return path -> text of every file of a new plugin.

    Raises
    ------
    UsageError
        If the name cannot be used or the kind is unknown.
    """
    _check_name(name)
    if kind not in template_kinds():
        raise UsageError(unknown("kind of plugin", kind, template_kinds()))
    words = {"my-plugin": name, "my_plugin": name.replace("-", "_"), "MyPlugin": _class(name)}
    found = {}
    for top in (_templates() / "common", _templates() / kind):
        for path in sorted(p for p in top.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            relative = path.relative_to(top)
            place = relative.with_name(_RENAMED.get(relative.name, relative.name)).as_posix()
            found[_replaced(place, words)] = _replaced(path.read_text(encoding="utf-8"), words)
    return found


def _templates() -> Path:
    return packaged_folder("plugins/template")


def _check_name(name: str) -> None:
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a plugin.", hint="Use small letters, digits and single hyphens, such as my-model."
        )
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or package.partition("_")[0] == "drugexp":
        raise UsageError(f"{name!r} is a name that Python or drugexp uses itself.", hint="Choose another one.")


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _record(name: str, kind: str, files: dict[str, str]) -> str:
    hashes = {path: _hash(text) for path, text in files.items()}
    return json.dumps({"name": name, "kind": kind, "api_version": API_VERSION, "files": hashes}, indent=1) + "\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
