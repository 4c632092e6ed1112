"""Weights, lengths and shares by marginal likelihood.

The kernel and its gradient are JAX in single precision; the Cholesky factor
and the likelihood are NumPy in double precision. The gradient of the
likelihood by the kernel, ``r/2 C^-1 - sum_j n a_j a_j' / (2 z_j' a_j)`` with
``a = C^-1 z``, is pulled back through the kernel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg as sl
import scipy.optimize
from jax.flatten_util import ravel_pytree

from drugexp.contract import Progress
from drugexp_kernels.product.gram import Pieces, compound_kernel, condition_kernels, row_kernel
from drugexp_kernels.product.hyper import Hyper, constrain, unconstrain
from drugexp_kernels.product.options import ProductKernelOptions

REACH = 4.0
"""No log or logit moves farther than this from where it began."""


def likelihood(C: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the negative log likelihood and its gradient by C, each direction's variance at its best value.

    Parameters
    ----------
    C
        (row, row) kernel plus noise.
    z
        (row, direction).
    """
    n, r = z.shape
    factor = sl.cho_factor(C, lower=True)
    inverse = sl.cho_solve(factor, np.eye(n))
    a = inverse @ z
    quad = np.maximum((z * a).sum(0), 1e-300)
    value = 0.5 * n * np.log(quad / n).sum() + r * np.log(np.diag(factor[0])).sum()
    return float(value), 0.5 * r * inverse - 0.5 * n * (a / quad) @ a.T


def learn(
    hyper: Hyper,
    parts: Pieces,
    rows: tuple[np.ndarray, np.ndarray],
    z: np.ndarray,
    weight: np.ndarray,
    options: ProductKernelOptions,
    progress: Progress,
) -> Hyper:
    """Return the numbers of the kernel with the greatest marginal likelihood near the given ones.

    Parameters
    ----------
    rows
        (row,) compound and (row,) condition positions.
    z
        (row, direction) targets.
    weight
        (row,) precision.
    """
    start, restore = ravel_pytree({"kernel": unconstrain(hyper), "noise": np.array(np.log(1.0))})

    some, compound_of = np.unique(rows[0], return_inverse=True)
    few = replace(parts, compound=[base[np.ix_(some, some)] for base in parts.compound])
    arrays = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), vars(few))  # arguments: constants would be folded
    places = (compound_of.ravel(), rows[1])

    def kernel(flat: Any, arrays: Any) -> Any:
        numbers, given = constrain(restore(flat)["kernel"], jnp), Pieces(**arrays)
        compound = compound_kernel(given, numbers, options, jnp)
        return row_kernel(compound, condition_kernels(given, numbers, options, jnp), places, places)

    forward = jax.jit(kernel)
    pull_back = jax.jit(lambda flat, arrays, bar: jax.vjp(kernel, flat, arrays)[1](bar)[0])
    done = 0

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        point = jnp.asarray(flat, jnp.float32)
        noise = np.exp(float(restore(point)["noise"])) / weight
        K = np.asarray(forward(point, arrays), dtype=np.float64)
        value, bar = likelihood(K + np.diag(noise + 1e-6), z)
        gradient = np.asarray(pull_back(point, arrays, jnp.asarray(bar, jnp.float32)), np.float64)
        of_noise, _ = ravel_pytree(
            {"kernel": jax.tree.map(np.zeros_like, unconstrain(hyper)), "noise": np.array(np.diag(bar) @ noise)}
        )
        return value, gradient + np.asarray(of_noise, dtype=np.float64)

    def told(_: np.ndarray) -> None:
        nonlocal done
        done += 1
        progress(done, options.learn_steps, "marginal likelihood")

    first = np.asarray(start, dtype=np.float64)
    best = scipy.optimize.minimize(
        objective,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=[(x - REACH, x + REACH) for x in first],
        callback=told,
        options={"maxiter": options.learn_steps},
    )
    learnt = constrain(restore(jnp.asarray(best.x, jnp.float32))["kernel"], np)
    return {name: np.asarray(value, dtype=np.float64) for name, value in learnt.items()}
