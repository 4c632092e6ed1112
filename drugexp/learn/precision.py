"""The same products of matrices on every device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


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
    import jax

    with jax.default_matmul_precision("highest"):
        yield
