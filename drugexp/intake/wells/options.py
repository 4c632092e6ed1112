"""What is asked of signatures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drugexp.contract.options import Options
from drugexp.contract.units import Unit
from drugexp.preprocess.plates import MIN_MAD

Normalise = Literal["control-difference", "control-z", "plate-centre", "plate-z"]

UNIT_OF: dict[Normalise, Unit] = {
    "control-difference": Unit.LOG2FC,
    "control-z": Unit.ZSCORE,
    "plate-centre": Unit.LOG2FC,
    "plate-z": Unit.ZSCORE,
}
"""What the numbers mean afterwards."""


class SignatureOptions(Options):
    """Options of `signatures`.

    Attributes
    ----------
    normalise
        How a plate is taken out of its wells. ``control-difference``: minus the mean of its control wells, the only
        one whose zero is the untreated cell and whose unit other sets share, and so the default. ``control-z``: robust
        z-score against them, which asks for ten or more. ``plate-centre`` and ``plate-z``: the same against all
        wells of the plate, for plates with few controls on which most treatments do little; what most
        treatments share is lost.
    collapse
        How replicates become one signature: ``modz``, weighted by how well each agrees with the others; ``mean``; or
        ``none``, each well its own signature.
    within_plate
        Replicates are those of one plate only.
    control_half
        None: all control wells serve. 0 or 1: one of two disjoint halves.
    quantile
        Give all wells one distribution first.
    depth
        Of counts: what makes depths equal, all counts of a well (``total``), or DESeq2's median ``ratio`` or
        ``poscounts``.
    prior_cpm
        Of counts: added to the counts per million before the logarithm.
    min_counts
        Of counts: genes with a smaller mean count over wells are left out, since they hold noise alone.
    min_mad
        Of z-scores: smallest median absolute deviation that divides, in log2 units.
    clip
        Of z-scores: values beyond it are set to it; None: they stay.
    need_smiles
        Treatments without a structure are rejected.
    seed
        Of the draws of chance and of the intervals.
    """

    normalise: Normalise = "control-difference"
    collapse: Literal["modz", "mean", "none"] = "modz"
    within_plate: bool = False
    control_half: Literal[0, 1] | None = None
    quantile: bool = False
    depth: Literal["total", "ratio", "poscounts"] = "total"
    prior_cpm: float = Field(default=1.0, gt=0)
    min_counts: float = Field(default=10.0, ge=0)
    min_mad: float = Field(default=MIN_MAD, gt=0)
    clip: float | None = Field(default=None, gt=0)
    need_smiles: bool = False
    seed: int = Field(default=0, ge=0)
