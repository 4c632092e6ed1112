"""The 978 landmark genes of the L1000."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from drugexp.contract.axis import GeneAxis


@cache
def landmark_axis() -> GeneAxis:
    """Return the 978 landmark genes by symbol, in the order of every landmark table."""
    return GeneAxis(tuple(_table()["symbol"]))


@cache
def landmark_entrez() -> tuple[str, ...]:
    """Return the Entrez id of each landmark gene, in the order of `landmark_axis`."""
    return tuple(_table()["entrez"])


@cache
def landmark_ensembl() -> tuple[str, ...]:
    """Return the Ensembl id of each landmark gene, without a version, in the order of `landmark_axis`."""
    return tuple(_table()["ensembl"])


@cache
def older_landmark_symbols() -> Mapping[str, int]:
    """Return symbol of older L1000 files in upper case -> position; the files gave its Entrez id beside it."""
    pairs = ((older, at) for at, names in enumerate(_table()["aliases"]) for older in names.split("|") if older)
    return MappingProxyType({older.upper(): at for older, at in pairs})


@cache
def _table() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("landmark_genes.csv"), comment="#", dtype=str, keep_default_na=False)
