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
        answers = []
        with ThreadPoolExecutor(self.workers) as pool:
            for done, answer in enumerate(pool.map(run_job, jobs), start=1):
                answers.append(answer)
                progress(done, len(jobs))
        return answers
