"""The errors of drugexp: what came, where it stood, and what to do about it.

Every error a user can cause is a `DrugexpError`. The command line prints its
sentence and leaves with its `exit_code`; a traceback is shown only on
``--debug``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST = 1500
"""Characters of a sentence; a damaged file may hold a name of any length."""


class DrugexpError(Exception):
    """A failure with a sentence for the user.

    Parameters
    ----------
    message
        What came, and why it cannot be used.
    where
        File, row or column in which it stood.
    hint
        What to do about it.
    """

    exit_code = 5

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.message, self.where, self.hint = message, where, hint
        super().__init__(str(self))

    @classmethod
    def retold(cls, text: str, exit_code: int, *, where: str | None = None) -> DrugexpError:
        """Return a failure that came as a sentence, from a job or another process, with its exit code."""
        told = DrugexpError(text, where=where)
        told.exit_code = exit_code
        return told

    def __str__(self) -> str:
        message = self.message
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST - 200]} ... {message[-200:]}"
        text = f"{self.where}: {message}" if self.where else message
        if not self.hint:
            return text
        return f"{text if text[-1:] in '.!?' else text + '.'} {self.hint}"


class UsageError(DrugexpError):
    """An option, name or combination that makes no sense (exit code 2)."""

    exit_code = 2


class InputError(DrugexpError):
    """Nothing of what was given can be used (exit code 3)."""

    exit_code = 3


class DataError(DrugexpError):
    """A data set that is missing, altered or unreadable (exit code 3)."""

    exit_code = 3


class ModelError(DrugexpError):
    """A model, bundle or fit that failed (exit code 5)."""


class PluginError(DrugexpError):
    """A plugin that cannot be loaded or breaks its contract (exit code 5)."""


def nearest(name: str, valid: Iterable[str], count: int = 3) -> list[str]:
    """Return the valid names that look most like `name`, the closest first.

    >>> nearest("mcf-7", ["MCF7", "A375"])
    ['MCF7']
    """

    def plain(text: str) -> str:
        return "".join(c for c in text.lower() if c.isalnum())

    by_plain: dict[str, str] = {}
    for candidate in valid:
        by_plain.setdefault(plain(candidate), candidate)
    found = difflib.get_close_matches(plain(name), list(by_plain), n=count, cutoff=0.6)
    return [by_plain[key] for key in found]


def unknown(kind: str, name: str, valid: Iterable[str], *, list_with: str | None = None) -> str:
    """Return the sentence for a name that is not known.

    >>> unknown("cell line", "MCF-7", ["MCF7", "A375"], list_with="drugexp models show default")
    "unknown cell line 'MCF-7'; nearest: MCF7; all names: drugexp models show default"
    """
    names = list(valid)
    close = nearest(name, names)
    parts = [f"unknown {kind} {name!r}"]
    if close:
        parts.append("nearest: " + ", ".join(close))
    elif len(names) <= 12:
        parts.append("valid: " + (", ".join(names) or "none"))
    if list_with:
        parts.append(f"all names: {list_with}")
    return "; ".join(parts)


def first_line(error: BaseException) -> str:
    r"""Return the first line of what a library says, or the name of its error where it says nothing.

    >>> first_line(KeyError()), first_line(OSError("no such file\n at line 3"))
    ('KeyError', 'no such file')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
