"""What an accelerator brings, and whether its numbers are those of the CPU.

    python benchmarks/gpu.py [-o benchmarks/results/gpu.md]

Runs on the device that JAX has, says which, and compares with the CPU of the same machine. Sizes follow from the
device; all can be given. `--library` is a table of molecules with a column of SMILES; without it that of the data
folder (`DRUGEXP_DATA`) is read.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import jax
from device import accuracy, ceilings, decode, inputs, screening, similar, start, training

from drugexp import api
from drugexp.registry import discover

SECTIONS = ("grid", "engine", "screen", "training", "similarity", "start")
ONE_PROGRAM = "A CPU has one program for float32, full and as JAX would: where the two differ, that is noise."
SIZES: dict[str, tuple[int, int]] = {  # on a CPU, on an accelerator
    "compounds": (1024, 20_480),
    "cells": (50, 50),
    "pairs": (4096, 65_536),
    "square": (1024, 8192),
    "megabytes": (256, 2048),
    "similar": (2000, 10_000),
    "many": (200_000, 1_000_000),
    "engine_compounds": (128, 1024),
    "fit_steps": (100, 500),
    "screen_compounds": (512, 8192),
}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path)
    for name in SIZES:
        parser.add_argument("--" + name.replace("_", "-"), type=int)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[64, 256, 1024])
    parser.add_argument("--tiles", type=int, nargs="+", default=[2048, 8192], help="samples in a tile of a screen")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--torch-compile", action=argparse.BooleanOptionalAction)
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args(given)
    on_device = jax.devices()[0].platform != "cpu"
    for name, sizes in SIZES.items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, sizes[on_device])
    if chosen.torch_compile is None:  # on a CPU it builds C++ for minutes
        chosen.torch_compile = on_device
    chosen.library = chosen.library or Path(os.environ["DRUGEXP_DATA"]) / "libraries" / "moses_200k.csv.gz"
    return chosen


def machine() -> str:
    """Return one line on what this ran on."""
    device = jax.devices()[0]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    kind = "no accelerator: all figures are of the CPU" if device.platform == "cpu" else device.device_kind
    stack = [f"{name} {_version(name)}" for name in ("jax", "flax", "numpy", "torch")]
    return f"{kind}; {cores} cores; Python {platform.python_version()}, {', '.join(stack)}; {date.today():%Y-%m-%d}."


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def main(given: Sequence[str] | None = None) -> None:
    chosen = arguments(given)
    lines = ["# An accelerator", "", machine(), ""]
    if jax.devices()[0].platform == "cpu":
        lines += [ONE_PROGRAM, ""]

    def add(part: list[str]) -> None:
        lines.extend(part)
        print("\n".join(part), flush=True)

    print("\n".join(lines), flush=True)
    if {"grid", "engine", "screen", "similarity"} & set(chosen.sections):
        registry, pipeline = discover(), api.load()
        library = inputs.library(chosen.library, chosen.compounds, chosen.cells, pipeline, registry)
    if {"grid", "engine", "screen"} & set(chosen.sections):
        models = {
            "the multi-task network": (inputs.fitted_network(library, chosen.fit_steps), library.network),
            "the bundled model": (pipeline.fitted, library.bundled),
        }
    if "grid" in chosen.sections:
        part = ceilings.section(chosen.square, chosen.pairs, chosen.megabytes, chosen.rounds)
        add(part)
        for name, (fitted, features) in models.items():
            add(decode.section(name, decode.Grid(fitted.factors(), features, chosen.pairs), chosen.rounds))
            add(accuracy.against_float64(fitted.factors(), features))
    if "engine" in chosen.sections:
        add(["## The engine", ""])
        for name, (fitted, features) in models.items():
            add([f"Of {name}:", ""])
            add(accuracy.through_the_engine(fitted, features, chosen.engine_compounds, chosen.rounds))
    if "screen" in chosen.sections:
        for name, (fitted, features) in models.items():
            add(screening.section(name, fitted, features, chosen.screen_compounds, chosen.tiles, chosen.rounds))
    optional: dict[str, Callable[[], list[str]]] = {
        "training": lambda: training.section(chosen.batch_sizes, chosen.rounds, compiled=chosen.torch_compile),
        "similarity": lambda: similar.section(library.bits, chosen.similar, chosen.many, chosen.rounds),
        "start": lambda: start.section(sorted({"cpu", jax.devices()[0].platform}), chosen.rounds),
    }
    for name, make in optional.items():
        if name in chosen.sections:
            add(make())
    if chosen.output:
        chosen.output.write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
