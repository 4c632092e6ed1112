"""What the networks share: one trunk, and a low-rank decoder on each task's own genes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from pydantic import Field

from drugexp.contract import Needs, OneOf, Options, Span, Sparse, Task

Params = dict[str, Any]

# A bin that one compound in a thousand sets would be blown up thirtyfold by its own deviation.
_LEAST_SCALE = 0.3


class TrunkOptions(Options):
    """Options of every network here.

    Attributes
    ----------
    cell_features
        Featurisers that describe a cell; none: dose and time alone.
    width, depth
        Size and number of hidden layers of an encoder.
    code
        Size of a compound's or cell's code.
    rank
        How many patterns of genes a profile is put together from.
    dropout
        Share of hidden units left out in training.
    """

    cell_features: tuple[str, ...] = ("expression",)
    width: int = Field(512, ge=1)
    depth: int = Field(1, ge=1)
    code: int = Field(128, ge=1)
    rank: int = Field(128, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)


class TrunkNetwork(ABC):
    """Base of the networks: all but the trunk, and which features of a compound it reads."""

    name: str
    Options: type[Options]
    knows_compounds = True

    @abstractmethod
    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return the featurisers that describe a compound."""

    @abstractmethod
    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> Any:
        """Return the trunk for scaled blocks of these widths: encode_compound, encode_cell, coefficients."""

    def blocks(self, compound: Mapping[str, Any], options: Any) -> list[jax.Array]:
        """Return the features of one compound as the trunk takes them."""
        return [_signed_log(compound[name]) for name in self.compound_features(options)]

    def scaled(self, options: Any) -> tuple[str, ...]:
        """Return the compound features whose mean and scale are learnt from training compounds."""
        return self.compound_features(options)

    def sparse(self, options: Any) -> tuple[str, ...]:
        """Return the compound features that `encode_compound` also takes as `Sparse`: all that are scaled."""
        return self.scaled(options)

    def needs(self, options: Any) -> Needs:
        """Say which features the network uses."""
        return Needs(compound=self.compound_features(options), cell=options.cell_features)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {
            "width": Span(32, 2048, log=True, whole=True),
            "depth": Span(1, 4, whole=True),
            "code": Span(16, 512, log=True, whole=True),
            "rank": Span(8, 512, log=True, whole=True),
            "dropout": Span(0.0, 0.6),
        }

    def init(self, key: Any, example: Mapping[str, Any], tasks: Sequence[Task], options: Any) -> Params:
        """Return random parameters: a trunk, and for each task a basis (rank, gene) and a bias (gene,)."""
        trunk_key, *keys = jax.random.split(key, 1 + len(tasks))
        widths = (
            tuple(len(example["compound"][name]) for name in self.scaled(options)),
            tuple(len(example["cell"][name]) for name in options.cell_features),
        )
        trunk = nnx.state(self.trunk(*widths, options, nnx.Rngs(trunk_key)))
        orthogonal = jax.nn.initializers.orthogonal()
        decoders = {
            task.name: {"basis": orthogonal(one, (options.rank, len(task.genes))), "bias": jnp.zeros(len(task.genes))}
            for task, one in zip(tasks, keys, strict=True)
        }
        return {"trunk": nnx.to_pure_dict(trunk), "decoders": decoders}

    def scale_inputs(
        self, params: Params, compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray], options: Any
    ) -> Params:
        """Return the parameters with means and scales of the training compounds and cells."""
        trunk = dict(params["trunk"])
        # A perturbation without a structure has rows of zeros, which describe nothing.
        described = [np.any(compound[name] != 0, axis=1) for name in self.scaled(options)]
        for part, names, tables in (
            ("compound", self.scaled(options), compound),
            ("cell", options.cell_features, cell),
        ):
            scales = {}
            for i, name in enumerate(names):
                table = np.asarray(tables[name], np.float32)
                if part == "compound":
                    table = np.asarray(_signed_log(table[np.any(described, axis=0)]))
                scales[i] = _moments(table)
            if names:
                trunk[part] = {**trunk[part], "scales": scales}
        return {**params, "trunk": trunk}

    def apply(
        self, params: Params, example: Mapping[str, Any], options: Any, *, key: Any | None
    ) -> dict[str, jax.Array]:
        """Return task name -> (gene,) for one example; `key` switches dropout on."""
        one, two, three = (None, None, None) if key is None else jax.random.split(key, 3)
        trunk = self._merged(params, options)
        u = trunk.encode_compound(self.blocks(example["compound"], options), one)
        v = trunk.encode_cell(cell_blocks(example["cell"], options), two)
        return decoded(params, trunk.coefficients(u, v, example["dose_um"], example["hours"], three))

    def factorised(self, options: Any) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
        """Return `apply` without dropout in three parts: encode_compound, encode_cell, decode."""

        def encode_compound(params: Params, compound: Mapping[str, Any]) -> dict[str, jax.Array]:
            return self._merged(params, options).encode_compound(self.blocks(compound, options), None)

        def encode_cell(params: Params, cell: Mapping[str, Any]) -> dict[str, jax.Array]:
            return self._merged(params, options).encode_cell(cell_blocks(cell, options), None)

        coefficients = self.coefficients(options)

        def decode(params: Params, u: Any, v: Any, dose_um: Any, hours: Any) -> dict[str, jax.Array]:
            return decoded(params, coefficients(params, u, v, dose_um, hours))

        return encode_compound, encode_cell, decode

    def coefficients(self, options: Any) -> Callable[..., jax.Array]:
        """Return what of `apply` comes between the codes and the basis: a function to (rank,)."""

        def coefficients(params: Params, u: Any, v: Any, dose_um: Any, hours: Any) -> jax.Array:
            found: jax.Array = self._merged(params, options).coefficients(u, v, dose_um, hours, None)
            return found

        return coefficients

    def product(self, options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return the two sides of `decode`; a 1 among the coefficients stands for the bias."""
        inner = self.coefficients(options)

        def coefficients(params: Params, u: Any, v: Any, dose_um: Any, hours: Any) -> jax.Array:
            return jnp.append(inner(params, u, v, dose_um, hours), 1.0)

        def basis(params: Params) -> dict[str, jax.Array]:
            both = params["decoders"].items()
            return {name: jnp.concatenate([one["basis"], one["bias"][None]]) for name, one in both}

        return coefficients, basis

    def _merged(self, params: Params, options: Any) -> Any:
        """Return the trunk with these parameters; its structure follows from the shapes of its inputs."""
        trunk = params["trunk"]
        compound, cell = (
            tuple(len(trunk[part]["scales"][i]["mean"]) for i in range(len(names)))
            for part, names in (("compound", self.scaled(options)), ("cell", options.cell_features))
        )
        return nnx.merge(_structure(type(self), compound, cell, options), trunk)


def _signed_log(x: Any) -> Any:
    """Return sign(x) ln(1 + |x|): counts and descriptors over many orders of magnitude on one scale."""
    if isinstance(x, Sparse):
        return Sparse(x.column, _signed_log(x.value))
    x = jnp.asarray(x, jnp.float32)
    return jnp.sign(x) * jnp.log1p(jnp.abs(x))


def cell_blocks(cell: Mapping[str, Any], options: Any) -> list[jax.Array]:
    """Return the features of one cell as the trunk takes them."""
    return [jnp.asarray(cell[name], jnp.float32) for name in options.cell_features]


def _moments(table: np.ndarray) -> dict[str, jax.Array]:
    """Return mean and scale (feature,) of (item, feature); 0 and 1 where nothing is known."""
    known = np.isfinite(table)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, table, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (table - mean) ** 2, 0).sum(axis=0) / count)
    scale = np.where(known.any(axis=0), np.maximum(spread, _LEAST_SCALE), 1)
    return {"mean": jnp.asarray(mean, jnp.float32), "scale": jnp.asarray(scale, jnp.float32)}


def decoded(params: Params, coefficients: jax.Array) -> dict[str, jax.Array]:
    """Return task name -> (gene,) for coefficients (rank,)."""
    return {name: coefficients @ one["basis"] + one["bias"] for name, one in params["decoders"].items()}


@lru_cache(maxsize=32)
def _structure(network: type[TrunkNetwork], compound: tuple[int, ...], cell: tuple[int, ...], options: Any) -> Any:
    return nnx.split(nnx.eval_shape(lambda: network().trunk(compound, cell, options, nnx.Rngs(0))))[0]
