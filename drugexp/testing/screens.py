"""The small screens that models are tried on; their mechanism is `drugexp.simulate`'s."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from drugexp.contract import CENSORED, OBSERVED, GeneAxis, Screen, Task, Unit
from drugexp.learn.identity import identify
from drugexp.simulate import SimulationOptions, simulate

GENES = 40
OPTIONS = SimulationOptions(compounds=90, cells=3, pathways=6, noise=0.2, cell_effect=0.3, doses_um=(10.0,), seed=0)


@lru_cache(maxsize=1)
def kit_screen() -> Screen:
    """Return the kit's screen: 90 compounds, 3 cells, one dose, 40 genes, with standard structures."""
    axis = GeneAxis(tuple(f"GENE{i + 1}" for i in range(GENES)), "label")
    return identify(simulate(OPTIONS, genes=axis).screen).screen


def listed(screen: Screen, name: str, *, top: int = 10) -> Screen:
    """Return a screen that keeps only the strongest `top` genes of each profile; the rest is censored.

    For models that learn from lists of genes beside profiles.
    """
    bound = np.sort(np.abs(screen.values), axis=1)[:, -top]
    kept = np.abs(screen.values) >= bound[:, None]
    return replace(
        screen,
        name=name,
        values=np.where(kept, screen.values, 0),
        state=np.where(kept, OBSERVED, CENSORED).astype(np.uint8),
        bound=bound,
    )


def genes_only(screen: Screen, count: int) -> Screen:
    """Return the screen of the first genes."""
    state = None if screen.state is None else screen.state[:, :count]
    return replace(screen, values=screen.values[:, :count], genes=screen.genes.subset(range(count)), state=state)


def conditions(screen: Screen) -> np.ndarray:
    """Return the cell, dose and time of each sample as one label, (sample,)."""
    table = screen.samples[["cell", "dose_um", "hours"]]
    return pd.factorize(table.astype(str).agg("|".join, axis=1))[0]


def tasks() -> tuple[Task, Task]:
    """Return two tasks on different axes."""
    axes = (GeneAxis(tuple(f"{letter}{i}" for i in range(n)), "label") for letter, n in (("A", 7), ("B", 4)))
    first, second = axes
    return Task("first", first, Unit.ZSCORE), Task("second", second, Unit.LOG2FC)
