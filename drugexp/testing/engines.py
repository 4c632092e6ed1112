"""The rules of engines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drugexp.contract import silent
from drugexp.errors import DrugexpError
from drugexp.testing.rule import ConformanceError, expect, listed
from drugexp.testing.things import Thing

_MODULE = "drugexp.testing.jobs"
Job = Mapping[str, Any]


class EngineTrial:
    """An engine and the jobs it is tried with."""

    def __init__(self, thing: Thing) -> None:
        self.thing, self.title = thing, thing.title

    def build(self) -> Any:
        """Return a new engine."""
        return self.thing.loaded()

    def run(self, jobs: list[Job], progress: Any = silent) -> list[Any]:
        """Return the results."""
        return list(self.build().run(jobs, progress=progress))


def job(call: str, **arguments: Any) -> Job:
    """Return a job of the kit's module."""
    return {"call": f"{_MODULE}:{call}", "arguments": arguments}


def members(trial: EngineTrial) -> None:
    """It has a name, the one it is registered under, and run."""
    made = trial.build()
    declared = trial.thing.declared or trial.thing.name
    expect(
        getattr(made, "name", None) == declared, f"it calls itself {getattr(made, 'name', None)!r}, not {declared!r}"
    )
    expect(callable(getattr(made, "run", None)), "it lacks run")


def results_in_order(trial: EngineTrial) -> None:
    """Results come in the order of the jobs, whichever ends first; no jobs give no results."""
    found = trial.run([job("twice", number=n) for n in range(5)])
    wanted = [{"result": 2 * n} for n in range(5)]
    expect(found == wanted, f"results {found} came; expected {wanted}")
    expect(trial.run([]) == [], "no jobs gave results")


def tells_progress(trial: EngineTrial) -> None:
    """It tells how many jobs are done, never less than before, up to all of them."""
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int, _message: str = "") -> None:
        told.append((done, total))

    trial.run([job("twice", number=4) for _ in range(3)], progress)
    done = [d for d, _ in told]
    expect(done == sorted(done), f"it told {done} jobs done, which goes back")
    expect(bool(told) and told[-1] == (3, 3), f"it told {told[-1:] or 'nothing'} last; expected [(3, 3)]")


def failures_are_told(trial: EngineTrial) -> None:
    """A job that raises ends the run with a DrugexpError that names the job and says why."""
    for call in ("fail", "crash"):
        try:
            trial.run([job("twice", number=4), job(call, sentence="the reagent ran out")])
        except DrugexpError as error:
            for part in (call, "the reagent ran out"):
                expect(part in str(error), f"the error does not say {part!r}: {error}")
            continue
        raise ConformanceError(f"the job {call!r} raised, and the run went on as if it had not")


def refuses_closures(trial: EngineTrial) -> None:
    """A job must be a name and plain JSON: functions and objects are refused."""
    odd: list[tuple[str, Job]] = [
        ("a function as its call", {"call": len, "arguments": {}}),
        ("a function as an argument", job("twice", number=lambda: 1)),
        ("a call that names nothing", {"call": f"{_MODULE}:no_such_job", "arguments": {}}),
    ]
    for what, wrong in odd:
        try:
            trial.run([wrong])
        except DrugexpError:
            continue
        raise ConformanceError(f"a job with {what} was taken")


RULES = listed(members, results_in_order, tells_progress, failures_are_told, refuses_closures)
