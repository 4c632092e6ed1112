"""The engine that runs jobs as tasks of Ray."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from drugexp.contract import Progress, silent
from drugexp.contract.jobs import Job, job_text, results, run_text, title
from drugexp.errors import DrugexpError, UsageError

RETRIES = 10
"""How often Ray begins a job again whose process or machine is lost."""
_AHEAD = 2
"""Jobs handed over for each core of the cluster; the others wait here, so that a queue of any length costs nothing."""


class RayEngine:
    """Runs jobs as tasks of Ray; only JSON text travels to them and back.

    Ray is joined where the variable ``RAY_ADDRESS`` says; without it, it is started on this machine for as long as
    the jobs last. A job has a core to itself, and an accelerator where the cluster has any.

    Parameters
    ----------
    workers
        Cores of a Ray that is started here; default: all.

    Raises
    ------
    UsageError
        If there is not at least one.
    """

    name = "ray"

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise UsageError(f"{workers} workers do nothing; ask for at least 1")
        self.workers = workers

    def run(self, jobs: Sequence[Job], *, progress: Progress = silent) -> Sequence[Mapping[str, Any]]:
        """Run every job and return their results in order.

        A job whose process or machine is lost is begun again.

        Raises
        ------
        DrugexpError
            Naming the job, if one fails, or is lost too often; jobs that were not done are dropped.
        """
        texts = [job_text(job, at, len(jobs)) for at, job in enumerate(jobs, 1)]
        if not texts:
            return []
        with cluster(self.workers) as ray:
            return results(_shared_out(ray, jobs, texts, progress))


def answer(text: str, number: int, total: int) -> tuple[str, int]:
    """Return what a job comes to as JSON and 0, or the sentence and exit code with which it failed: a task of Ray."""
    try:
        return run_text(text, number, total), 0
    except DrugexpError as error:
        return str(error), error.exit_code


def _shared_out(ray: Any, jobs: Sequence[Job], texts: Sequence[str], progress: Progress) -> list[str]:
    """Hand over some jobs at a time until all are done, and return the results as JSON, in order."""
    offered = ray.cluster_resources()
    ahead = max(1, int(_AHEAD * offered.get("CPU", 1)))
    task = ray.remote(answer).options(max_retries=RETRIES, num_cpus=1, num_gpus=1 if offered.get("GPU") else 0)
    total, begun = len(texts), 0
    found: dict[int, str] = {}
    running: dict[Any, int] = {}
    try:
        while len(found) < total:
            while begun < total and len(running) < ahead:
                running[task.remote(texts[begun], begun + 1, total)] = begun
                begun += 1
            progress(len(found), total)
            (ready,), _ = ray.wait(list(running), num_returns=1)
            at = running.pop(ready)
            found[at] = _told(ray, ready, title(jobs[at], at + 1, total))
    finally:
        for left in running:
            ray.cancel(left, force=True)
    progress(total, total)
    return [found[at] for at in range(total)]


def _told(ray: Any, ready: Any, where: str) -> str:
    try:
        text, code = ray.get(ready)
    except ray.exceptions.RayError as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise DrugexpError(f"Ray lost it: {words[0]}", where=where, hint="Ask for more memory for each job.") from None
    if code:
        raise DrugexpError.retold(text, code)
    return str(text)


@contextmanager
def cluster(cores: int | None) -> Iterator[Any]:
    """Give Ray, connected; one that was started here ends with it.

    Raises
    ------
    UsageError
        If Ray cannot be joined or started.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    import ray

    if ray.is_initialized():
        yield ray
        return
    away = os.environ.get("RAY_ADDRESS")
    here: dict[str, Any] = {} if away else {"address": "local", "num_cpus": cores, "include_dashboard": False}
    try:
        with warnings.catch_warnings():
            # Ray forks to start its own programs, which JAX warns of; they are other programs, so nothing is shared.
            warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
            ray.init(**here, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(f"Ray cannot be joined: {error}", where=away or "this machine") from None
    try:
        yield ray
    finally:
        ray.shutdown()
