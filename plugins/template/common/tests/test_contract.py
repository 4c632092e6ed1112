"""Everything drugexp asks of a plugin, one test for each rule."""

from drugexp.testing.pytest_plugin import conformance

test_contract = conformance("my-plugin")
