"""Screens: read and simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drugexp.contract import GeneAxis, Screen, parse_options
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.genes import landmark_axis
from drugexp.intake.screen_io import SCREEN_ENDING, write_screen
from drugexp.intake.store import read_screen as read_set
from drugexp.simulate import Simulation, SimulationOptions
from drugexp.simulate import simulate as make
from drugexp.simulate.platforms import two_platforms


def read_screen(name: str | Path, *, data_dir: str | Path | None = None, **options: Any) -> Screen:
    """Read a data set by its manifest's name, or a screen: a ``.screen`` folder, or an h5ad, GCT or GCTX file.

    Raises
    ------
    UsageError
        If the name is unknown.
    DataError
        If files are missing or altered.
    """
    return read_set(str(name), data_dir, options=options)


def simulate(
    output: str | Path | None = None,
    *,
    genes: GeneAxis | int | None = None,
    single_cells: str | Path | None = None,
    **options: Any,
) -> Simulation:
    """Make a synthetic screen with a planted mechanism.

    Parameters
    ----------
    output
        A ``.screen`` folder; what was planted is written beside it as ``<name>.mechanism.json``.
    genes
        The axis; a number: that many of the landmark genes; default: all of them.
    single_cells
        A second ``.screen`` folder, for what a single-cell platform shows of the last two thirds of the compounds; the
        first one then holds the first half of them.
    **options
        Fields of `drugexp.simulate.SimulationOptions`.

    Raises
    ------
    UsageError
        If an option is unknown or makes no sense, or the place cannot be written to.
    """
    for path in (output, single_cells):
        if path is not None and Path(path).suffix != SCREEN_ENDING:
            raise UsageError(f"{str(path)!r} does not end in {SCREEN_ENDING}", hint="Name a .screen folder.")
    made = make(parse_options(SimulationOptions, options), genes=_axis(genes))
    if single_cells is not None:
        bulk, cells = two_platforms(made)
        write_screen(cells, Path(single_cells))
        made = bulk
    if output is not None:
        output = Path(output)
        write_screen(made.screen, output)
        with atomic_path(output.with_suffix(".mechanism.json")) as partial:
            partial.write_text(json.dumps(made.mechanism.as_json(), indent=1), encoding="utf-8")
    return made


def _axis(genes: GeneAxis | int | None) -> GeneAxis:
    if isinstance(genes, GeneAxis):
        return genes
    landmarks = landmark_axis()
    count = len(landmarks) if genes is None else genes
    if not 1 <= count <= len(landmarks):
        raise UsageError(f"{count} genes were asked for; there are {len(landmarks)} landmark genes")
    return landmarks.subset(range(count))
