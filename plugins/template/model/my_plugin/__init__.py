"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register):
    """Name the model; its module is imported on first use."""
    register("my-plugin", "my_plugin.model:MyPlugin", summary="ridge from the fingerprint to every gene")
