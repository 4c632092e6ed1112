"""What runs in a worker process: one job after another, until its parent lets go of the pipe."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from drugexp.contract.jobs import run_text
from drugexp.errors import DrugexpError


def work(pipe: Connection) -> None:
    """Answer each ``[job as JSON, number, total]`` with ``["result", text]`` or ``["error", text, exit code]``."""
    # An interrupt goes to the parent, which ends its workers; one that dies takes them with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    # Standard output belongs to the parent's answer.
    sys.stdout = sys.stderr
    while True:
        try:
            text, number, total = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        try:
            answer: list[str | int] = ["result", run_text(text, number, total)]
        except DrugexpError as error:
            answer = ["error", str(error), error.exit_code]
        pipe.send_bytes(json.dumps(answer).encode())


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
