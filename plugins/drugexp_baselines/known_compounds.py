"""Compounds of the training set, told by their fingerprint, and what each adds to the expected profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from drugexp.chemistry.packing import pack_counts, unpack_counts
from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import Batch, Options, Span
from drugexp_baselines.closed_form import Arrays
from drugexp_baselines.grouping import UNKNOWN, match_rows, row_keys, shrunken_means

COMPOUND_FEATURE = "morgan_counts"


class CompoundOptions(Options):
    """How the effects of compounds are shrunken.

    Attributes
    ----------
    shrink_rows
        Rows of evidence that draw a compound's effect to 0.
    """

    shrink_rows: float = 1.0


COMPOUND_SHRINKAGE = Span(0.1, 30.0, log=True)
"""What is worth trying of ``CompoundOptions.shrink_rows``."""


def distinct_compounds(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct fingerprints of the samples, (compound, feature), and each sample's row among them.

    Perturbations without a structure (a row of zeros) are left out, with `UNKNOWN` as their row.
    """
    table = np.asarray(batch.compound[COMPOUND_FEATURE], dtype=np.float32)
    used = np.unique(batch.compound_index)
    used = used[table[used].any(1)]
    first = {key: int(i) for i, key in zip(used[::-1], row_keys(table[used])[::-1], strict=True)}
    known = table[np.array(sorted(first.values()), dtype=np.int64)]
    return known, match_rows(known, table)[batch.compound_index]


def similarities(arrays: Mapping[str, Any], batch: Batch) -> np.ndarray:
    """Return the similarity of each unique compound of the batch to each of training, (compound, known)."""
    return count_tanimoto(np.asarray(batch.compound[COMPOUND_FEATURE]), unpack_counts(arrays["compounds"]))


def learn_compounds(batch: Batch, rest: np.ndarray, weight: np.ndarray, options: CompoundOptions) -> Arrays:
    """Return ``compounds`` (packed fingerprints) and ``compound_effect`` (compound, gene).

    Parameters
    ----------
    rest, weight
        (row, gene): what is left of the values after what is common to compounds.
    """
    known, index = distinct_compounds(batch)
    effect = shrunken_means(rest, weight, index, len(known), options.shrink_rows)
    return {"compounds": pack_counts(known), "compound_effect": effect.astype(np.float32)}


def compound_effects(arrays: Mapping[str, Any], batch: Batch) -> np.ndarray:
    """Return the effect of each sample's compound, (sample, gene); 0 for a compound not seen in training."""
    table = np.asarray(batch.compound[COMPOUND_FEATURE])
    index = match_rows(unpack_counts(arrays["compounds"]), table)
    index = np.where(index == UNKNOWN, len(arrays["compound_effect"]), index)
    nothing = np.zeros((1, arrays["compound_effect"].shape[1]), dtype=np.float32)
    return np.vstack([arrays["compound_effect"], nothing])[index[batch.compound_index]]
