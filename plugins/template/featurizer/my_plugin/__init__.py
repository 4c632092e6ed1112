"""What this plugin brings."""

from drugexp.contract import hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_featurizers(register):
    """Name the featuriser; its module is imported on first use."""
    register("my-plugin", "my_plugin.featurizer:MyPlugin", summary="numbers of atoms by element, scaled")
