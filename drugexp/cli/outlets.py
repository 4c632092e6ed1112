"""Standard output and standard error that are closed, or that nobody reads any more."""

from __future__ import annotations

import os
import sys


def open_outlets() -> None:
    """Let what was closed lead nowhere, here and in processes to come: else the next file opened would take its place.

    A program that was started with ``>&-`` has no standard output at all.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


def output_unread() -> None:
    """Let what is still to be written to standard output lead nowhere: its reader has left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
