"""A study that several processes ask at once."""

import threading
from pathlib import Path

import pytest

pytest.importorskip("optuna")

import optuna

from drugexp.evaluate.tuning.study import asked

DRAWN = {"x": optuna.distributions.FloatDistribution(0.0, 1.0)}


def test_no_two_are_given_the_same_waiting_trial(tmp_path: Path) -> None:
    """Trials that a kill cut off wait in the study; two that asked for them at once were both given the first."""
    file, count, askers = tmp_path / "study.sqlite", 12, 4
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}})
    study = optuna.create_study(storage=storage, study_name="one")
    for i in range(count):
        study.enqueue_trial({"x": i / count})
    begin, numbers = threading.Barrier(askers), []

    def ask() -> None:
        mine = optuna.load_study(study_name="one", storage=storage)
        begin.wait()
        numbers.extend(asked(mine, DRAWN, file).number for _ in range(count // askers))

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(count))
    storage.engine.dispose()
