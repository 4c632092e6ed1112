"""A small network that keeps every rule, and others that each break one, by its name."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract import Needs, Options, Sparse

FEATURE = "fast_descriptors"


class Linear:
    """A matrix and a bias for each task."""

    name = "linear"
    Options: type[Options] = Options

    def needs(self, options: Any) -> Needs:
        return Needs(compound=(FEATURE,))

    def init(self, key: Any, example: Any, tasks: Any, options: Any) -> Any:
        width = len(example["compound"][FEATURE])
        keys = jax.random.split(key, len(tasks))
        return {
            task.name: {
                "matrix": 0.1 * jax.random.normal(one, (width, len(task.genes))),
                "bias": jnp.zeros(len(task.genes)),
            }
            for task, one in zip(tasks, keys, strict=True)
        }

    def apply(self, params: Any, example: Any, options: Any, *, key: Any) -> Any:
        x = jnp.asarray(example["compound"][FEATURE], jnp.float32)
        return {name: x @ one["matrix"] + one["bias"] for name, one in params.items()}

    def sparse(self, options: Any) -> Any:
        return (FEATURE,)

    def factorised(self, options: Any) -> Any:
        def encode_compound(params: Any, compound: Any) -> Any:
            given = compound[FEATURE]
            if isinstance(given, Sparse):
                width = len(next(iter(params.values()))["matrix"])
                return jnp.zeros(width).at[given.column].add(given.value)
            return given

        def encode_cell(params: Any, cell: Any) -> Any:
            return {}

        def decode(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
            return self.apply(params, {"compound": {FEATURE: u}}, options, key=None)

        return encode_compound, encode_cell, decode

    def spread(self, options: Any) -> Any:
        def spread(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
            return {name: jnp.abs(one["bias"]) + 1.0 for name, one in params.items()}

        return spread

    def informed(self, params: Any, example: Any, task: Any, target: Any, options: Any, *, key: Any) -> Any:
        return self.apply(params, example, options, key=key), 0.01 * jnp.sum(target["values"] ** 2)


class TextInside(Linear):
    def init(self, key: Any, example: Any, tasks: Any, options: Any) -> Any:
        return super().init(key, example, tasks, options) | {"kind": "linear"}


class OneTask(Linear):
    def apply(self, params: Any, example: Any, options: Any, *, key: Any) -> Any:
        found = super().apply(params, example, options, key=key)
        return dict(itertools.islice(found.items(), 1))


class Counts(Linear):
    calls = itertools.count()

    def apply(self, params: Any, example: Any, options: Any, *, key: Any) -> Any:
        more = next(self.calls)
        return {name: x + more for name, x in super().apply(params, example, options, key=key).items()}


class InNumpy(Linear):
    def apply(self, params: Any, example: Any, options: Any, *, key: Any) -> Any:
        x = np.asarray(example["compound"][FEATURE])
        return {name: x @ np.asarray(one["matrix"]) + one["bias"] for name, one in params.items()}


class Rooted(Linear):
    """Right in value; the slope of a root at 0 is infinite."""

    def apply(self, params: Any, example: Any, options: Any, *, key: Any) -> Any:
        x = jnp.asarray(example["compound"][FEATURE], jnp.float32)
        return {name: x @ one["matrix"] + jnp.sqrt(one["bias"]) for name, one in params.items()}


class OtherParts(Linear):
    def factorised(self, options: Any) -> Any:
        encode_compound, encode_cell, decode = super().factorised(options)
        return lambda params, compound: 2 * encode_compound(params, compound), encode_cell, decode


class OnlyWhere(Linear):
    """It looks at which features are not zero, and not at their counts."""

    def factorised(self, options: Any) -> Any:
        encode_compound, encode_cell, decode = super().factorised(options)

        def blind(params: Any, compound: Any) -> Any:
            given = compound[FEATURE]
            if isinstance(given, Sparse):
                given = Sparse(given.column, jnp.sign(given.value))
            return encode_compound(params, {FEATURE: given})

        return blind, encode_cell, decode


class Negative(Linear):
    def spread(self, options: Any) -> Any:
        told = super().spread(options)
        return lambda *inputs: jax.tree.map(jnp.negative, told(*inputs))


class MeanOfNone(Linear):
    """The mean over observed genes, of which there may be none."""

    def informed(self, params: Any, example: Any, task: Any, target: Any, options: Any, *, key: Any) -> Any:
        share = jnp.sum(target["values"]) / jnp.sum(target["observed"])
        return self.apply(params, example, options, key=key), share


BROKEN = {
    "arrays-only": TextInside,
    "one-output-a-task": OneTask,
    "pure": Counts,
    "jit-and-vmap": InNumpy,
    "finite-gradients": Rooted,
    "factorised-composes": OtherParts,
    "sparse-is-the-same": OnlyWhere,
    "spread-is-a-deviation": Negative,
    "informed-answers": MeanOfNone,
}
