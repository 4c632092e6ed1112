"""The rows that stand beside every score: no score means anything alone."""

from __future__ import annotations

from typing import Literal

from drugexp.contract import Options, parse_options
from drugexp.learn.recipe import ModelChoice, read_toml
from drugexp.places import packaged_folder

Role = Literal["trivial", "blind", "reference", "model", "shuffled_compounds", "shuffled_cells", "ceiling"]
"""What a row of a leaderboard is.

trivial
    Uses no structure, or only knows compounds again.
blind
    Never sees the compound; the best of these is the base that gains are counted from.
reference
    A plain model that does see the structure.
model
    What the plan asks about.
shuffled_compounds, shuffled_cells
    The same model with wrong structures, or wrong cells.
ceiling
    Replicates as predictions of each other.
"""


class Reference(ModelChoice):
    """A registered model that is scored beside the plan's own.

    Attributes
    ----------
    role
        What it stands for.
    conditions
        Whether it differs from the plain mean only where samples state cells, doses or times.
    """

    role: Literal["trivial", "blind", "reference"]
    conditions: bool = False


class _References(Options):
    references: tuple[Reference, ...]


def standard() -> tuple[Reference, ...]:
    """Return what a plan gets when it names no references of its own: ``configs/references.toml``."""
    path = packaged_folder("configs") / "references.toml"
    return parse_options(_References, read_toml(path), where=str(path)).references
