"""A job: ``{"call": "package.module:function", "arguments": {...}}``, plain JSON in and out.

Only functions at the top of an importable module are called, so that a
process, a machine of a cluster or an array job can run the same job. This
module is light: a worker imports what its jobs name, and no more.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from drugexp.errors import DrugexpError, UsageError

Job = Mapping[str, Any]


def run_job(job: Job, number: int = 1, total: int = 1) -> dict[str, Any]:
    """Run a job in this process; what an engine calls where the job has arrived.

    Parameters
    ----------
    job
        ``{"call": "package.module:function", "arguments": {...}}``.
    number, total
        Its place among all, from 1, for messages.

    Returns
    -------
    dict
        The result, as it comes through JSON.

    Raises
    ------
    DrugexpError
        Naming the job, if it is none, or if it fails; its ``exit_code`` is that of the failure.
    """
    found: dict[str, Any] = json.loads(run_text(job_text(job, number, total), number, total))
    return found


def job_text(job: Job, number: int, total: int) -> str:
    """Return a job as JSON.

    Parameters
    ----------
    job
        What to run.
    number, total
        Its place among all, from 1, for the message.

    Raises
    ------
    UsageError
        If it is not of the form of a job.
    """
    where = f"job {number} of {total}"
    if set(job) != {"call", "arguments"}:
        raise UsageError(f"a job holds 'call' and 'arguments', not {sorted(map(str, job))}", where=where)
    call, arguments = job["call"], job["arguments"]
    if not isinstance(call, str) or call.count(":") != 1:
        raise UsageError(f"call {call!r} is not of the form 'package.module:function'", where=where)
    if not isinstance(arguments, Mapping):
        raise UsageError("arguments are names and values", where=where)
    try:
        return json.dumps({"call": call, "arguments": dict(arguments)}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the arguments are no plain JSON: {error}", where=where) from None


def run_text(text: str, number: int, total: int) -> str:
    """Run a job that came as JSON and return its result as JSON.

    Raises
    ------
    DrugexpError
        Naming the job, if it fails in any way but an interrupt.
    """
    job = json.loads(text)
    where = title(job, number, total)
    try:
        result = _function(job["call"])(**job["arguments"])
        if not isinstance(result, Mapping):
            raise UsageError(f"it returned {type(result).__name__}, not a mapping")
        return json.dumps(dict(result))
    except DrugexpError as error:
        raise DrugexpError.retold(str(error), error.exit_code, where=where) from error
    except (Exception, SystemExit) as error:
        raise DrugexpError(f"{type(error).__name__}: {error}", where=where) from error


def title(job: Job, number: int, total: int) -> str:
    """Return what a job is called in a message."""
    return f"job {number} of {total} ({job['call']})"


def _function(call: str) -> Any:
    module, _, name = call.partition(":")
    found = getattr(importlib.import_module(module), name, None)
    if not inspect.isfunction(found):
        raise UsageError(f"{name!r} is no function of {module}")
    return found


def results(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return results that came as JSON."""
    return [json.loads(text) for text in texts]
