"""A model's programs as files that JAX runs where drugexp is not: StableHLO for several platforms, and its arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import jax
import numpy as np

from drugexp.contract import Factors
from drugexp.errors import UsageError, unknown
from drugexp.learn.precision import full_precision
from drugexp.predict.tiles import FIXED

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
_KINDS = {"encode_compound": "compound", "encode_cell": "cell", "combine": "sample"}

Named = dict[str, Any]
"""Arrays, or their shapes, by the path to them: ``own/basis``."""


@dataclass(frozen=True, eq=False)
class Exported:
    """The programs of a model.

    Attributes
    ----------
    parameters
        Name -> array; every program is given all of them first.
    programs
        Name -> what `jax.export.deserialize` reads: ``(parameters, {name: array}) -> {name: array}``.
    told
        Name -> its rows, and shape, dtype and axes of each input and output, as plain values.
    convention
        Version of JAX's calling convention.
    """

    parameters: dict[str, np.ndarray]
    programs: dict[str, bytes]
    told: dict[str, dict[str, Any]]
    convention: int


def check_platforms(platforms: Sequence[str]) -> tuple[str, ...]:
    """Return platforms without repeats, in their order.

    Raises
    ------
    UsageError
        If one is unknown, there is none, or the package that writes programs is missing.
    """
    for name in platforms:
        if name not in PLATFORMS:
            raise UsageError(unknown("platform", name, PLATFORMS))
    if not platforms:
        raise UsageError("an export is for one platform at least", hint=f"Choose among {', '.join(PLATFORMS)}.")
    if find_spec("flatbuffers") is None:
        raise UsageError("an export needs flatbuffers, which is not installed", hint="pip install 'drugexp[export]'")
    return tuple(dict.fromkeys(platforms))


@full_precision()
def export(
    factors: Factors, compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray], platforms: Sequence[str]
) -> Exported:
    """Lower the encoders of a model and what comes after them, for the engine's tiles.

    Nothing is compiled or run, so no device of the platforms is needed. Products of float32 matrices stay in
    float32 wherever the programs run.

    Parameters
    ----------
    factors
        The model taken apart.
    compound, cell
        Feature name -> (row, feature), with any number of rows: their widths and types are looked at.
    platforms
        As `check_platforms` returns them.
    """
    params, treedef = jax.tree.flatten(factors.params)
    names = list(named(factors.params))

    def whole(given: Named) -> Any:
        return jax.tree.unflatten(treedef, [given[name] for name in names])

    tiles = {"compound": FIXED.compound, "cell": FIXED.cell, "sample": FIXED.pair}
    u = jax.eval_shape(factors.encode_compound, factors.params, _tile(compound, FIXED.compound))
    v = jax.eval_shape(factors.encode_cell, factors.params, _tile(cell, FIXED.cell))
    of_sample = jax.ShapeDtypeStruct((FIXED.pair,), np.float32)
    of_u, of_v = (jax.tree.map(lambda a: jax.ShapeDtypeStruct((FIXED.pair, *a.shape[1:]), a.dtype), x) for x in (u, v))

    def combine(given: Named, inputs: Named) -> Named:
        u, v = _unnamed(inputs, "u", of_u), _unnamed(inputs, "v", of_v)
        mean, sd = factors.combine(whole(given), u, v, inputs["dose_um"], inputs["hours"])
        return {"mean": mean, "sd": sd} if factors.has_sd else {"mean": mean}

    codes = named(of_u, "u") | named(of_v, "v")
    every: dict[str, tuple[Callable[..., Named], Named]] = {
        "encode_compound": (
            lambda given, inputs: named(factors.encode_compound(whole(given), inputs), "u"),
            _tile(compound, FIXED.compound),
        ),
        "encode_cell": (
            lambda given, inputs: named(factors.encode_cell(whole(given), inputs), "v"),
            _tile(cell, FIXED.cell),
        ),
        "combine": (combine, {**codes, "dose_um": of_sample, "hours": of_sample}),
    }
    arrays = {name: np.asarray(a, order="C") for name, a in zip(names, params, strict=True)}
    shapes = {name: jax.ShapeDtypeStruct(a.shape, a.dtype) for name, a in arrays.items()}
    programs, told, convention = {}, {}, 0
    for name, (function, inputs) in every.items():
        lowered = jax.export.export(jax.jit(function), platforms=tuple(platforms))(shapes, inputs)
        programs[name] = bytes(lowered.serialize())
        convention = lowered.calling_convention_version
        kind, outputs = _KINDS[name], jax.eval_shape(function, shapes, inputs)
        told[name] = {
            "rows": tiles[kind],
            "inputs": {n: _described(n, x, kind) for n, x in inputs.items()},
            "outputs": {n: _described(n, x, kind) for n, x in outputs.items()},
        }
    return Exported(arrays, programs, told, convention)


def named(tree: Any, prefix: str = "") -> Named:
    """Return the leaves of a pytree by the path to them.

    >>> named({"a": [1, 2]}, "u")
    {'u/a/0': 1, 'u/a/1': 2}
    """
    found = jax.tree_util.tree_flatten_with_path(tree)[0]
    texts = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in found]
    return {"/".join(filter(None, (prefix, text))): leaf for text, (_, leaf) in zip(texts, found, strict=True)}


def _unnamed(given: Named, prefix: str, like: Any) -> Any:
    return jax.tree.unflatten(jax.tree.structure(like), [given[name] for name in named(like, prefix)])


def _tile(table: Mapping[str, np.ndarray], rows: int) -> Named:
    return {
        n: jax.ShapeDtypeStruct((rows, *x.shape[1:]), jax.dtypes.canonicalize_dtype(x.dtype)) for n, x in table.items()
    }


def _described(name: str, array: Any, kind: str) -> dict[str, Any]:
    shape = list(array.shape)
    last = ["gene"] if name in ("mean", "sd") else [f"{name}.{at}" for at in range(1, len(shape))]
    return {"shape": shape, "dtype": np.dtype(array.dtype).name, "axes": [kind, *last][: len(shape)]}
