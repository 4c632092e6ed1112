"""Reference signatures: measured profiles of a screen, or profiles that a model predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drugexp.contract import OBSERVED, GeneAxis, Screen, Unit
from drugexp.errors import InputError
from drugexp.intake.signature_file import LEAST_GENES, SignatureTable
from drugexp.learn.transforms import signed_log
from drugexp.predict.predictions import Predictions

LABELS = ("compound_id", "name", "cell", "dose_um", "hours", "smiles", "inchikey14")


@dataclass(frozen=True, eq=False)
class References:
    """Profiles of compounds.

    Attributes
    ----------
    labels
        One row a profile: `LABELS`, and for predicted ones ``in_domain``, ``domain_reason``.
    values
        (reference, gene) float32 changes; z-scores as ``sign(z) * ln(1 + |z|)``, so that no gene outweighs all others.
    genes
        The axis.
    used
        (gene,) bool: genes that all profiles tell of.
    kind
        What they are, for words.
    """

    labels: pd.DataFrame
    values: np.ndarray
    genes: GeneAxis
    used: np.ndarray
    kind: str

    def __len__(self) -> int:
        return len(self.labels)


def of_screen(screen: Screen) -> References:
    """Return the treated samples of a screen of changes.

    Raises
    ------
    InputError
        If its values are no changes, it has no treated sample, or too few genes are measured in all of them.
    """
    if not screen.unit.is_change:
        raise InputError(
            f"{screen.name!r} holds {screen.unit.label}, no changes.",
            hint="Make signatures of wells first: drugexp data signatures.",
        )
    rows = np.flatnonzero(~screen.samples["is_control"].to_numpy(dtype=bool))
    if not len(rows):
        raise InputError(f"{screen.name!r} has no treated sample.")
    kept = screen.take(rows)
    values = np.asarray(kept.values[:], dtype=np.float32)
    state = None if kept.state is None else np.asarray(kept.state[:])
    used = np.ones(values.shape[1], dtype=bool) if state is None else (state == OBSERVED).all(axis=0)
    if used.sum() < LEAST_GENES:
        raise InputError(
            f"{screen.name!r} has {int(used.sum())} genes that were measured in every sample; at least {LEAST_GENES} "
            "are needed. Lists of the strongest genes are no profiles."
        )
    compounds = kept.perturbations.set_index("id").loc[kept.samples["perturbation"]]
    labels = pd.DataFrame(
        {
            "compound_id": kept.samples["perturbation"].to_numpy(),
            "name": compounds["name"].to_numpy(),
            **{c: kept.samples[c].to_numpy() for c in ("cell", "dose_um", "hours")},
            **{c: compounds[c].to_numpy() for c in ("smiles", "inchikey14")},
        }
    )
    return References(labels, tamed(values, screen.unit), screen.genes, used, f"measured profiles of {screen.name}")


def of_predictions(predictions: Predictions, keys: Sequence[str]) -> References:
    """Return predicted profiles.

    Parameters
    ----------
    predictions
        Of a model whose unit is a change.
    keys
        (query,) InChIKey-14.
    """
    if not predictions.unit.is_change:
        raise InputError(f"the model predicts {predictions.unit.label}, no changes.")
    table = predictions.table
    labels = table[["compound_id", "cell", "dose_um", "hours", "smiles", "in_domain", "domain_reason"]]
    labels = labels.assign(name=table["compound_id"], inchikey14=list(keys))
    used = np.ones(len(predictions.genes), dtype=bool)
    values = tamed(predictions.mean, predictions.unit)
    return References(labels, values, predictions.genes, used, f"profiles that {predictions.model} predicts")


def of_table(table: SignatureTable, genes: GeneAxis, where: str) -> References:
    """Return signatures of a file; their names stand for compounds."""
    used = ~np.isnan(table.values).any(axis=0)
    if used.sum() < LEAST_GENES:
        raise InputError(f"the profiles share {int(used.sum())} genes; at least {LEAST_GENES} are needed", where=where)
    labels = pd.DataFrame({"compound_id": table.names, "name": table.names, "cell": "", "smiles": "", "inchikey14": ""})
    labels = labels.assign(dose_um=np.nan, hours=np.nan)
    return References(labels, np.where(used, table.values, 0.0).astype(np.float32), genes, used, f"profiles of {where}")


def tamed(values: np.ndarray, unit: Unit) -> np.ndarray:
    """Return changes as they are compared: z-scores by their signed logarithm, all others as they are."""
    return (signed_log(values) if unit is Unit.ZSCORE else values).astype(np.float32)
