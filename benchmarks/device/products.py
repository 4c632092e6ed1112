"""The products of matrices inside a JAX function: counted, and made again in another arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

SINGLE, TF32, BF16 = 23, 10, 7
"""Bits of the fraction that operands keep."""


class Product(NamedTuple):
    """A batch of products (rows, inner) x (inner, columns)."""

    batch: int
    rows: int
    inner: int
    columns: int

    @property
    def flops(self) -> int:
        """Multiplications and additions."""
        return 2 * self.batch * self.rows * self.inner * self.columns


def products(function: Callable[..., Any], *arguments: Any) -> list[Product]:
    """Return the matrix products that a call makes, in order."""
    return list(_found(jax.make_jaxpr(function)(*arguments)))


def _found(closed: ClosedJaxpr) -> Iterator[Product]:
    for eqn in closed.jaxpr.eqns:
        if eqn.primitive.name == "dot_general":
            ((left, right), (batch, _)) = eqn.params["dimension_numbers"]
            x, y = (v.aval.shape for v in eqn.invars)
            count, inner = (math.prod(x[i] for i in axes) for axes in (batch, left))
            assert inner == math.prod(y[i] for i in right)
            yield Product(count, math.prod(x) // (count * inner), inner, math.prod(y) // (count * inner))
        for value in eqn.params.values():
            if isinstance(value, ClosedJaxpr):
                yield from _found(value)


def rounded(function: Callable[..., Any], bits: int) -> Callable[..., Any]:
    """Return the function with the operands of its float32 products rounded to `bits` of fraction.

    That is what the matrix units of a GPU do in TF32 (10) and bfloat16 (7), sums being kept in float32. So their
    errors can be known on a machine that has none.
    """

    def bind(eqn: Any, inputs: list[Any]) -> Any:
        return eqn.primitive.bind(*(_fraction(inputs, bits) if _is_product(eqn) else inputs), **eqn.params)

    return _again(function, bind)


def narrowed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its float32 products made by the units for bfloat16, their sums kept in float32.

    Products with a batch axis are `rounded` instead, which gives the same numbers: CPUs have no program for them.
    """

    def bind(eqn: Any, inputs: list[Any]) -> Any:
        if not _is_product(eqn):
            return eqn.primitive.bind(*inputs, **eqn.params)
        if eqn.params["dimension_numbers"][1][0]:
            return eqn.primitive.bind(*_fraction(inputs, BF16), **eqn.params)
        changed = {**eqn.params, "preferred_element_type": np.dtype(np.float32), "precision": None}
        return eqn.primitive.bind(*(x.astype(jnp.bfloat16) for x in inputs), **changed)

    return _again(function, bind)


def _is_product(eqn: Any) -> bool:
    return eqn.primitive.name == "dot_general" and eqn.invars[0].aval.dtype == np.float32


def _fraction(inputs: list[Any], bits: int) -> list[Any]:
    return [jax.lax.reduce_precision(x, 8, bits) for x in inputs]


def doubled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with all its arithmetic in float64; call it where ``jax.enable_x64`` is on."""

    def bind(eqn: Any, inputs: list[Any]) -> Any:
        changed = {
            name: np.dtype(np.float64)
            if name in ("new_dtype", "dtype", "preferred_element_type") and value == np.float32
            else value
            for name, value in eqn.params.items()
        }
        return eqn.primitive.bind(*map(widened, inputs), **changed)

    return _again(function, bind)


def widened(x: Any) -> Any:
    """Return a float32 array as float64, others as they are."""
    return jnp.asarray(x, np.float64) if jnp.asarray(x).dtype == np.float32 else x


def _again(function: Callable[..., Any], bind: Callable[[Any, list[Any]], Any]) -> Callable[..., Any]:
    def run(closed: ClosedJaxpr, *arguments: Any) -> list[Any]:
        known: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
        known.update(zip(closed.jaxpr.invars, arguments, strict=True))

        def read(v: Any) -> Any:
            return v.val if isinstance(v, Literal) else known[v]

        for eqn in closed.jaxpr.eqns:
            inputs = [read(v) for v in eqn.invars]
            inside = next((v for v in eqn.params.values() if isinstance(v, ClosedJaxpr)), None)
            if inside is not None:
                assert eqn.primitive.name in ("jit", "pjit", "custom_jvp_call", "custom_vjp_call"), eqn.primitive.name
                outputs = run(inside, *inputs)
            else:
                found = bind(eqn, inputs)
                outputs = found if eqn.primitive.multiple_results else [found]
            known.update(zip(eqn.outvars, outputs, strict=True))
        return [read(v) for v in closed.jaxpr.outvars]

    def again(*arguments: Any) -> Any:
        closed, shape = jax.make_jaxpr(function, return_shape=True)(*arguments)
        return jax.tree.unflatten(jax.tree.structure(shape), run(closed, *jax.tree.leaves(arguments)))

    return again
