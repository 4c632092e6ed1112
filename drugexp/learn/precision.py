"""The same products of matrices on every device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Arithmetic = Literal["float32", "tf32", "bfloat16"]
"""What float32 matrices are multiplied in; sums are float32 in all of them."""
_AS_JAX_SAYS = {"float32": "highest", "tf32": "TF32_TF32_F32", "bfloat16": "BF16_BF16_F32"}


@contextmanager
def products_in(arithmetic: Arithmetic) -> Iterator[None]:
    """Let JAX multiply float32 matrices so while this lasts; a CPU multiplies them in full whatever it is told.

    Parameters
    ----------
    arithmetic
        ``float32``; ``tf32``: factors rounded to 11 significant bits, by NVIDIA's units; ``bfloat16``: to 8.
    """
    import jax

    with jax.default_matmul_precision(_AS_JAX_SAYS[arithmetic]):
        yield


@contextmanager
def full_precision() -> Iterator[None]:
    """Let JAX multiply float32 matrices in float32 while this lasts, on any device.

    Unless told, it lets the matrix units of accelerators round the factors: to
    11 significant bits on NVIDIA's (TF32), to 8 on TPUs (bfloat16). A
    prediction of the bundled model would then be off by 5e-3 and by 4e-2. On a CPU nothing changes.
    A product with a precision of its own keeps it.

    Examples
    --------
    >>> import jax
    >>> with full_precision():
    ...     jax.config.jax_default_matmul_precision
    'highest'
    """
    with products_in("float32"):
        yield
