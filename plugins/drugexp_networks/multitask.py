"""The multi-task network: fingerprints and descriptors of a compound, its cell, dose and time."""

from __future__ import annotations

from functools import partial
from typing import Any

from flax import nnx
from pydantic import Field

from drugexp.contract import Options
from drugexp_networks.fusion import Fusion
from drugexp_networks.layers import Encoder
from drugexp_networks.trunk import Trunk
from drugexp_networks.trunk_network import TrunkNetwork, TrunkOptions


class BlindOptions(TrunkOptions):
    """Options of the network without a compound, beside those of every network.

    Attributes
    ----------
    cell_fusion
        How several `cell_features` come together: ``early``, one encoder reads all of them; ``intermediate``, one for
        each, and their codes are averaged; ``late``, one for each, and the predicted profiles are averaged. The last
        two pass over features that a cell lacks.
    cell_left_out
        Share of the `cell_features` that training leaves out at random, so that the network can do without any.
    """

    cell_fusion: Fusion = "early"
    cell_left_out: float = Field(0.0, ge=0, lt=1)


class MultiTaskOptions(BlindOptions):
    """Options of the network with a compound: those without, and `compound_features` that describe it."""

    compound_features: tuple[str, ...] = Field(("morgan_counts", "fast_descriptors"), min_length=1)


class CompoundBlind(TrunkNetwork):
    """Cell, dose and time to a profile: what every compound does there, on average."""

    name = "compound-blind"
    Options: type[Options] = BlindOptions
    knows_compounds = False

    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return none."""
        return ()

    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> Trunk:
        """Return a trunk; with a compound its blocks go through an `Encoder`."""
        shape = {"width": options.width, "depth": options.depth, "dropout": options.dropout}
        encoder = partial(Encoder, compound, code=options.code, **shape) if compound else None
        return Trunk(encoder, cell, options, fusion=options.cell_fusion, left_out=options.cell_left_out, rngs=rngs)


class MultiTask(CompoundBlind):
    """Compound, cell, dose and time to a profile for each task."""

    name = "multitask"
    Options: type[Options] = MultiTaskOptions
    knows_compounds = True

    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return the features that the options name."""
        return options.compound_features
