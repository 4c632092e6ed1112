"""Everything drugexp asks of a model, one test for each rule."""

from drugexp.testing.pytest_plugin import conformance

TINY = {"epochs": 40, "hidden": 32, "ffn_hidden": [32], "batch_size": 16, "max_lr": 0.01, "init_lr": 0.001}

test_contract = conformance("chemprop", options={"chemprop": TINY})
