"""What can be chosen about a synthetic screen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from drugexp.contract import Options
from drugexp.simulate.structures import MAX_COMPOUNDS, MAX_PATHWAYS

Positive = Annotated[float, Field(gt=0)]


class SimulationOptions(Options):
    """Size, design and difficulty of a synthetic screen.

    Attributes
    ----------
    compounds
        How many distinct compounds.
    cells
        How many cell lines.
    pathways
        How many substructures act, each on a pathway of its own.
    doses_um, hours
        Doses in uM and times in h; every cell is treated with each dose for each time.
    replicates
        How often each treatment is measured.
    measured
        Share of the cells x doses x times that is measured for a compound; each compound is measured at least once.
    noise
        Standard deviation of the measurement, in the unit of the values (z-scores).
    cell_effect
        How much a pathway's sensitivity depends on the expression of its markers; 0: all cells respond alike.
    scaffold_effect
        Standard deviation, for each gene, of a profile that all compounds of one scaffold share;
        0: scaffolds tell nothing.
    plates
        How many plates the compounds are dealt to; each replicate has its own.
    batch_effect
        Standard deviation, for each gene, of what a plate adds to all its profiles.
    seed
        Everything random follows from it.
    """

    compounds: Annotated[int, Field(ge=1, le=MAX_COMPOUNDS)] = 120
    cells: Annotated[int, Field(ge=1)] = 4
    pathways: Annotated[int, Field(ge=1, le=MAX_PATHWAYS)] = 6
    doses_um: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1.0, 10.0)
    hours: Annotated[tuple[Positive, ...], Field(min_length=1)] = (24.0,)
    replicates: Annotated[int, Field(ge=1)] = 1
    measured: Annotated[float, Field(gt=0, le=1)] = 1.0
    noise: Annotated[float, Field(ge=0)] = 0.5
    cell_effect: Annotated[float, Field(ge=0, le=1)] = 0.5
    scaffold_effect: Annotated[float, Field(ge=0)] = 0.0
    plates: Annotated[int, Field(ge=1)] = 1
    batch_effect: Annotated[float, Field(ge=0)] = 0.0
    seed: Annotated[int, Field(ge=0)] = 0

    @field_validator("doses_um", "hours")
    @classmethod
    def _each_once(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(values)) != len(values):
            raise ValueError("a value stands twice; ask for replicates instead")
        return values
