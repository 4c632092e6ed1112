"""Optional abilities of models: asked for by name, with ``getattr(x, "ability", None)``, never by type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract.model import Factors
from drugexp.errors import UsageError


@dataclass(frozen=True)
class PureApply:
    """A fitted model as one pure function of ONE example; `Fitted.pure_apply` returns it.

    For gradients and for export. The function is pure JAX: differentiable in
    the features, and fit for ``jit`` and ``vmap``.

    Attributes
    ----------
    params
        Arrays of the fitted model, a pytree.
    apply
        ``(params, compound {feature: (feature,)}, cell {feature: (feature,)}, dose_um (),
        hours ()) -> (gene,)``: the mean in the model's space. A cell row of NaN
        stands for pooled cells, NaN for a dose or time that is not stated.
    """

    params: Any
    apply: Callable[[Any, Mapping[str, Any], Mapping[str, Any], Any, Any], Any]

    @classmethod
    def of(cls, factors: Factors) -> PureApply:
        """Return the function that the factors of a model compose to."""

        def apply(params: Any, compound: Mapping[str, Any], cell: Mapping[str, Any], dose_um: Any, hours: Any) -> Any:
            u = factors.encode_compound(params, {name: row[None] for name, row in compound.items()})
            v = factors.encode_cell(params, {name: row[None] for name, row in cell.items()})
            return factors.combine(params, u, v, dose_um[None], hours[None])[0][0]

        return cls(factors.params, apply)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each feature adds to predictions; ``Fitted.attribute(batch, genes)`` returns it.

    `genes` are positions on the model's axis. Attributions are complete: `base`
    and the sum of all contributions are the predicted mean.

    Attributes
    ----------
    base
        (sample, gene): what no feature accounts for.
    compound
        Feature name -> (sample, gene, feature) contributions.
    cell
        The same for the features of the cell.
    """

    base: np.ndarray
    compound: Mapping[str, np.ndarray]
    cell: Mapping[str, np.ndarray]

    @property
    def total(self) -> np.ndarray:
        """(sample, gene): base and all contributions, which is the predicted mean."""
        return self.base + sum(part.sum(axis=2) for part in (*self.compound.values(), *self.cell.values()))


@dataclass(frozen=True, eq=False)
class Representers:
    """How much each training profile weighs in predictions; ``Fitted.representer_weights(batch)`` returns it.

    ``mean = offset + weights @ values`` with the (training sample, gene) values
    of the primary task, in the order of the rows that were given to `fit`.

    Attributes
    ----------
    weights
        (sample, training sample).
    offset
        (gene,) or (sample, gene): what does not come from training values.
    """

    weights: np.ndarray
    offset: np.ndarray


@dataclass(frozen=True)
class Span:
    """The numbers from `low` to `high`, both included, that an option may take in a search.

    Attributes
    ----------
    low, high
        The ends.
    log
        Whether steps are ratios, not differences.
    whole
        Whether only whole numbers count.

    Raises
    ------
    UsageError
        If the ends are out of order, not finite, not above 0 (`log`) or not whole (`whole`).
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise UsageError(f"a span from {self.low} to {self.high} holds nothing to search")
        if self.log and self.low <= 0:
            raise UsageError(f"a span in ratios cannot begin at {self.low}; it must lie above 0")
        if self.whole and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise UsageError(f"a span of whole numbers cannot run from {self.low} to {self.high}")

    def at(self, share: float) -> float | int:
        """Return the value at a share of the way, 0 for `low` and 1 for `high`.

        >>> Span(1, 100, log=True).at(0.5), Span(1, 4, whole=True).at(0.5)
        (10.0, 2)
        """
        if share in (0, 1):
            value = self.high if share else self.low
        elif self.log:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        return round(value) if self.whole else float(value)

    def __contains__(self, value: object) -> bool:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and self.low <= value <= self.high and (not self.whole or float(value).is_integer())  # type: ignore[operator, arg-type]


@dataclass(frozen=True)
class OneOf:
    """The values that an option may take in a search.

    Raises
    ------
    UsageError
        If there is none.
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise UsageError("a choice needs at least one value")

    def at(self, share: float) -> Any:
        """Return the value at a share of the way, 0 for the first and 1 for the last."""
        return self.values[round(share * (len(self.values) - 1))]

    def __contains__(self, value: object) -> bool:
        return value in self.values


SearchSpace = Mapping[str, Span | OneOf]
"""Option name (dotted where nested) -> what it may be. Every point of it is valid; see `Model.search_space`."""
