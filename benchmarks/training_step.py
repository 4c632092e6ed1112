"""One training step of the multi-task network, beside the same network in PyTorch, in one run.

Run it as ``python benchmarks/training_step.py -o benchmarks/results/training_step.md``. The ratio is above 1 where
drugexp is faster. The row for PyTorch is left out where it is not installed.
Both work on a batch of the same size, gathered from the same tables, with
dropout, clipping and AdamW. The times are medians of interleaved rounds, of the
clock and of the processor: on a shared machine trust the latter. Last comes what
several updates a dispatch bring.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from drugexp.contract import Batch, GeneAxis, Target, Task, Unit
from drugexp.learn.network.options import TrainingOptions
from drugexp.learn.network.steps import programs
from drugexp.learn.network.tables import mean_profile, to_goals, to_tables
from drugexp.learn.precision import full_precision
from drugexp_networks.multitask import MultiTask, MultiTaskOptions

try:
    import torch
except ImportError:
    torch = None

COMPOUNDS, CELLS, SAMPLES, GENES, BITS, DESCRIPTORS = 1000, 50, 4000, 978, 2048, 16
NETWORK = MultiTaskOptions(dropout=0.2)


def data() -> tuple[Batch, np.ndarray]:
    rng = np.random.default_rng(0)
    batch = Batch(
        compound={
            "morgan_counts": rng.poisson(0.03, (COMPOUNDS, BITS)).astype(np.float32),
            "fast_descriptors": rng.normal(size=(COMPOUNDS, DESCRIPTORS)).astype(np.float32),
        },
        cell={"expression": rng.normal(size=(CELLS, GENES)).astype(np.float32)},
        compound_index=rng.integers(0, COMPOUNDS, SAMPLES).astype(np.int32),
        cell_index=rng.integers(0, CELLS, SAMPLES).astype(np.int32),
        dose_um=np.full(SAMPLES, 10, np.float32),
        hours=np.full(SAMPLES, 24, np.float32),
    )
    return batch, rng.normal(size=(SAMPLES, GENES)).astype(np.float32)


def jax_steps(batch: Batch, values: np.ndarray, size: int, per_call: int) -> Callable[[], None]:
    """Return a function that makes `per_call` updates in one dispatch."""
    task = Task("profile", GeneAxis(tuple(f"g{i}" for i in range(GENES))), Unit.ZSCORE)
    target = Target(task, np.arange(SAMPLES), values, np.ones(SAMPLES, np.float32))
    tables, goals = to_tables(batch), [to_goals(target, mean_profile(target))]
    template = {
        "compound": {name: table[0] for name, table in batch.compound.items()},
        "cell": {name: table[0] for name, table in batch.cell.items()},
        "dose_um": np.float32(0),
        "hours": np.float32(0),
    }
    options = TrainingOptions(steps_per_call=per_call)
    compiled = programs(MultiTask(), NETWORK, lambda params: params, template, [task], options, 10_000)
    members, key = compiled.start([0], False), jax.random.key(0)[None]
    rng = np.random.default_rng(0)

    def run() -> None:
        nonlocal members
        order = [rng.integers(0, SAMPLES, (per_call, 1, size)).astype(np.int32)]
        with full_precision():
            members = compiled.advance(members, key, tables, goals, order, 0, per_call)
        jax.block_until_ready(members)

    return run


def torch_steps(
    batch: Batch, values: np.ndarray, size: int, per_call: int, *, device: str = "cpu", compiled: bool = False
) -> Callable[[], None]:
    """Return a function that makes `per_call` updates of the same network, written as PyTorch is.

    `device` is PyTorch's name of where it runs; `compiled` sends the network through ``torch.compile``.
    """
    nn, width, code, rank = torch.nn, NETWORK.width, NETWORK.code, NETWORK.rank

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bits, self.descriptors = nn.Linear(BITS, width), nn.Linear(DESCRIPTORS, width, bias=False)
            self.compound = nn.Sequential(
                nn.LayerNorm(width), nn.GELU("tanh"), nn.Dropout(NETWORK.dropout), nn.Linear(width, code)
            )
            self.cell = nn.Sequential(
                nn.Linear(GENES, width),
                nn.LayerNorm(width),
                nn.GELU("tanh"),
                nn.Dropout(NETWORK.dropout),
                nn.Linear(width, 2 * code),
            )
            self.condition = nn.Sequential(nn.Linear(4, 2 * code), nn.GELU("tanh"), nn.Linear(2 * code, 2 * code))
            self.hidden = nn.Sequential(
                nn.LayerNorm(code), nn.Linear(code, width), nn.GELU("tanh"), nn.Dropout(NETWORK.dropout)
            )
            self.output, self.direct = nn.Linear(width, rank), nn.Linear(code, rank, bias=False)
            self.basis = nn.Linear(rank, GENES)

        def forward(self, bits: Any, descriptors: Any, cell: Any, condition: Any) -> Any:
            u = self.compound(self.bits(torch.log1p(bits)) + self.descriptors(torch.asinh(descriptors)))
            scale, shift = (self.condition(condition) + self.cell(cell)).chunk(2, dim=-1)
            fused = u * (1 + scale) + shift
            return self.basis(self.output(self.hidden(fused)) + self.direct(fused))

    net = Net().to(device)
    forward = torch.compile(net) if compiled else net
    rule = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    tables = {
        name: torch.from_numpy(table).to(device) for name, table in (*batch.compound.items(), *batch.cell.items())
    }
    compound, cell = (torch.from_numpy(index).long().to(device) for index in (batch.compound_index, batch.cell_index))
    dose, hours, truth = (torch.from_numpy(x).to(device) for x in (batch.dose_um, batch.hours, values))
    zeros = torch.zeros(size, device=device)

    def run() -> None:
        for _ in range(per_call):
            rows = torch.randint(0, SAMPLES, (size,), device=device)
            condition = torch.stack([torch.log10(dose[rows]), torch.log10(hours[rows] / 24), zeros, zeros], dim=-1)
            guess = forward(
                tables["morgan_counts"][compound[rows]],
                tables["fast_descriptors"][compound[rows]],
                tables["expression"][cell[rows]],
                condition,
            )
            loss = ((guess - truth[rows]) ** 2).mean()
            rule.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            rule.step()
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def interleaved(runs: dict[str, tuple[Callable[[], None], int]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return milliseconds a step by clock and by processor, medians over rounds in which each takes its turn."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, (run, steps) in runs.items():
            clock, processor = time.perf_counter(), time.process_time()
            run()
            spent = time.perf_counter() - clock, time.process_time() - processor
            if turn:  # the first compiles
                times[name].append((1e3 * spent[0] / steps, 1e3 * spent[1] / steps))
    return {name: (statistics.median(a for a, _ in t), statistics.median(b for _, b in t)) for name, t in times.items()}


def row(size: int, times: dict[str, tuple[float, float]]) -> str:
    """Return one line of the table: clock / processor milliseconds of a step, and how often the others take as long."""
    one, many = (times[f"drugexp, {n} steps a dispatch"] for n in (1, 16))
    other = times.get("PyTorch")
    cells = [
        pair(many),
        pair(other) if other else "not installed",
        pair((other[0] / many[0], other[1] / many[1]), 2) if other else "",
        pair((one[0] / many[0], one[1] / many[1]), 2),
    ]
    return f"| {size} | " + " | ".join(cells) + " |"


def pair(values: tuple[float, float], digits: int = 1) -> str:
    return " / ".join(f"{v:.{digits}f}" for v in values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 256])
    parser.add_argument("-o", "--output")
    arguments = parser.parse_args()
    batch, values = data()
    lines = [
        "# Training step",
        "",
        f"Default network with dropout 0.2 on {len(os.sched_getaffinity(0))} core(s); jax {jax.__version__}, "
        f"PyTorch {torch.__version__ if torch else 'absent'} (CPU). Milliseconds a step, clock / processor, medians of "
        f"{arguments.rounds} rounds taken in turn. Ratios above 1: drugexp is faster.",
        "",
        "| batch | drugexp | PyTorch | PyTorch over drugexp | 1 step a dispatch over 16 |",
        "|---|---|---|---|---|",
    ]
    for size in arguments.batch_sizes:
        runs = {f"drugexp, {n} steps a dispatch": (jax_steps(batch, values, size, n), n) for n in (1, 16)}
        if torch is not None:
            runs["PyTorch"] = (torch_steps(batch, values, size, 16), 16)
        lines.append(row(size, interleaved(runs, arguments.rounds)))
    print("\n".join(lines), flush=True)
    if arguments.output:
        Path(arguments.output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
