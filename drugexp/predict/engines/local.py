"""The engine that runs jobs in spawned processes of this machine."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from drugexp.contract import Progress, silent
from drugexp.contract.jobs import Job, job_text, results, title
from drugexp.errors import DrugexpError, UsageError
from drugexp.predict.engines.signals import uninterrupted
from drugexp.predict.engines.worker import work

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NPROC",  # XLA takes its number of threads from it
)
"""Variables that say how many threads a library starts. They are read when it is imported."""


@dataclass(frozen=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection


class LocalEngine:
    """Runs jobs in processes of their own; only JSON text travels between them and this one.

    Parameters
    ----------
    workers
        Number of processes; default: one for each core. Each gets its share of the cores as threads.

    Raises
    ------
    UsageError
        If there is not at least one.
    """

    name = "local"

    def __init__(self, workers: int | None = None) -> None:
        cores = os.cpu_count() or 1
        self.workers = cores if workers is None else workers
        if self.workers < 1:
            raise UsageError(f"{self.workers} workers do nothing; ask for at least 1")
        self._threads = max(1, cores // self.workers)

    def run(self, jobs: Sequence[Job], *, progress: Progress = silent) -> Sequence[Mapping[str, Any]]:
        """Run every job and return their results in order.

        No worker outlives the call, however it ends.

        Raises
        ------
        DrugexpError
            Naming the job, if one fails or its process ends; jobs that were not begun are dropped.
        """
        total = len(jobs)
        texts = [job_text(job, at, total) for at, job in enumerate(jobs, 1)]
        workers: list[_Worker] = []
        try:
            with _few_threads(self._threads):
                for _ in range(min(self.workers, total)):
                    workers.append(_started())
            return results(_shared_out(workers, jobs, texts, progress))
        finally:
            for worker in workers:
                worker.process.kill()
            for worker in workers:
                worker.process.join()
                worker.pipe.close()


def _started() -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there,), name="drugexp worker")
    with uninterrupted():
        process.start()
    there.close()  # so that the pipe ends when the process does
    return _Worker(process, here)


def _shared_out(workers: Sequence[_Worker], jobs: Sequence[Job], texts: Sequence[str], progress: Progress) -> list[str]:
    """Give each idle worker the next job until all are done, and return the results as JSON, in order."""
    total, begun, done = len(texts), 0, 0
    found = [""] * total
    idle: list[_Worker] = list(workers)
    busy: dict[Any, tuple[_Worker, int]] = {}
    while done < total:
        while idle and begun < total:
            worker = idle.pop()
            busy[worker.pipe] = (worker, begun)
            _send(worker, texts[begun], begun + 1, total)
            begun += 1
        progress(done, total)
        for pipe in wait(list(busy)):
            worker, at = busy.pop(pipe)
            found[at] = _answer(worker, title(jobs[at], at + 1, total))
            idle.append(worker)
            done += 1
    progress(total, total)
    return found


def _send(worker: _Worker, text: str, number: int, total: int) -> None:
    try:
        worker.pipe.send_bytes(json.dumps([text, number, total]).encode())
    except OSError:
        return  # it has ended: its pipe says so when the answer is read


def _answer(worker: _Worker, where: str) -> str:
    try:
        kind, text, *code_of = json.loads(worker.pipe.recv_bytes())
    except (EOFError, OSError):
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"left with exit code {code}"
        raise DrugexpError(f"its process {how}", where=where, hint="Ask for fewer workers if memory ran out.") from None
    if kind == "error":
        raise DrugexpError.retold(text, *code_of)
    return str(text)


@contextmanager
def _few_threads(count: int) -> Iterator[None]:
    """Let processes that are started meanwhile begin with so many threads each."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
