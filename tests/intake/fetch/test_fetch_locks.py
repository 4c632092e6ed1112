"""The lock: one holder at a time, and a dead one holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from drugexp.intake.fetch.locks import held

_HOLD = """
import sys, time
from pathlib import Path
from drugexp.intake.fetch.locks import held
with held(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    time.sleep(60)
"""


def test_only_one_holds_it_and_the_other_is_told_once(tmp_path: Path) -> None:
    lock, inside, told, most = tmp_path / "x.lock", [], [], []

    def enter() -> None:
        for _ in range(20):
            with held(lock, lambda: told.append(1)):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 80
    assert len(told) <= 80
    assert not lock.exists()


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(lock)], stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    waited = threading.Event()

    def waiting() -> None:
        waited.set()
        holder.send_signal(signal.SIGKILL)

    with held(lock, waiting):
        assert waited.is_set(), "it was held by another process"
    holder.communicate()
    assert not lock.exists()
