"""Does a screen survive any kill? Many in a row on one small screen, whose end must be that of an undisturbed one.

    python benchmarks/kills.py [--kills 100] [--seed 0] [-o benchmarks/results/kills.md]

`kill -9` meets the main process, one process that reads structures, or all of them: at any moment of a run, or while a
shard, its rejected rows, its receipt or the files of the end are being written, or between a shard and its receipt.
The same command is given again, with another number of workers, from another folder, with and without the memory of
descriptions, until all kills are dealt and the screen has ended. After each kill every file that stands under its own
name must have the bytes of the undisturbed screen; in the end the same files must stand and no other, and no process.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

VICTIMS = {"main process": 0.3, "one worker": 0.4, "all processes": 0.3}
AIMS = {"any moment": 0.4, "writing a shard": 0.15, "writing rejects": 0.15, "between": 0.1, "writing a receipt": 0.2}
PHASES = (
    "start",
    "computing",
    "writing rejects",
    "writing a shard",
    "between",
    "writing a receipt",
    "writing the end",
    "end",
)
WORDS = {"start": "starting, first structures", "between": "between shard and receipt", "end": "after the last shard"}
LONGEST_S = 6.0
PATIENCE = 8
"""Shards within which the moment that is aimed at is waited for."""
IN_A_ROW = 3
"""Workers killed without a new shard: a screen gives up rows of which five died."""
BAD = ("C1CC", "not a smiles", "C(C)(C)(C)(C)C")


def write_library(path: Path, source: Path, rows: int, rng: np.random.Generator) -> None:
    """Write rows of a packed table of SMILES with, in one of 25 places, a row that cannot be read."""
    with gzip.open(source, "rt", encoding="utf-8") as file, path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("id", "smiles"))
        for number, row in enumerate(islice(csv.DictReader(file), rows)):
            bad = rng.random() < 0.04
            table.writerow((f"n{number}", BAD[number % len(BAD)] if bad else row["smiles"]))


def write_signature(path: Path, model: str, rng: np.random.Generator) -> None:
    """Write a signature of 60 genes of a model."""
    from drugexp.api.models import load

    genes = rng.choice(load(model).genes.ids, 60, replace=False)
    lines = [f"{gene},{value:.3f}" for gene, value in zip(genes, rng.normal(size=60), strict=True)]
    path.write_text("\n".join(["gene,wanted", *lines]) + "\n")


@dataclass(frozen=True)
class Asked:
    """One screen, as often as it takes."""

    places: tuple[Path, ...]
    output: Path
    options: tuple[str, ...]
    workers: int

    def started(self, output: Path, rng: np.random.Generator) -> subprocess.Popen[bytes]:
        """Give its command, with what may differ chosen at random."""
        command = [sys.executable, "-m", "drugexp", "screen", "library.csv", "-o", str(output), *self.options]
        command += [
            "--workers",
            str(rng.integers(1, self.workers + 1)),
            *(["--no-cache"] if rng.random() < 0.5 else []),
        ]
        place = self.places[rng.integers(len(self.places))]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=place, start_new_session=True, **quiet)


def names(folder: Path) -> set[str]:
    """Return the files of a folder, temporary ones too."""
    found = set()
    for name in (".", "shards", "rejects"):
        if (folder / name).is_dir():
            found |= {str(one.relative_to(folder)) for one in (folder / name).iterdir()}
    return found - {"shards", "rejects"}


def is_partial(name: str) -> bool:
    """Return whether a file has a temporary name."""
    return Path(name).name.startswith(".") and name != ".lock"


def phase(there: set[str], shards: int, before: int) -> str:
    """Return in which phase a screen of so many shards is, of which so many stood when it was started."""
    for partial in filter(is_partial, there):
        folder, ending = Path(partial).parent.name, Path(partial).suffix
        if folder != "shards":
            return "writing rejects" if folder == "rejects" else "writing the end"
        return "writing a receipt" if ending == ".json" else "writing a shard"
    made, signed = (sum(n.startswith("shards/shard") and n.endswith(e) for n in there) for e in (".parquet", ".json"))
    if made > signed:
        return "between"
    if signed == shards:
        return "end"
    return "start" if signed == before else "computing"


def workers_of(pid: int) -> list[int]:
    """Return the living processes that read structures for another."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(status[1]) == pid and status[0] != "Z" and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def lives(pid: int) -> bool:
    """Return whether a process is there and no mere entry in a table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Faults(list[str]):
    """What went wrong, in words."""


class Killing:
    """Deals kills to one screen until they are spent.

    Parameters
    ----------
    asked, whole, kills, rng
        The screen, the folder of the undisturbed one, how many, and a generator.
    """

    def __init__(self, asked: Asked, whole: Path, kills: int, rng: np.random.Generator) -> None:
        self.asked, self.kills, self.rng = asked, kills, rng
        self.wanted = {name: (whole / name).read_bytes() for name in names(whole)}
        self.shards = sum(name.endswith(".parquet") for name in self.wanted)
        self.dealt: Counter[tuple[str, str]] = Counter()
        self.faults, self.checked = Faults(), set[str]()
        self.runs = self.left = 0
        self.stale = set[str]()

    def deal(self) -> None:
        """Start, kill, check, until all kills are dealt; then let the screen end."""
        while self.dealt.total() < self.kills:
            self._life(self.asked.started(self.asked.output, self.rng))
        self._end(self.asked.started(self.asked.output, self.rng))
        self.check(names(self.asked.output))
        there = names(self.asked.output)
        self.faults += [f"{name} is too many in the end" for name in sorted(there - set(self.wanted))]
        self.faults += [f"{name} is missing in the end" for name in sorted(set(self.wanted) - there)]

    def _life(self, run: subprocess.Popen[bytes]) -> None:
        self.runs += 1
        before, in_a_row, self.stale = self._signed(), 0, set(filter(is_partial, names(self.asked.output)))
        try:
            while self.dealt.total() < self.kills:
                victim = str(self.rng.choice(list(VICTIMS), p=list(VICTIMS.values())))
                if victim == "one worker" and in_a_row == IN_A_ROW:
                    continue
                if not self._wait(run, before):
                    return self._end(run)
                there = names(self.asked.output) - self.stale
                readers = workers_of(run.pid)
                if victim == "one worker":
                    if not readers:
                        run.send_signal(signal.SIGCONT)
                        continue
                    os.kill(int(self.rng.choice(readers)), signal.SIGKILL)
                    in_a_row = in_a_row + 1
                elif victim == "main process":
                    run.kill()
                else:
                    os.killpg(run.pid, signal.SIGKILL)
                self.dealt[victim, phase(there, self.shards, before)] += 1
                run.send_signal(signal.SIGCONT)
                if victim != "one worker":
                    run.wait()
                    self._gone(readers)
                    self.check(names(self.asked.output))
                    self.left += sum(map(is_partial, names(self.asked.output)))
                    return None
            return self._end(run)
        finally:
            _no_more(run)

    def _wait(self, run: subprocess.Popen[bytes], before: int) -> bool:
        """Wait for the moment of the next kill; False: the screen ended first."""
        aim = str(self.rng.choice(list(AIMS), p=list(AIMS.values())))
        if before == self.shards and aim != "any moment":
            aim = "writing the end"
        if aim == "any moment":
            with suppress(subprocess.TimeoutExpired):
                run.wait(float(self.rng.uniform(0, LONGEST_S)))
            return run.poll() is None
        first, aimed = self._signed(), aim == "writing the end"
        while run.poll() is None and not aimed and self._signed() <= before:
            time.sleep(0.01)
        # The main process is stopped for a look, so that what is seen is what is killed.
        while run.poll() is None:
            run.send_signal(signal.SIGSTOP)
            there = names(self.asked.output) - self.stale
            now, late = phase(there, self.shards, before), self._signed() >= first + PATIENCE
            if now == aim or (not aimed and (now == "writing the end" or late)):
                return True
            run.send_signal(signal.SIGCONT)
            time.sleep(float(self.rng.uniform(0, 0.004)))
        return False

    def _signed(self) -> int:
        return sum(name.startswith("shards/shard") and name.endswith(".json") for name in names(self.asked.output))

    def _gone(self, processes: list[int]) -> None:
        until = time.monotonic() + 20
        while any(map(lives, processes)):
            if time.monotonic() > until:
                self.faults.append("a process outlives the main one")
                return
            time.sleep(0.01)

    def _end(self, run: subprocess.Popen[bytes]) -> None:
        words = run.communicate()[1].decode(errors="replace").strip()
        if run.returncode != 4 or "Traceback" in words:
            self.faults.append(f"a run ended with code {run.returncode}: {words[-500:]}")

    def check(self, there: set[str]) -> None:
        """Hold files under their own names against those of the undisturbed screen, each once and those of the end."""
        for name in sorted(there - self.checked):
            if is_partial(name):
                continue
            if (self.asked.output / name).read_bytes() != self.wanted.get(name):
                self.faults.append(f"{name} is not that of the undisturbed screen")
            self.checked.add(name)


def _no_more(run: subprocess.Popen[bytes]) -> None:
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    if run.stderr is not None:
        run.stderr.close()


def same_rows(one: Path, other: Path) -> bool:
    """Return whether two screens hold the same decoded rows in the same order."""
    from drugexp.screening.read import tables

    return all(a.equals(b) for a, b in zip(tables(one), tables(other), strict=True))


def table(killing: Killing) -> str:
    """Return who was killed how often in which phase."""
    lines = ["| killed while | " + " | ".join(VICTIMS) + " | sum |", "|---|" + "---|" * (len(VICTIMS) + 1)]
    for at in PHASES:
        counts = [killing.dealt[victim, at] for victim in VICTIMS]
        lines.append(f"| {WORDS.get(at, at)} | " + " | ".join(map(str, counts)) + f" | {sum(counts)} |")
    sums = [sum(killing.dealt[victim, at] for at in PHASES) for victim in VICTIMS]
    lines.append("| sum | " + " | ".join(map(str, sums)) + f" | {sum(sums)} |")
    return "\n".join(lines)


def main() -> None:
    """Print and write one table; leaves with 1 where anything differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--shard", type=int, default=16)
    parser.add_argument("--workers", type=int, default=3, help="at most")
    parser.add_argument("--model", default="default")
    parser.add_argument("--cell", nargs="+", default=["MCF7", "A375"])
    parser.add_argument("--library", type=Path, help="packed table with a column of SMILES; default: of DRUGEXP_DATA")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    library = chosen.library or Path(os.environ["DRUGEXP_DATA"], "libraries", "moses_200k.csv.gz")
    rng = np.random.default_rng(chosen.seed)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        here = Path(place).resolve()
        os.environ["DRUGEXP_CACHE"] = str(here / "cache")
        places = (here / "a", here / "b")
        for one in places:
            one.mkdir()
        write_library(places[0] / "library.csv", library, chosen.rows, rng)
        shutil.copy(places[0] / "library.csv", places[1])
        write_signature(here / "wanted.csv", chosen.model, rng)
        cells = [text for cell in chosen.cell for text in ("--cell", cell)]
        options = ("--model", chosen.model, *cells, "--against", str(here / "wanted.csv"), "--hits", "50")
        asked = Asked(places, here / "killed", (*options, "--shard", str(chosen.shard)), chosen.workers)
        whole = here / "whole"
        undisturbed = asked.started(whole, rng)
        if undisturbed.wait() != 4:
            sys.exit(f"the undisturbed screen failed: {undisturbed.communicate()[1].decode()}")
        killing = Killing(asked, whole, chosen.kills, rng)
        killing.deal()
        if not same_rows(whole, asked.output):
            killing.faults.append("the decoded rows differ")
        told = json.loads((asked.output / "summary.json").read_text())
    text = [
        f"{killing.dealt.total()} times `kill -9` in {killing.runs} runs of one screen of {told['rows']:,} rows "
        f"({told['rejected']} rejected) in {told['shards']} shards, seed {chosen.seed}.",
        "",
        table(killing),
        "",
        f"Temporary files that kills left: {killing.left}; in the end: "
        f"{sum('too many' in fault for fault in killing.faults)}. {time.monotonic() - started:.0f} s.",
        "",
        "Every file, row and the hash are those of the undisturbed screen." if not killing.faults else "Faults:",
        *(f"- {fault}" for fault in killing.faults),
    ]
    print("\n".join(text))
    if chosen.output:
        chosen.output.write_text("\n".join(["# Kills", "", *text]) + "\n")
    sys.exit(bool(killing.faults))


if __name__ == "__main__":
    main()
