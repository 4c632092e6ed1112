"""A screen in parts, which an engine runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from drugexp.api.screening import screen
from drugexp.contract import Progress, silent
from drugexp.errors import UsageError
from drugexp.intake.tables import STANDARD_INPUT
from drugexp.predict.engines.choice import make_engine
from drugexp.registry import discover
from drugexp.screening.run import Summary, Tell, unheard

_PATHS = ("against", "genes")


def screen_on(
    engine: str,
    library: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    parts: int | None = None,
    progress: Progress = silent,
    tell: Tell = unheard,
    **asked: Any,
) -> Summary:
    """Predict a library as `drugexp.screen` does, in parts that an engine runs; the folder and its hash are the same.

    Parameters
    ----------
    engine
        Name of one, such as ``local`` or ``ray``.
    library, output
        Files or folders that all processes of the engine see.
    parts
        How many jobs it is given; default: as many as the engine says it runs at a time.
    progress
        Told how many parts are done.
    tell
        Given each shard, once all are there.
    **asked
        All else that `drugexp.screen` takes. ``workers`` are those of each part; default: one.

    Raises
    ------
    DrugexpError
        With a sentence for the user; from a part it names the job.
    """
    made = make_engine(discover(), engine, {})
    sources = [library] if isinstance(library, (str, Path)) else list(library)
    if any(str(source) == STANDARD_INPUT for source in sources):
        raise UsageError("several processes cannot share standard input", hint="Give a file, or leave --engine out.")
    count = parts if parts is not None else int(getattr(made, "workers", None) or os.cpu_count() or 1)
    if count < 1:
        raise UsageError(f"{count} parts do nothing; ask for at least 1")
    plain = {key: _absolute(key, value) for key, value in asked.items()}
    plain |= {"library": [str(Path(s).absolute()) for s in sources], "output": str(Path(output).absolute())}
    plain["workers"] = asked.get("workers") or 1
    jobs = [
        {"call": f"{__name__}:make_part", "arguments": {**plain, "part": [number, count]}}
        for number in range(1, count + 1)
    ]
    made.run(jobs, progress=progress)
    # All shards are there now: what is left is to read the library once more and to join them.
    return screen(library, output, tell=tell, **{**asked, "workers": 1})


def make_part(**arguments: Any) -> Mapping[str, Any]:
    """Make one part of a screen: the job of `screen_on`."""
    found = screen(**{**arguments, "part": tuple(arguments["part"])})
    return {"shards": found.shards, "missing": found.missing}


def _absolute(key: str, value: Any) -> Any:
    if key in _PATHS and isinstance(value, (str, Path)):
        return str(Path(value).absolute())
    if key == "model":
        return str(Path(value).absolute()) if Path(value).is_dir() else str(value)
    return list(value) if isinstance(value, tuple) else value
