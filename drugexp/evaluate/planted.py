"""The ceiling of a synthetic screen: the planted change itself, held against the noisy measurement."""

from __future__ import annotations

import numpy as np

from drugexp.contract import Screen, parse_options
from drugexp.simulate import SimulationOptions, simulate
from drugexp.simulate.screens import NAME

_LABELS = ["perturbation", "cell", "dose_um", "hours", "batch"]


def planted_truth(screen: Screen) -> np.ndarray | None:
    """Return the profiles of a synthetic screen without noise, (sample, gene) float32.

    The screen names the options it was made with, which give the same screen
    and its truth anew. None for any other screen, or one that holds other
    values than these options give.

    Parameters
    ----------
    screen
        Any screen; samples may have been left out or put in another order.
    """
    options = screen.provenance.get("options")
    if screen.provenance.get("set") != NAME or options is None or screen.state is not None:
        return None
    made = simulate(parse_options(SimulationOptions, options), genes=screen.genes)
    place = made.screen.samples.reset_index(names="at")[["at", *_LABELS]]
    at = screen.samples[_LABELS].merge(place, on=_LABELS, how="left")["at"]
    if len(at) != len(screen) or at.isna().any():
        return None
    rows = at.to_numpy(dtype=np.int64)
    same = np.allclose(made.screen.values[rows], screen.values, rtol=1e-5, atol=1e-5)
    return made.truth[rows] if same else None
