"""Which arithmetics a screen may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from drugexp.contract import Fitted
from drugexp.errors import UsageError
from drugexp.learn.precision import Arithmetic, products_in
from drugexp.predict.engine import factors_of


def check_arithmetic(fitted: Fitted, arithmetic: Arithmetic, devices: Sequence[Any]) -> None:
    """Refuse an arithmetic that a model or the devices do not have.

    Raises
    ------
    UsageError
        Saying which of both it is.
    """
    if arithmetic == "float32":
        return
    if factors_of(fitted) is None:
        raise UsageError(f"the model offers no factors, so it computes as it does and not in {arithmetic}")
    kind = devices[0].device_kind
    if devices[0].platform == "cpu":
        raise UsageError(f"a CPU multiplies in float32 and gains nothing by {arithmetic}", hint="Leave --compute out.")
    try:
        one = jax.device_put(np.ones((16, 16), np.float32), devices[0])
        with products_in(arithmetic):
            jax.block_until_ready(jax.jit(lambda x: x @ x)(one))
    except (ValueError, NotImplementedError, jax.errors.JaxRuntimeError):
        raise UsageError(f"the device {kind!r} does not multiply in {arithmetic}") from None
