"""Integration of several blocks of cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.biology.integration.found import Integration, cell_table
from drugexp.biology.integration.varying import varying
from drugexp.contract import Cells, Integrated, parse_options
from drugexp.errors import InputError, PluginError, UsageError, unknown
from drugexp.intake.genes import shortly
from drugexp.intake.omics.classes import classes_of, read_classes
from drugexp.intake.omics.sources import read_cells
from drugexp.intake.tables import read_table
from drugexp.registry import Registry, discover
from drugexp.represent.items import cell_items

LEAST = 5
"""Cells that a method can learn anything from."""
MOST = 2000
"""Features of a block that are integrated, where nothing else is said."""


def methods(registry: Registry | None = None) -> dict[str, Any]:
    """Return the featurisers of cells that can tell what they make of blocks, name -> class."""
    registry = registry or discover()
    found = {}
    for entry in registry.entries("featurizer"):
        try:
            loaded = registry.load("featurizer", entry.qualified)
        except PluginError:  # it lacks a package, or is broken: it can do nothing here
            continue
        if getattr(loaded, "of", "") == "cell" and hasattr(loaded, "integrated"):
            found[entry.declaration.name] = loaded
    return found


def integrate(
    blocks: Mapping[str, str | Path],
    *,
    method: str = "mofa",
    options: Mapping[str, Any] | None = None,
    outcome: str | Path | Mapping[str, str] | None = None,
    outcome_column: str = "",
    new: Mapping[str, str | Path] | None = None,
    scales: Mapping[str, str] | None = None,
    places: str | Path | None = None,
    most: int = MOST,
    data_dir: str | Path | None = None,
) -> Integration:
    """Bring several blocks of cells together: factors, components or clusters that they share.

    Parameters
    ----------
    blocks
        Name (``expression``, ``mutation``, ``copy_number``, ``methylation``, ``chromatin``, ``protein``) -> a file or
        a data set. Cells are matched by name, and may lack any block.
    method
        A featuriser of cells with this ability, such as ``mofa``.
    options
        Its own.
    outcome
        Classes of the cells, for methods that learn from them: a table (cells in the first column), or cell -> class.
        Cells without a class are left out.
    outcome_column
        Column of the classes; empty: the second one.
    new
        Blocks of further cells, which are placed and not learnt from.
    scales
        Block -> how its values come, where that is not clear.
    places
        A table of genes (``gene, chromosome, start, end, strand``) for regions that name none.
    most
        Of each block the features that vary most among the cells; 0: all of them.
    data_dir
        The data folder.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    known = methods()
    if method not in known:
        raise UsageError(unknown("method", method, known))
    featuriser = _built(known[method], method, options or {})
    where = None if places is None else read_table(places)
    cells, notes = read_cells(blocks, scales=scales, places=where, data_dir=data_dir, any_genes=True)
    said = list(notes)
    supervised = bool(getattr(featuriser, "supervised", False))
    if supervised and outcome is None:
        raise UsageError(f"{method} learns from classes of the cells", hint="Give a table of them with --outcome.")
    if outcome is not None and not supervised:
        able = [name for name, one in known.items() if getattr(one, "supervised", False)]
        raise UsageError(f"{method} learns from no outcome", hint=f"Methods that do: {', '.join(able) or 'none'}.")
    classes: list[str] = []
    if outcome is not None:
        cells, classes = _with_classes(cells, outcome, outcome_column, said)
    keep = [i for i in range(len(cells.ids)) if any(np.isfinite(b.values[i]).any() for b in cells.blocks.values())]
    if len(keep) < LEAST:
        raise InputError(f"{len(keep)} cells have measured values; integration needs {LEAST}")
    items, left = varying(cell_items(cells, np.array(keep)), most)
    said += left
    classes = [classes[i] for i in keep] if classes else []
    state = featuriser.fit_outcome(items, classes) if classes else featuriser.fit(items)
    found: Integrated = featuriser.integrated(items, state)
    tables = [cell_table(found, items.ids, items.blocks, True, classes)]
    if new:
        more, told = read_cells(new, scales=scales, places=where, data_dir=data_dir, any_genes=True)
        said += [f"new cells: {note}" for note in told]
        others = cell_items(more, np.arange(len(more.ids)))
        tables.append(cell_table(featuriser.integrated(others, state), others.ids, others.blocks, False, []))
    held = {
        name: (int(np.isfinite(values).any(axis=1).sum()), values.shape[1]) for name, values in items.blocks.items()
    }
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    lacking = [f"measured_{name}" for name in items.blocks]
    table = table.fillna(dict.fromkeys(lacking, 0.0))
    return Integration(method, found, table, held, (*said, *found.notes))


def _built(maker: Any, method: str, options: Mapping[str, Any]) -> Any:
    wanted = getattr(maker, "options", None)
    if wanted is None:
        if options:
            raise UsageError(f"{method} has no options; {', '.join(options)} was given")
        return maker()
    return maker(parse_options(wanted, dict(options), where=f"method {method!r}"))


def _with_classes(
    cells: Cells, outcome: str | Path | Mapping[str, str], column: str, said: list[str]
) -> tuple[Cells, list[str]]:
    """Return the cells whose class is stated, and these."""
    stated = dict(outcome) if isinstance(outcome, Mapping) else read_classes(outcome, column)[0]
    classes = classes_of(cells.ids, stated)
    keep = [i for i, one in enumerate(classes) if one]
    if not keep:
        raise InputError(
            f"none of the cells ({shortly(list(cells.ids))}) is named in the outcome ({shortly(list(stated))})"
        )
    if len(keep) < len(classes):
        said.append(f"{len(classes) - len(keep)} of {len(classes)} cells have no class and are left out")
    items = cell_items(cells, np.array(keep))
    blocks = {n: type(b)(items.blocks[n], b.features, b.unit) for n, b in cells.blocks.items()}
    return Cells(items.ids, blocks), [classes[i] for i in keep]
