"""The training compounds behind a prediction: by the model's own weights, or those that look most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drugexp.biology.attribution.inputs import Query, one_row
from drugexp.chemistry.fingerprints import bits as morgan_bits
from drugexp.contract import Fitted, Representers
from drugexp.errors import ModelError
from drugexp.learn.domain import Domain

_CLOSE = 1e-3  # of the largest change of the profile, or of 1


@dataclass(frozen=True)
class Companion:
    """A training compound that a prediction rests on.

    Attributes
    ----------
    compound
        Its name.
    similarity
        Tanimoto similarity of Morgan bits to the compound that is explained; NaN if not known.
    share
        What its training profiles add to the prediction, in the model's space; NaN where the model has no such
        weights.
    """

    compound: str
    similarity: float
    share: float = float("nan")


def nearest_companions(query: Query, domain: Domain | None, most: int) -> tuple[Companion, ...]:
    """Return the training compounds that look most like the query's, the nearest first; ties by their order.

    Parameters
    ----------
    query
        The compound.
    domain
        What the model has learnt; None: nothing is known of it.
    most
        How many.
    """
    if domain is None:
        return ()
    similarity = similarities(query, domain)
    order = np.argsort(-similarity, kind="stable")[:most]
    return tuple(Companion(domain.compounds[i], float(similarity[i])) for i in order)


def similarities(query: Query, domain: Domain) -> np.ndarray:
    """Return the Tanimoto similarity of Morgan bits to each training compound, (compound,) float64."""
    own = morgan_bits([query.mol])[0].astype(np.float64)
    known = np.unpackbits(domain.bits, axis=1)
    both = known @ own
    return np.asarray(both / np.maximum(known.sum(axis=1) + own.sum() - both, 1))


def weighted_companions(
    fitted: Fitted,
    query: Query,
    weights: np.ndarray,
    values: np.ndarray,
    compounds: Sequence[str],
    domain: Domain | None,
    most: int,
) -> tuple[Companion, ...] | str:
    """Return the training compounds whose profiles add most to a prediction, whatever the sign; or why not.

    A prediction of such a model is a weighted sum of its training profiles (the representer theorem: Kimeldorf and
    Wahba 1971, J. Math. Anal. Appl. 33:82), and each profile's term is its share. The sum must give the prediction,
    else the profiles are not those of the training.

    Parameters
    ----------
    fitted
        May have the ability ``representer_weights``.
    query
        One compound and cell.
    weights
        (gene,) of the target.
    values
        (training sample, gene) in the model's space, in the order of the training.
    compounds
        (training sample,) names.
    domain
        Gives similarities.
    most
        How many.
    """
    ability = getattr(fitted, "representer_weights", None)
    if ability is None:
        return "this model has no weights of training profiles: those that look most alike are told"
    batch = query.batch(one_row(query.compound), one_row(query.cell))
    try:
        found: Representers = ability(batch)
    except ModelError as error:
        return error.message
    own = np.asarray(found.weights, dtype=np.float64)[0]
    if len(own) != len(values):
        return f"the model learnt from {len(own):,} profiles and the training screen has {len(values):,}"
    profile = np.asarray(fitted.predict(batch).mean, dtype=np.float64)[0]
    rebuilt = np.reshape(found.offset, (-1, len(profile)))[0] + own @ values
    if np.abs(rebuilt - profile).max() > _CLOSE * max(float(np.abs(profile).max()), 1.0):
        return "the training screen is not what the model learnt from: its weighted sum is not the prediction"
    names, at = np.unique(np.asarray(compounds, dtype=object).astype(str), return_inverse=True)
    shares = np.bincount(at.ravel(), weights=own * (values @ weights), minlength=len(names))
    near = {} if domain is None else dict(zip(domain.compounds, similarities(query, domain).tolist(), strict=True))
    order = np.argsort(-np.abs(shares), kind="stable")[:most]
    return tuple(Companion(str(names[i]), near.get(str(names[i]), float("nan")), float(shares[i])) for i in order)
