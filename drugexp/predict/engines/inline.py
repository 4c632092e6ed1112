"""The engine that runs jobs in this process, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drugexp.contract import Progress, silent
from drugexp.contract.jobs import Job, job_text, results, run_text


class InlineEngine:
    """Runs jobs here and in turn; what other engines do must come to the same."""

    name = "inline"

    def run(self, jobs: Sequence[Job], *, progress: Progress = silent) -> Sequence[Mapping[str, Any]]:
        """Run every job and return their results in order.

        Raises
        ------
        DrugexpError
            Naming the first job that fails.
        """
        total = len(jobs)
        texts = [job_text(job, at, total) for at, job in enumerate(jobs, 1)]
        found = []
        for at, text in enumerate(texts, 1):
            progress(at - 1, total)
            found.append(run_text(text, at, total))
        progress(total, total)
        return results(found)
