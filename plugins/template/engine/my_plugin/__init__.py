"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_engines(register):
    """Name the engine; its module is imported on first use."""
    register("my-plugin", "my_plugin.engine:MyPlugin", summary="jobs in threads of this process")
