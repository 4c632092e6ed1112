"""Everything drugexp asks of a model, one test for each rule."""

from drugexp.testing.pytest_plugin import conformance

TINY = {
    "aggregation": "sum",
    "batch_size": 16,
    "epochs": 40,
    "ffn_hidden": [64],
    "hidden": 64,
    "max_lr": 0.002,
    "patience": 0,  # a tenth of the kit's 90 compounds is too little to stop by
}

test_contract = conformance("chemprop", options={"chemprop": TINY})
