"""Jobs on Ray: all cores of one machine, or a cluster."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_engines(register: Register) -> None:
    """Declare the engine."""
    register(
        "ray",
        "drugexp_ray.engine:RayEngine",
        summary="Ray on this machine, or the cluster that RAY_ADDRESS names",
        requires=("ray",),
        extra="drugexp[ray]",
    )
