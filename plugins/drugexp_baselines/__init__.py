"""The rows that stand beside every score: zero, means, additive, neighbours, compound-blind, simple kernels."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the baselines."""
