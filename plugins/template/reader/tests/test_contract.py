"""Everything drugexp asks of a plugin, one test for each rule; a reader shows it on its example files."""

from pathlib import Path

from drugexp.testing import example_of
from drugexp.testing.pytest_plugin import conformance

EXAMPLE = Path(__file__).parents[1] / "example" / "my-plugin-example.toml"

test_contract = conformance("my-plugin", settings={"my-plugin": lambda: example_of(EXAMPLE)})
