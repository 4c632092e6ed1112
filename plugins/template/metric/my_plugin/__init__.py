"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_metrics(register):
    """Name the metric; its module is imported on first use."""
    register("my-plugin", "my_plugin.metric:my_plugin", summary="share of the strongest genes whose sign is right")
