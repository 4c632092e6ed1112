"""Gene-set enrichment of ranked genes by gseapy, an optional extra."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from drugexp.errors import PluginError

COLUMNS = ("set", "score", "normalised", "p_value", "q_value", "leading_edge")


def require_gseapy() -> Any:
    """Return the module gseapy, or raise `PluginError` with the command that brings it."""
    try:
        return importlib.import_module("gseapy")
    except ImportError:
        raise PluginError(
            "enrichment of ranked genes needs gseapy: pip install 'drugexp[enrichment]' (or use --test mean-z)"
        ) from None


def prerank(
    values: np.ndarray, genes: Sequence[str], sets: Mapping[str, Sequence[str]], *, draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return the enrichment of sets in ranked genes (Subramanian et al. 2005, PNAS 102:15545), weight 1.

    Parameters
    ----------
    values
        (gene,) changes.
    genes
        (gene,) names.
    sets
        Name -> genes; those that are too small or too large must be left out before.
    draws, seed
        Of the permutations of genes.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, the strongest first; the q-value is gseapy's false discovery rate.
    """
    module = require_gseapy()
    found = module.prerank(
        pd.Series(np.asarray(values, dtype=np.float64), index=list(genes)),
        {name: list(some) for name, some in sets.items()},
        weight=1.0,
        permutation_num=draws,
        min_size=1,
        max_size=len(genes),
        seed=seed,
        threads=1,
        outdir=None,
        no_plot=True,
    ).res2d
    names = {"Term": "set", "ES": "score", "NES": "normalised", "NOM p-val": "p_value", "FDR q-val": "q_value"}
    table = found.rename(columns={**names, "Lead_genes": "leading_edge"})[list(COLUMNS)]
    numbers = {c: pd.to_numeric(table[c]) for c in COLUMNS[1:5]}
    table = table.assign(**numbers, leading_edge=table["leading_edge"].str.replace(";", "|"))
    return table.sort_values("normalised", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)
