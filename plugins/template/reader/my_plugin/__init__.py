"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_readers(register):
    """Name the reader; its module is imported on first use."""
    register("my-plugin", "my_plugin.reader:read", summary="a table, one profile a row")
