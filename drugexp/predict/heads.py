"""What is computed of each profile on the device, so that the profile itself need not leave it, or be made at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.contract import Factors


@dataclass(frozen=True, eq=False)
class Head:
    """Functions of predicted profiles; all pure JAX.

    Attributes
    ----------
    arrays
        Pytree that `of_profiles` reads.
    of_profiles
        ``(arrays, (sample, gene)) -> tuple of (sample, ...)``.
    fold
        ``basis (direction, gene) -> arrays`` that `of_coefficients` reads; None: profiles are needed.
    of_coefficients
        ``(arrays, (sample, direction)) -> the same tuple``, for models whose mean is a product.
    """

    arrays: Any
    of_profiles: Callable[[Any, Any], tuple[Any, ...]]
    fold: Callable[[np.ndarray], Any] | None = None
    of_coefficients: Callable[[Any, Any], tuple[Any, ...]] | None = None


def _same(_: Any, mean: Any) -> tuple[Any, ...]:
    return (mean,)


PROFILES = Head((), _same)
"""The profiles themselves, without their standard deviations."""


def is_folded(head: Head, factors: Factors | None) -> bool:
    """Say whether a head works on a model's coefficients, so that no profile is made."""
    able = factors is not None and factors.coefficients is not None and factors.basis is not None
    return able and head.fold is not None and head.of_coefficients is not None
