"""A training step of the multi-task network on the device, beside PyTorch's on the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import training_step
from training_step import data, interleaved, jax_steps, torch_steps

from device.clock import table

CALLS = (1, 16, 64)
"""Updates in one dispatch."""


def section(sizes: list[int], rounds: int, *, compiled: bool) -> list[str]:
    """Return the lines of the report."""
    batch, values = data()
    torch, on_gpu = training_step.torch, jax.devices()[0].platform == "gpu"
    beside = torch is not None and (not on_gpu or torch.cuda.is_available())
    where = "cuda" if on_gpu else "cpu"
    rows: list[tuple[object, ...]] = []
    for size in sizes:
        runs: dict[str, tuple[Callable[[], Any], int]] = {
            f"{n} a dispatch": (jax_steps(batch, values, size, n), n) for n in CALLS
        }
        if beside:
            runs["PyTorch"] = (torch_steps(batch, values, size, 16, device=where), 16)
            if compiled:
                runs["torch.compile"] = (torch_steps(batch, values, size, 16, device=where, compiled=True), 16)
        times = {name: clock for name, (clock, _) in interleaved(runs, rounds).items()}
        best = times[f"{CALLS[-1]} a dispatch"]
        others = [times.get(name) for name in ("PyTorch", "torch.compile")]
        rows.append(
            (size, *(times[f"{n} a dispatch"] for n in CALLS), *(t or "" for t in others), *_over(others, best))
        )
    said = f"PyTorch {torch.__version__}" if beside else "PyTorch is not installed for this device"
    lines = [
        "## A training step",
        "",
        f"The multi-task network with dropout, clipping and AdamW, both in float32; {said}. Milliseconds a "
        "step, in turn; the ratios are above 1 where drugexp is faster.",
        "",
    ]
    head = " | ".join(f"drugexp, {n} steps a dispatch" for n in CALLS)
    return lines + table(f"batch | {head} | PyTorch | torch.compile | PyTorch over drugexp | torch.compile over", rows)


def _over(others: list[float | None], best: float) -> list[object]:
    return ["" if time is None else time / best for time in others]
