"""The rows that stand beside every score: no score means anything alone."""

from __future__ import annotations

from typing import Literal

from drugexp.learn.recipe import ModelChoice

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


STANDARD = (
    Reference(name="zero", role="trivial"),
    Reference(name="mean", role="blind"),
    Reference(name="mean-per-cell", role="blind", conditions=True),
    Reference(name="mean-per-compound", role="trivial"),
    Reference(name="additive", role="trivial", conditions=True),
    Reference(name="cell-ridge", role="blind", conditions=True),
    Reference(name="compound-blind", role="blind", conditions=True),
    Reference(name="tanimoto-neighbours", role="reference"),
    Reference(name="svd-ridge", role="reference"),
    Reference(name="tanimoto-kernel-ridge", role="reference"),
)
"""What a plan gets when it names no references of its own."""
