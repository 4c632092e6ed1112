"""Runs jobs in threads of this process."""

from concurrent.futures import ThreadPoolExecutor

from drugexp.contract import run_job


class MyPlugin:
    """Good for jobs that wait: for a file, a machine, an instrument."""

    name = "my-plugin"

    def __init__(self, workers=2):
        self.workers = workers

    def run(self, jobs, *, progress):
        """Run every job and return the answers in the order of the jobs."""
        total, answers = len(jobs), []
        with ThreadPoolExecutor(self.workers) as pool:
            for answer in pool.map(run_job, jobs, range(1, total + 1), [total] * total):
                answers.append(answer)
                progress(len(answers), total)
        return answers
