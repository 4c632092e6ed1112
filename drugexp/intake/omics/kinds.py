"""The kinds of omics that a cell may be known by, and the scale of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError, unknown
from drugexp.preprocess.merge import Merge
from drugexp.preprocess.omics import centred, log_density, m_values, relative_copies


@dataclass(frozen=True)
class Scale:
    """One way in which values of a kind come.

    Attributes
    ----------
    name
        As a user names it.
    low, high
        Between which all values lie.
    whole
        Whether they are whole numbers.
    levels
        No more different values than this occur; 0: any number.
    signed
        Whether some value must lie below 0: what tells logarithms and calls from amounts.
    unit
        Of the block that comes of it.
    bring
        (cell, feature) values to that unit.
    """

    name: str
    low: float
    high: float
    whole: bool
    levels: int
    signed: bool
    unit: Unit
    bring: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Kind:
    """A kind of omics.

    Attributes
    ----------
    name
        Of the block.
    title
        In words.
    merge
        How several regions or probes of a gene become one value.
    scales
        How its values may come; the first that they keep to is taken.
    """

    name: str
    title: str
    merge: Merge
    scales: tuple[Scale, ...]


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _present(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), np.nan, (values > 0).astype(float))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                "expression",
                "expression",
                "mean",
                (Scale("standardised", -100, 100, False, 0, False, Unit.STANDARDISED, _same),),
            ),
            Kind(
                "mutation",
                "mutations",
                "max",
                (
                    Scale("calls", 0, 1, True, 2, False, Unit.LABEL, _same),
                    Scale("counts", 0, 1e6, True, 0, False, Unit.LABEL, _present),
                ),
            ),
            Kind(
                "copy_number",
                "numbers of copies",
                "mean",
                (
                    Scale("calls", -2, 2, True, 5, True, Unit.COPY_CALL, _same),
                    Scale("log2", -12, 12, False, 0, True, Unit.COPY_RATIO, _same),
                    Scale("copies", 0, 1e4, False, 0, False, Unit.COPY_RATIO, relative_copies),
                ),
            ),
            Kind(
                "methylation",
                "DNA methylation",
                "mean",
                (
                    Scale("fractions", 0, 1, False, 0, False, Unit.M_VALUE, m_values),
                    Scale("percent", 0, 100, False, 0, False, Unit.M_VALUE, lambda v: m_values(v / 100.0)),
                    Scale("m-values", -40, 40, False, 0, True, Unit.M_VALUE, _same),
                ),
            ),
            Kind(
                "chromatin",
                "accessible chromatin or histone marks",
                "sum",
                (
                    Scale("reads", 0, 1e9, True, 0, False, Unit.SIGNAL, log_density),
                    Scale("log2", -40, 40, False, 0, False, Unit.SIGNAL, _same),
                ),
            ),
            Kind(
                "protein",
                "amounts of proteins",
                "mean",
                (
                    Scale("log2", -60, 60, False, 0, False, Unit.PROTEIN, centred),
                    Scale(
                        "amounts",
                        0,
                        1e15,
                        False,
                        0,
                        False,
                        Unit.PROTEIN,
                        lambda v: centred(np.log2(np.where(v > 0, v, np.nan))),
                    ),
                ),
            ),
        )
    }
)
"""Name -> kind. Expression that is not standardised within each sample is read by `read_baseline`."""


def kind_named(name: str) -> Kind:
    """Return a kind.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in KINDS:
        raise UsageError(unknown("kind of omics", name, KINDS))
    return KINDS[name]


def scale_of(kind: Kind, values: np.ndarray, where: str, chosen: str | None = None) -> Scale:
    """Return how values came.

    Parameters
    ----------
    kind
        What they are.
    values
        (cell, feature), NaN where missing.
    where
        The file, as a message calls it.
    chosen
        Name of the scale, where the user says it.

    Raises
    ------
    InputError
        If the values keep to none, or not to the chosen one.
    UsageError
        If the kind has no scale of that name.
    """
    names = [scale.name for scale in kind.scales]
    if chosen is not None and chosen not in names:
        raise UsageError(unknown(f"scale of {kind.name}", chosen, names))
    known = values[np.isfinite(values)]
    if not known.size:
        raise InputError(f"the table of {kind.title} holds no number.", where=where)
    for scale in kind.scales:
        if chosen in (None, scale.name) and keeps_to(scale, known):
            return scale
    wanted = chosen or " or ".join(names)
    raise InputError(
        f"the values, from {known.min():g} to {known.max():g}, are no {kind.title} as {wanted}.",
        where=where,
        hint=f"{kind.title} come as {', '.join(map(_told, kind.scales))}.",
    )


def keeps_to(scale: Scale, known: np.ndarray) -> bool:
    """Return whether values, none of them NaN, can be of a scale."""
    if known.min() < scale.low or known.max() > scale.high or (scale.signed and known.min() >= 0):
        return False
    if scale.whole and (known != np.round(known)).any():
        return False
    return not scale.levels or len(np.unique(known)) <= scale.levels


def _told(scale: Scale) -> str:
    return f"{scale.name} ({'whole numbers ' if scale.whole else ''}{scale.low:g} to {scale.high:g})"
