"""Gives every compound of a screen its standard structure and the keys it is grouped by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Rejected, parse
from drugexp.chemistry.scaffolds import scaffold
from drugexp.contract import Cells, Screen
from drugexp.intake.cells import attach_cells


@dataclass(frozen=True)
class Identified:
    """A screen whose compounds carry standard structures.

    Attributes
    ----------
    screen
        Samples of compounds without a usable structure are left out.
    rejected
        Perturbation id -> why its structure cannot be used.
    """

    screen: Screen
    rejected: dict[str, str]


def identify(screen: Screen, known: Cells | None = None) -> Identified:
    """Standardise the structures of a screen, and name its cells as the panel does.

    The InChIKey-14 of the source is kept, a missing one computed; the scaffold
    is always computed, so that all screens mean the same by it. Rows of other
    kinds (knock-downs) pass through untouched, controls are dropped: they have
    already served as the reference of the change.

    Parameters
    ----------
    screen
        As a reader gives it.
    known
        The panel of cell lines known by name; its expression is put on the screen's cells.
    """
    if known is not None and known.blocks and screen.cells.ids:
        screen = attach_cells(screen, known)
    table = screen.perturbations.copy()
    rejected: dict[str, str] = {}
    for at in np.flatnonzero((table["kind"] == "compound").to_numpy()):
        found = parse(str(table["smiles"].iat[at] or ""))
        if isinstance(found, Rejected):
            rejected[str(table["id"].iat[at])] = found.reason
            continue
        table.iat[at, table.columns.get_loc("smiles")] = found.smiles
        if not table["inchikey14"].iat[at]:
            table.iat[at, table.columns.get_loc("inchikey14")] = inchikey14(found.mol)
        table.iat[at, table.columns.get_loc("scaffold")] = scaffold(found.mol)
    keep = ~screen.samples["is_control"].astype(bool) & ~screen.samples["perturbation"].isin(list(rejected))
    usable = replace(screen, perturbations=table).take(keep.to_numpy())
    used = table["id"].isin(usable.samples["perturbation"].unique())
    return Identified(replace(usable, perturbations=table[used]), rejected)


def one_structure(screens: Sequence[Screen]) -> list[Screen]:
    """Give a compound one structure in all screens: that of the first screen that holds its InChIKey-14.

    Sources draw different tautomers of one compound. Left alone, these would
    be two structures with two scaffolds, and would tie unrelated groups.
    """
    first: dict[str, tuple[str, str]] = {}
    result = []
    for screen in screens:
        table = screen.perturbations.copy()
        rows = zip(table["inchikey14"], table["smiles"], table["scaffold"], strict=True)
        chosen = [first.setdefault(str(k), (s, f)) if k else (s, f) for k, s, f in rows]
        table["smiles"], table["scaffold"] = [s for s, _ in chosen], [f for _, f in chosen]
        result.append(replace(screen, perturbations=table))
    return result
