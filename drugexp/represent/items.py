"""From tables of perturbations and cells to the items that featurisers are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from drugexp.chemistry.parse import Compound, Rejected, parse
from drugexp.contract import Cells, Items


def compound_items(perturbations: pd.DataFrame) -> tuple[Items, dict[str, str]]:
    """Return the items of a table of perturbations, and why some of them have no usable structure.

    Parameters
    ----------
    perturbations
        Columns ``id``, ``smiles`` (empty or missing for a knock-down) and, if known, ``targets`` (joined by ``|``).

    Returns
    -------
    items
        With standardised SMILES and molecules; equal SMILES are parsed once.
    rejected
        id -> reason. Such an item stands without a structure.
    """
    ids = tuple(str(i) for i in perturbations["id"])
    given = [text if isinstance(text, str) and text.strip() else None for text in perturbations["smiles"]]
    parsed: dict[str | None, Compound | Rejected] = {text: parse(text) for text in dict.fromkeys(given) if text}
    rejected = {i: r.reason for i, text in zip(ids, given, strict=True) if isinstance(r := parsed.get(text), Rejected)}
    compounds = [c if isinstance(c := parsed.get(text), Compound) else None for text in given]
    targets = perturbations["targets"] if "targets" in perturbations else [""] * len(ids)
    items = Items(
        ids=ids,
        smiles=tuple(c.smiles if c else None for c in compounds),
        targets=tuple(tuple(t.split("|")) if isinstance(t, str) and t else () for t in targets),
        molecules=tuple(c.mol if c else None for c in compounds),
    )
    return items, rejected


def cell_items(cells: Cells, rows: np.ndarray) -> Items:
    """Return some cells of a panel, with all their blocks."""
    return Items(
        ids=tuple(cells.ids[i] for i in rows),
        blocks={name: block.values[rows] for name, block in cells.blocks.items()},
        axes={name: block.features for name, block in cells.blocks.items()},
    )


def take_items(items: Items, rows: np.ndarray) -> Items:
    """Return some of the items of compounds."""

    def some(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[i] for i in rows) if values else ()

    return Items(some(items.ids), some(items.smiles), some(items.targets), molecules=some(items.molecules))
