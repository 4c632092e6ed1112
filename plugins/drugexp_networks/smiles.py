"""Networks over SMILES: convolutions along it, and gated recurrent units."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from pydantic import Field

from drugexp.chemistry.tokens import OTHER_ATOM, OTHER_MARK, PADDING, SPELLINGS, VOCABULARY
from drugexp.contract import OneOf, Options, Span
from drugexp_networks.sequence import Convolution, Recurrence, SmilesEncoder
from drugexp_networks.trunk import Trunk
from drugexp_networks.trunk_network import Params, TrunkNetwork, TrunkOptions


class SmilesOptions(TrunkOptions):
    """Options of the networks over SMILES, beside those of every network.

    Attributes
    ----------
    token_width
        Size of a token's state.
    layers
        How many layers lie on one another.
    spellings
        How many SMILES of a molecule are used: one drawn at each update, all of them in prediction. 1: the
        canonical one alone, without augmentation.
    masked
        Share of the tokens that are hidden at each update, from which it is learnt what an unknown atom does.
    """

    token_width: int = Field(64, ge=1)
    layers: int = Field(2, ge=1, le=6)
    spellings: int = Field(SPELLINGS, ge=1, le=SPELLINGS)
    masked: float = Field(0.02, ge=0, lt=1)


class CnnOptions(SmilesOptions):
    """Options of the convolutional network: those over SMILES, and the kernel.

    Attributes
    ----------
    layers
        How many convolutions lie on one another; each looks twice as far as the one before.
    kernel
        Tokens that one convolution sees.
    """

    layers: int = Field(3, ge=1, le=6)
    kernel: int = Field(5, ge=2, le=15)


class _Smiles(TrunkNetwork):
    @abstractmethod
    def layers(self, options: Any) -> Sequence[Callable[..., nnx.Module]]:
        """Return what makes each of the layers, given a width and rngs."""

    def compound_features(self, options: Any) -> tuple[str, ...]:
        """Return the tokens."""
        return ("smiles_tokens",)

    def scaled(self, options: Any) -> tuple[str, ...]:
        """Return none: tokens have no scale."""
        return ()

    def blocks(self, compound: Mapping[str, Any], options: Any) -> list[jax.Array]:
        """Return the row of tokens."""
        return [jnp.asarray(compound["smiles_tokens"], jnp.int32)]

    def scale_inputs(
        self, params: Params, compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray], options: Any
    ) -> Params:
        """Return the parameters with the scales of the cells, and with which tokens training molecules show."""
        params = super().scale_inputs(params, compound, cell, options)
        shown = np.zeros(VOCABULARY, np.float32)
        shown[np.unique(compound["smiles_tokens"])] = 1
        shown[[PADDING, OTHER_ATOM, OTHER_MARK]] = 1
        trunk = params["trunk"]
        return {**params, "trunk": {**trunk, "compound": {**trunk["compound"], "shown": jnp.asarray(shown)}}}

    def trunk(self, compound: tuple[int, ...], cell: tuple[int, ...], options: Any, rngs: nnx.Rngs) -> Trunk:
        """Return a trunk over a `SmilesEncoder`."""
        encoder = partial(
            SmilesEncoder,
            self.layers(options),
            width=options.token_width,
            code=options.code,
            spellings=options.spellings,
            masked=options.masked,
            dropout=options.dropout,
        )
        return Trunk(encoder, cell, options, rngs=rngs)

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        own = {"layers": Span(1, 4, whole=True), "token_width": Span(32, 256, log=True, whole=True)}
        return {**super().search_space(options), **own}


class SmilesCnn(_Smiles):
    """Convolutions along SMILES; cell, dose and time as in the other networks."""

    name = "smiles-cnn"
    Options: type[Options] = CnnOptions

    def layers(self, options: Any) -> Sequence[Callable[..., nnx.Module]]:
        """Return convolutions whose dilation doubles from layer to layer (van den Oord et al. 2016)."""
        return [partial(Convolution, kernel=options.kernel, dilation=2**place) for place in range(options.layers)]

    def search_space(self, options: Any) -> dict[str, Span | OneOf]:
        """Return what is worth trying."""
        return {**super().search_space(options), "kernel": OneOf((3, 5, 7, 9))}


class SmilesGru(_Smiles):
    """Gated recurrent units along SMILES; cell, dose and time as in the other networks."""

    name = "smiles-gru"
    Options: type[Options] = SmilesOptions

    def layers(self, options: Any) -> Sequence[Callable[..., nnx.Module]]:
        """Return recurrences that read forwards and backwards."""
        return [Recurrence] * options.layers
