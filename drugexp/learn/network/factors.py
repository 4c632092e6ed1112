"""A trained network taken apart, so that each compound and each cell is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract.model import Factors, Network
from drugexp.errors import PluginError


def network_factors(
    network: Network, options: Any, params: Any, task: str, centre: np.ndarray, members: int
) -> Factors:
    """Return the factors of one task: the mean over members, and their spread with each one's own.

    The variance is that of the members' means and the mean of their own (Lakshminarayanan et al.,
    NeurIPS 2017), each where there is one.

    A network without the ability ``factorised`` has its inputs for codes and
    all its work in `combine`: as right, and no faster.

    Parameters
    ----------
    network, options
        The network.
    params
        Its parameters; every leaf has a leading member axis.
    task
        Name of the output.
    centre
        (gene,) what is added to the output.
    members
        How many networks `params` holds.
    """
    factorised = getattr(network, "factorised", None)
    if factorised is not None:
        compound_code, cell_code, decode = factorised(options)
        axis: int | None = 1  # codes are (row, member, ...)
    else:
        axis = None  # codes are the inputs, the same for all members

        def compound_code(_: Any, compound: Any) -> Any:
            return compound

        def cell_code(_: Any, cell: Any) -> Any:
            return cell

        def decode(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
            example = {"compound": u, "cell": v, "dose_um": dose_um, "hours": hours}
            return network.apply(params, example, options, key=None)

    def encoder(code: Callable[[Any, Any], Any], kind: str) -> Callable[[Any, Mapping[str, Any]], Any]:
        def encode(params: Any, features: Mapping[str, Any]) -> Any:
            features = dict(features)
            if axis is None:
                return features
            if not jax.tree.leaves(features):
                none = jax.vmap(lambda one: code(one, features))(params["network"])
                if jax.tree.leaves(none):
                    raise PluginError(f"network {network.name!r} encodes a {kind} of which it asks no feature")
                return none
            rows = jax.vmap(code, in_axes=(None, 0))
            return jax.vmap(rows, in_axes=(0, None), out_axes=axis)(params["network"], features)

        return encode

    spread = getattr(network, "spread", None)
    own = None if spread is None else spread(options)

    def combine(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> tuple[Any, Any]:
        def by_member(function: Callable[..., Any]) -> Any:  # (member, sample, gene)
            def one(member: Any, u: Any, v: Any) -> Any:
                each = jax.vmap(lambda *sample: function(member, *sample)[task])
                return each(u, v, dose_um, hours)

            return jax.vmap(one, in_axes=(0, axis, axis))(params["network"], u, v)

        outputs = by_member(decode)
        mean = jnp.mean(outputs, axis=0) + params["centre"]
        if own is None:
            return mean, jnp.std(outputs, axis=0, ddof=1) if members > 1 else jnp.zeros_like(mean)
        variance = jnp.mean(by_member(own) ** 2, axis=0)
        return mean, jnp.sqrt(variance + (jnp.var(outputs, axis=0, ddof=1) if members > 1 else 0.0))

    product = getattr(network, "product", None)
    sides = None if product is None or factorised is None else _product(product(options), task)
    if sides is not None and jax.eval_shape(sides[1], {"network": params, "centre": centre}).shape[0] >= len(centre):
        sides = None  # many members have more directions than there are genes

    return Factors(
        params={"network": params, "centre": jnp.asarray(centre)},
        encode_compound=encoder(compound_code, "compound"),
        encode_cell=encoder(cell_code, "cell"),
        combine=combine,
        has_sd=members > 1 or own is not None,
        coefficients=None if sides is None else sides[0],
        basis=None if sides is None else sides[1],
        sparse=() if factorised is None else tuple(getattr(network, "sparse", lambda _: ())(options)),
    )


def _product(
    sides: tuple[Callable[..., Any], Callable[[Any], Any]], task: str
) -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    """Return the two sides of the mean over members: the directions of one after those of the other, and the centre."""
    coefficients, basis = sides

    def of_all(params: Any, u: Any, v: Any, dose_um: Any, hours: Any) -> Any:
        def one(member: Any, u: Any, v: Any) -> Any:
            each = jax.vmap(lambda *sample: coefficients(member, *sample))
            return each(u, v, dose_um, hours)

        found = jax.vmap(one, in_axes=(0, 1, 1), out_axes=1)(params["network"], u, v)  # (sample, member, direction)
        members = found.shape[1]
        return jnp.pad(found.reshape(len(found), -1) / members, ((0, 0), (0, 1)), constant_values=1.0)

    def directions(params: Any) -> Any:
        found = jax.vmap(lambda member: basis(member)[task])(params["network"])  # (member, direction, gene)
        return jnp.concatenate([found.reshape(-1, found.shape[-1]), params["centre"][None]])

    return of_all, directions
