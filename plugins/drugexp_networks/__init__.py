"""Neural networks in Flax; the core's trainer fits them."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_networks(register: Register) -> None:
    """Declare the networks."""
