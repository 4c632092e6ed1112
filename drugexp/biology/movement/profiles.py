"""Profiles whose movement is told: predicted, with intervals, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from drugexp.biology.connect.references import References, of_screen, tamed
from drugexp.biology.naming import told_apart
from drugexp.contract import GeneAxis, Screen, Unit
from drugexp.errors import InputError, UsageError, unknown
from drugexp.predict.predictions import Predictions

LABELS = ("compound_id", "name", "cell", "dose_um", "hours")


@dataclass(frozen=True, eq=False)
class Profiles:
    """Changes of genes.

    Attributes
    ----------
    table
        One row a profile: ``query`` (a name of its own), `LABELS`, and of predictions ``in_domain, domain_reason``.
    values
        (profile, gene) in `unit`.
    compared
        (profile, gene) as tests and correlations see them: z-scores by their signed logarithm.
    lower, upper
        (profile, gene) ends of the interval; None where there is none.
    genes
        The axis.
    unit
        What the values mean, in words.
    coverage
        Of the intervals; NaN where there are none.
    kind
        What the profiles are, in words.
    """

    table: pd.DataFrame
    values: np.ndarray
    compared: np.ndarray
    lower: np.ndarray | None
    upper: np.ndarray | None
    genes: GeneAxis
    unit: str
    coverage: float
    kind: str

    def __len__(self) -> int:
        return len(self.table)

    def take(self, rows: np.ndarray) -> Profiles:
        """Return these profiles."""
        return replace(
            self,
            table=self.table.iloc[rows].reset_index(drop=True),
            values=self.values[rows],
            compared=self.compared[rows],
            lower=None if self.lower is None else self.lower[rows],
            upper=None if self.upper is None else self.upper[rows],
        )

    def picked(self, names: Sequence[str]) -> Profiles:
        """Return the profiles of compounds by their id or name, without regard to case.

        Raises
        ------
        UsageError
            If a name is not there.
        """
        if not names:
            return self
        texts = [self.table[c].astype(str).str.lower() for c in ("compound_id", "name", "query")]
        found = np.zeros(len(self), dtype=bool)
        for name in names:
            one = np.logical_or.reduce([t == name.strip().lower() for t in texts])
            if not one.any():
                valid = pd.concat([self.table["name"], self.table["compound_id"]]).drop_duplicates().astype(str)
                raise UsageError(unknown("compound", name, [v for v in valid if v]))
            found |= one
        return self.take(np.flatnonzero(found))


def of_predictions(predictions: Predictions) -> Profiles:
    """Return predicted profiles with their intervals."""
    if not predictions.unit.is_change:
        raise InputError(f"the model predicts {predictions.unit.label}, no changes.")
    table = predictions.table
    kept = table[["compound_id", "cell", "dose_um", "hours", "smiles", "in_domain", "domain_reason"]].reset_index(
        drop=True
    )
    kept = kept.assign(name=kept["compound_id"])
    kept.insert(0, "query", told_apart(kept))
    return Profiles(
        kept,
        predictions.mean,
        tamed(predictions.mean, predictions.unit),
        predictions.lower,
        predictions.upper,
        predictions.genes,
        predictions.unit.label,
        predictions.coverage,
        f"predicted by {predictions.model}",
    )


def of_measured(screen: Screen) -> Profiles:
    """Return the treated samples of a screen, on the genes that were measured in all of them."""
    found = of_screen(screen)
    rows = np.flatnonzero(~screen.samples["is_control"].to_numpy(dtype=bool))
    at = np.flatnonzero(found.used)
    values = np.asarray(screen.take(rows).values[:], dtype=np.float32)[:, at]
    return _measured(found, values, found.values[:, at], screen.unit)


def of_references(found: References, unit: Unit) -> Profiles:
    """Return profiles of a file of signatures, on the genes that all tell of."""
    at = np.flatnonzero(found.used)
    return _measured(found, found.values[:, at], found.values[:, at], unit)


def _measured(found: References, values: np.ndarray, compared: np.ndarray, unit: Unit) -> Profiles:
    table = found.labels[[*LABELS, "smiles"]].reset_index(drop=True)
    named = table.assign(name=[n or i for n, i in zip(table["name"], table["compound_id"], strict=True)])
    named.insert(0, "query", told_apart(named, "name"))
    genes = found.genes.subset(np.flatnonzero(found.used))
    return Profiles(named, values, compared, None, None, genes, unit.label, float("nan"), found.kind)
