"""The mean of profiles brought to more equal lengths: a flattering compound-blind row."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from drugexp.contract import Examples, OneOf, Options, Span
from drugexp_baselines.closed_form import Arrays, measured
from drugexp_baselines.means import Zero


class NormalisedOptions(Options):
    """Options of the normalised mean.

    Attributes
    ----------
    power
        Each profile's difference to the mean is divided by its length to this power.
    """

    power: Annotated[float, Field(ge=0, le=1)] = 0.5


class NormalisedMean(Zero):
    """The mean profile plus the mean of the differences to it, these brought to more equal lengths.

    It is the same for every compound, yet correlates with the centred profiles:
    the plain mean is drawn by a few strong compounds, away from most others.
    A model that shortens strong profiles must beat this row.
    """

    name = "normalised-mean"
    Options = NormalisedOptions

    def search_space(self, options: NormalisedOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {"power": Span(0.0, 1.0)}

    def learn(self, train: Examples, options: NormalisedOptions) -> Arrays:
        """Return the one profile."""
        data = measured(train.primary)
        rest = np.where(data.weight > 0, data.values - data.mean, 0.0)
        share = np.maximum((data.weight > 0).mean(1), 1e-12)
        length = np.maximum(np.sqrt((rest**2).sum(1) / share), 1e-12) ** options.power
        even = rest * (length.mean() / length)[:, None]
        shift = (even * data.weight).sum(0) / np.maximum(data.weight.sum(0), 1e-12)
        return {"mean": (data.mean + shift).astype(np.float32)}
