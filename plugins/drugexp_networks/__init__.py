"""Neural networks in Flax; the core's trainer fits them."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_networks(register: Register) -> None:
    """Declare the networks."""
    register(
        "multitask",
        "drugexp_networks.multitask:MultiTask",
        summary="compound and cell encoders, dose and time, a low-rank decoder for each task",
    )
    register(
        "compound-blind",
        "drugexp_networks.multitask:CompoundBlind",
        summary="the same network without the compound: cell, dose and time alone",
    )
    register(
        "gnn",
        "drugexp_networks.gnn:Gnn",
        summary="messages along the bonds of the molecular graph; cell, dose and time as in multitask",
    )
    register(
        "smiles-cnn",
        "drugexp_networks.smiles:SmilesCnn",
        summary="convolutions along SMILES in several spellings; cell, dose and time as in multitask",
    )
    register(
        "smiles-gru",
        "drugexp_networks.smiles:SmilesGru",
        summary="gated recurrent units along SMILES in several spellings; cell, dose and time as in multitask",
    )
    register(
        "film",
        "drugexp_networks.film:Film",
        summary="compound features in layers that the cell, dose and time scale and shift",
    )
    register(
        "cvae",
        "drugexp_networks.variational:ConditionalVae",
        summary="conditional variational: as multitask, with a latent code and a standard deviation of its own",
    )
