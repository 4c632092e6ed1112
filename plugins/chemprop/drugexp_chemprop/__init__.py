"""Chemprop's message passing network as a drugexp model."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the one model."""
    register(
        "chemprop",
        "drugexp_chemprop.model:Chemprop",
        summary="message passing over bonds, learnt from the structure alone",
        requires=("chemprop", "torch"),
        extra="drugexp-chemprop",
    )
