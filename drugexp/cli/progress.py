"""Words and progress on standard error; none where it is no terminal or --quiet is given."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import typer

Progress = Callable[..., None]


def teller(quiet: bool) -> Callable[[str], None]:
    """Return a function that says a sentence on standard error, or nothing when quiet."""

    def say(message: str) -> None:
        if not quiet:
            with suppress(OSError):  # nobody is left to be told
                typer.echo(message, err=True)

    return say


def _nothing(*_: object) -> None:
    return None


@contextmanager
def progress_bar(what: str, quiet: bool) -> Iterator[Progress]:
    """Give a progress callback ``(done, total, message)``."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return
    last = 0.0

    def show(done: int, total: int, message: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < 0.1:
            return
        last = now
        filled = round(24 * done / max(total, 1))
        sys.stderr.write(f"\r{what} [{'#' * filled}{'.' * (24 - filled)}] {done:,}/{total:,} {message[:40]:<40}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        if last:
            sys.stderr.write("\r" + " " * 100 + "\r")
            sys.stderr.flush()
