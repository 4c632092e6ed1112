"""Gene knock-downs in several cell lines: log2 intensity over the line's control."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import MISSING, OBSERVED, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.genes import landmark_axis, reconcile
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import numbers, read_parquet

_GENE, _CONTROL, _PREFIX = "measured_gene", "control_last_column", "KD_"


class KnockdownOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    floor
        Intensities below it are raised to it before the logarithm: under the
        faintest thousandth of the values there is only noise.
    """

    floor: float = 100.0


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read one table a cell line, named after it.

    Each line measures some of the landmark genes; the others are missing
    there. Older symbols are read as today's. The perturbation ``KD:GENE`` is
    the loss of one gene, its only target.
    """
    chosen = parse_options(KnockdownOptions, options, where=f"data set {manifest.name!r}")
    axis = landmark_axis()
    values, states = [], []
    targets: list[str] = []
    cells: list[str] = []
    for name, path in sorted(files.items()):
        table = read_parquet(path, (_GENE, _CONTROL))
        measured = reconcile(text(table[_GENE]).tolist())
        if measured.unknown:
            raise DataError(f"{measured.unknown[0]!r} is no landmark gene", where=f"{manifest.name}/{name}")
        columns = [c for c in table.columns if c.startswith(_PREFIX)]
        log2 = np.log2(np.maximum(numbers(table, (*columns, _CONTROL), f"{manifest.name}/{name}"), chosen.floor))
        change = measured.collapse((log2[:, :-1] - log2[:, -1:]).T)
        values.append(np.nan_to_num(change))
        states.append(np.where(np.isnan(change), MISSING, OBSERVED).astype(np.uint8))
        targets += _current([c.removeprefix(_PREFIX) for c in columns])
        cells += [Path(name).stem] * len(columns)
    state = np.concatenate(states)
    seen = np.flatnonzero((state == OBSERVED).any(axis=0))
    symbols = sorted(set(targets))
    perturbations = perturbation_table([f"KD:{g}" for g in symbols], kind="knockdown", name=symbols, targets=symbols)
    samples = sample_table(len(targets), perturbation=[f"KD:{g}" for g in targets], cell=cells)
    return Screen(
        manifest.name,
        np.concatenate(values)[:, seen].astype(np.float32),
        axis.subset(seen),
        Unit.LOG2FC,
        samples,
        perturbations,
        Cells(tuple(dict.fromkeys(cells))),
        np.ascontiguousarray(state[:, seen]),
    )


def _current(symbols: list[str]) -> list[str]:
    """Return today's symbols; one that is no landmark gene stays as it is."""
    positions = reconcile(symbols).positions
    return [landmark_axis().ids[p] if p >= 0 else s for s, p in zip(symbols, positions, strict=True)]
