"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_networks(register):
    """Name the network; its module is imported on first use."""
    register("my-plugin", "my_plugin.network:MyPlugin", summary="fingerprint and cell to every gene")
