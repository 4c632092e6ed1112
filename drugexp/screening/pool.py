"""Processes that describe compounds; one that is lost is replaced, and its work is done again."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

from drugexp.contract.model import Needs, State
from drugexp.errors import DrugexpError, InputError
from drugexp.learn.state import flatten, unflatten
from drugexp.memory import collect_seldom
from drugexp.predict.engines.signals import uninterrupted
from drugexp.registry import discover
from drugexp.screening.compact import unpacked
from drugexp.screening.describing import Described, Describer
from drugexp.screening.parcels import unwrapped, wrapped
from drugexp.screening.remembering import Memory, remembered

Tag = TypeVar("Tag")
_AHEAD, _SMALL = 2, 1 << 16
"""Pieces of work that a process has at a time, so that it need not wait for the next; only small ones, which its pipe
holds, so that neither end waits for the other for ever. In bytes."""
_DONE, _FAILED = b"+", b"-"
_LOST = 5
"""A piece of work that so many processes died of is given up."""


@dataclass(frozen=True)
class _Worker:
    process: Any
    pipe: Connection


class DescriberPool:
    """Spawned processes, each with the same `Describer`.

    Parameters
    ----------
    needs, states
        Featurisers, and what each learnt.
    workers
        How many.
    canonical
        Whether the SMILES are said to be as RDKit writes them.
    memory
        Whether descriptions are kept for later screens, and taken from earlier ones.
    """

    def __init__(
        self, needs: Needs, states: Mapping[str, State], workers: int, *, canonical: bool = False, memory: bool = True
    ) -> None:
        tree, arrays = flatten({"states": dict(states)})
        facts = {"compound": list(needs.compound), "smiles": needs.smiles, "tree": tree}
        facts |= {"canonical": canonical, "memory": memory}
        self._told, self._count = wrapped(facts, arrays), workers
        self._workers: list[_Worker] = []

    def __enter__(self) -> DescriberPool:
        self._workers = [self._started() for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers = []

    def _started(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there,), name="drugexp describer", daemon=True)
        with uninterrupted():
            process.start()
        there.close()
        worker = _Worker(process, here)
        _send(worker, self._told)
        return worker

    def described(self, work: Iterator[tuple[Tag, list[str], list[str]]]) -> Iterator[tuple[Tag, Described]]:
        """Yield the compounds of each piece of work, in order; a few pieces more than workers are under way.

        Parameters
        ----------
        work
            Anything to know a piece by, SMILES and problems of its rows.

        Raises
        ------
        DrugexpError
            If a piece kills every process it is given to, or cannot be described.
        """
        waiting: dict[int, tuple[Tag, bytes, int]] = {}  # begun and not done: tag, parcel, processes lost
        done: dict[int, tuple[Tag, Described]] = {}
        held: dict[Connection, tuple[_Worker, list[int]]] = {w.pipe: (w, []) for w in self._workers}
        again: list[int] = []
        number, turn, more = 0, 0, True
        while True:
            while again or (more and number - turn < (_AHEAD + 1) * self._count):
                worker, has = min(held.values(), key=lambda one: len(one[1]))
                if has and (len(has) >= _AHEAD or sum(len(waiting[at][1]) for at in has) > _SMALL):
                    break
                if not again:
                    piece = next(work, None)
                    if piece is None:
                        more = False
                        break
                    tag, smiles, problems = piece
                    waiting[number] = (tag, wrapped({"smiles": smiles, "problems": problems}, {}), 0)
                    again, number = [number], number + 1
                if has and len(waiting[again[0]][1]) > _SMALL:
                    break
                has.append(again.pop(0))
                _send(worker, waiting[has[-1]][1])
            while turn in done:
                yield done.pop(turn)
                turn += 1
            busy = [pipe for pipe, (_, has) in held.items() if has]
            if not busy:
                if not (more or again) and turn == number:
                    return
                continue
            for pipe in wait(busy):
                worker, has = held[cast(Connection, pipe)]
                answer = _answer(worker)
                if answer is not None:
                    at = has.pop(0)
                    done[at] = (waiting.pop(at)[0], answer)
                    continue
                del held[worker.pipe]
                new = self._replaced(worker)
                held[new.pipe] = (new, [])
                tag, parcel, lost = waiting[has[0]]
                if lost + 1 >= _LOST:
                    count = len(unwrapped(parcel)[0]["smiles"])
                    raise DrugexpError(f"{_LOST} processes in a row died of the same {count} rows")
                waiting[has[0]] = (tag, parcel, lost + 1)
                again += has

    def _replaced(self, worker: _Worker) -> _Worker:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        new = self._started()
        self._workers[self._workers.index(worker)] = new
        return new


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _send(worker: _Worker, parcel: bytes) -> None:
    try:
        worker.pipe.send_bytes(parcel)
    except OSError:
        return  # it has ended: its pipe says so when the answer is read


def _answer(worker: _Worker) -> Described | None:
    """Return what a worker answers; None where it was lost."""
    try:
        parcel = worker.pipe.recv_bytes()
    except (EOFError, OSError):
        return None
    if parcel[:1] == _DONE:
        return unpacked(parcel[1:])
    facts, _ = unwrapped(parcel[1:])
    kind = InputError if facts["input"] else DrugexpError
    raise kind(facts["error"], hint=facts["hint"])


def serve(pipe: Connection) -> None:
    """Describe what comes through a pipe, after what is to be described, until it ends: a process of the pool."""
    collect_seldom()
    threading.Thread(target=_follow_parent, daemon=True).start()
    sys.stdout = sys.stderr
    try:
        facts, arrays = unwrapped(pipe.recv_bytes())
    except EOFError:
        return
    needs = Needs(compound=tuple(facts["compound"]), smiles=facts["smiles"])
    describer = Describer(needs, unflatten(facts["tree"], arrays)["states"], discover(), facts["canonical"])
    describe = remembered(describer, Memory.default() if facts["memory"] else None, describer.identity())
    while True:
        try:
            facts, _ = unwrapped(pipe.recv_bytes())
        except EOFError:
            return
        try:
            pipe.send_bytes(_DONE + describe(facts["smiles"], facts["problems"]))
        except DrugexpError as error:
            told = {"error": error.message, "hint": error.hint, "input": isinstance(error, InputError)}
            pipe.send_bytes(_FAILED + wrapped(told, {}))
