"""How much a device computes at once, and how tiles are spread over devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P


@dataclass(frozen=True)
class Tiles:
    """Rows of each program that a device runs: what is missing to a whole tile is filled up.

    Attributes
    ----------
    compound, cell, pair
        Compounds and cells encoded, and samples predicted, at once.
    """

    compound: int = 128
    cell: int = 16
    pair: int = 512

    def plain(self) -> list[int]:
        """Return the three numbers, for a manifest."""
        return list(astuple(self))


FIXED = Tiles()
"""Those of predictions, everywhere, and of models without factors."""
_CPU, _ACCELERATOR = (512, 2048), (1024, 8192)
"""Compounds encoded at once, and most samples predicted at once."""


def screen_tiles(platform: str, conditions: int) -> Tiles:
    """Return the tiles of a screen of a model with factors; see `docs/decisions/devices.md` for what was measured.

    They are told in the screen's manifest and taken from there when it goes on, whatever this says by then.

    Parameters
    ----------
    platform
        ``cpu`` or an accelerator's, as JAX names it.
    conditions
        Samples of each compound: a tile holds whole compounds of them.

    Examples
    --------
    >>> screen_tiles("cpu", 1).plain(), screen_tiles("cpu", 50).plain()
    ([512, 16, 512], [512, 16, 2048])
    """
    compound, most = _CPU if platform == "cpu" else _ACCELERATOR
    return Tiles(compound=compound, pair=compound * min(conditions, most // compound))


class Spread:
    """One program on several devices: each runs it on a tile of its own, all of them in one call.

    The program of a device sees its tile alone, so a row has the same numbers on any device. A single device runs
    the program as it is.

    Parameters
    ----------
    devices
        JAX devices of one kind.
    """

    def __init__(self, devices: Sequence[Any]) -> None:
        self.count, self.platform = len(devices), str(devices[0].platform)
        mesh = Mesh(np.array(devices), ("device",))
        self._mesh = mesh if self.count > 1 else None
        self._rows: Any = NamedSharding(mesh, P("device")) if self.count > 1 else devices[0]
        self._whole: Any = NamedSharding(mesh, P()) if self.count > 1 else devices[0]

    def program(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``(params, *rows) -> rows`` compiled; all arrays but `params` have rows of whole tiles first."""
        if self._mesh is None:
            return jax.jit(function)

        def each(params: Any, *rows: Any) -> Any:
            specs = (P(), *(P("device") for _ in rows))
            shared = jax.shard_map(function, mesh=self._mesh, in_specs=specs, out_specs=P("device"), check_vma=False)
            return shared(params, *rows)

        return jax.jit(each)

    def rows(self, arrays: Any) -> Any:
        """Put a tile of rows on each device."""
        return jax.device_put(arrays, self._rows)

    def whole(self, arrays: Any) -> Any:
        """Put arrays on every device."""
        return jax.device_put(arrays, self._whole)
