"""Beside what users run today: `chemprop predict`, and a plain script of RDKit and PyTorch."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
from device.clock import table

from screening.processes import Ran, ran
from screening.stream import forget, screened

EPOCHS, FIT_ROWS, GENES = 3, 64, 978


def chemprop_model(python: Path, smiles: list[str], folder: Path) -> Path:
    """Train chemprop with its default sizes on 978 outputs, as briefly as can be, and return where it lies."""
    out = folder / "chemprop"
    if not out.is_dir():
        values = np.random.default_rng(0).normal(size=(FIT_ROWS, GENES))
        table_path = folder / "chemprop.csv"
        head = "smiles," + ",".join(f"g{i}" for i in range(GENES))
        rows = (f"{s}," + ",".join(f"{v:.3f}" for v in each) for s, each in zip(smiles, values, strict=False))
        table_path.write_text("\n".join([head, *rows]) + "\n")
        command = [python.parent / "chemprop", "train", "-i", table_path, "-s", "smiles", "-o", out]
        more = ["--epochs", EPOCHS, "--task-type", "regression", "--num-workers", 0, "--accelerator", "cpu"]
        ran([str(x) for x in (*command, *more)])
    return out


def peers(library: Path, model: str, folder: Path, python: Path, rounds: int, workers: int) -> list[str]:
    """Return a table of molecules a second with start-up off and on, peak memory and start-up, whole processes.

    Parameters
    ----------
    library
        Lines of SMILES and name.
    model
        Of drugexp.
    python
        Of an environment with chemprop, torch and rdkit.
    """
    smiles = [line.split()[0] for line in library.read_text().splitlines()]
    many, one = folder / "many.csv", folder / "one.csv"
    many.write_text("smiles\n" + "\n".join(smiles) + "\n")
    one.write_text("smiles\nCCO\n")
    single = folder / "one.smi"
    single.write_text("CCO ethanol\n")
    trained = chemprop_model(python, smiles, folder)
    script = str(Path(__file__).with_name("plain_torch.py"))

    def chemprop(path: Path) -> Ran:
        made = [python.parent / "chemprop", "predict", "-i", path, "-s", "smiles", "-o", folder / "chemprop_out.csv"]
        more = ["--model-paths", trained, "--num-workers", 0, "--accelerator", "cpu", "--batch-size", 512]
        return ran([str(x) for x in (*made, *more)], memory=True)

    def torch(path: Path) -> Ran:
        return ran([str(python), script, str(path), str(folder / "torch.npy")], memory=True)

    def anew(path: Path) -> Ran:
        forget(folder)
        return screened(path, model, folder, "--workers", workers, memory=True)

    ways: dict[str, tuple[Callable[[Path], Ran], Path, Path]] = {
        "chemprop predict 2.3.1, default sizes, 978 outputs": (chemprop, many, one),
        "RDKit + PyTorch in one loop, the same network": (torch, library, single),
        "drugexp screen": (anew, library, single),
    }
    whole: dict[str, list[Ran]] = {way: [] for way in ways}
    start: dict[str, list[Ran]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, (run, path, alone) in ways.items():
            start[way].append(run(alone))
            whole[way].append(run(path))
    lines: list[tuple[object, ...]] = []
    for way in ways:
        total, empty = (statistics.median(r.seconds for r in each[way]) for each in (whole, start))
        peak = statistics.median(r.peak_mb for r in whole[way])
        lines.append((way, len(smiles) / (total - empty), len(smiles) / total, empty, peak))
    head = "what | profiles/s, start-up off | with it | start-up, s | peak memory, MB"
    return [*table(head, lines), f"{len(smiles):,} molecules, each to 978 genes, on the same cores.", ""]
