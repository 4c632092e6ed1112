"""Rows of another platform as further rows of the primary task.

They are put on the primary's genes, and brought to its scale gene by gene, by what training rows of both teach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from drugexp.contract import GeneAxis, Target
from drugexp.errors import InputError, UsageError
from drugexp.learn.prepare import state_of, with_nan
from drugexp.preprocess.combat import fit_combat

Mix = Literal["plain", "scaled", "aligned"]
"""How rows of another platform come in.

plain
    As they are.
scaled
    Each gene is given the spread it has on the primary platform.
aligned
    Each gene is given the spread and the mean it has there: what the platform adds to every profile goes out, so
    that a prediction is one for the primary platform.
"""


def mix_in(primary: Target, others: Sequence[tuple[Target, Mix]]) -> Target:
    """Return the primary target with the rows of others behind its own.

    Parameters
    ----------
    primary
        Its values, axis and unit stay.
    others
        Targets of other platforms, and how each comes in. The weight of a task becomes a factor of the weights
        of its rows.

    Raises
    ------
    UsageError
        If a platform shares no gene with the primary, is in a unit that cannot be brought to the primary's, lists
        its strongest genes only, or stays on disk.
    """
    if not others:
        return primary
    own = with_nan(primary)
    parts = [_named(target, primary, own, mix) for target, mix in others]
    values = np.concatenate([own, *parts])
    return replace(
        primary,
        rows=np.concatenate([primary.rows, *(t.rows for t, _ in others)]),
        values=np.nan_to_num(values),
        state=state_of(values),
        weight=np.concatenate([primary.weight, *(t.weight * np.float32(t.task.weight) for t, _ in others)]),
    )


def _named(target: Target, primary: Target, own: np.ndarray, mix: Mix) -> np.ndarray:
    try:
        _check_units(primary, target, mix)
        return to_platform(on_axis(with_nan(target), target.task.genes, primary.task.genes), own, mix)
    except (InputError, UsageError) as error:
        raise UsageError(error.message, where=f"mixing in {target.task.name!r}", hint=error.hint) from error


def _check_units(primary: Target, other: Target, mix: Mix) -> None:
    one, two = primary.task.unit, other.task.unit
    changes = one.is_change and two.is_change
    if one is not two and not (changes and mix != "plain"):
        raise UsageError(
            f"its values are in {two.value}, those of the primary screen in {one.value}",
            hint="Mix it scaled or aligned." if changes else "Let it be a task of its own.",
        )


def on_axis(values: np.ndarray, own: GeneAxis, wanted: GeneAxis) -> np.ndarray:
    """Return values on another gene axis, (row, gene); NaN for genes that their own axis lacks.

    Raises
    ------
    UsageError
        If the axes share no gene.
    """
    at = own.positions(wanted.ids)
    if own.namespace != wanted.namespace or (at < 0).all():
        raise UsageError(
            f"it shares no gene with the primary screen ({own.namespace} such as {own.ids[0]!r}; "
            f"wanted {wanted.namespace} such as {wanted.ids[0]!r})"
        )
    return np.where(at >= 0, values[:, at], np.float32(np.nan))


def to_platform(values: np.ndarray, primary: np.ndarray, mix: Mix) -> np.ndarray:
    """Return rows of another platform as the primary platform would have them, (row, gene).

    What differs is estimated as a batch effect with the primary as the reference batch (`drugexp.preprocess.combat`):
    a platform with few rows is adjusted by what its genes have in common.

    Parameters
    ----------
    values, primary
        (row, gene) training rows on the same genes, NaN where missing.
    mix
        How far they are adjusted.

    Raises
    ------
    InputError
        If there are no rows of one of them.
    """
    if mix == "plain":
        return values
    names = ["primary"] * len(primary) + ["other"] * len(values)
    state = fit_combat(np.concatenate([primary, values]), names, reference="primary")
    if mix == "aligned":
        return state.apply(values, names[len(primary) :])
    return (values / state.scale[state.rows_of(["other"])]).astype(values.dtype)  # a change of zero stays zero
