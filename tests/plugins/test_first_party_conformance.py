"""Everything drugexp brings itself is held to the rules that a stranger's plugin is held to."""

from __future__ import annotations

from typing import Any

import pytest

from drugexp.testing import conformance, kit_screen, listed

pytestmark = pytest.mark.usefixtures("compiled_once")

SMALL_NETWORK = {"width": 32, "code": 16, "rank": 16, "dropout": 0.0}
ONE_KERNEL = {"compound": [{"feature": "morgan_counts"}], "rank": 10, "exact_rows": 400}
SHORT_SMILES = SMALL_NETWORK | {"token_width": 16, "layers": 1, "spellings": 2, "batch_size": 32, "steps": 20}
LISTS = "lists"
SAME_CODE = dict.fromkeys(
    (
        "same-by-seed",
        "forgets-earlier-fits",
        "one-sample",
        "one-gene",
        "one-cell",
        "missing-targets",
        "nothing-stated",
    ),
    "the same code as multitask, which is tried, and slow to compile",
)
SLOW_SIGNAL = {"finds-signal": "it takes 400 updates; tried in test_networks_signal.py, which is marked slow"}
SAME_KERNEL = dict.fromkeys(
    ("factors-agree", "pure-apply-agrees"),
    "the same functions as those of product-kernel, which are tried, and slow to compile",
)


def with_lists() -> dict[str, Any]:
    """Return the kit's screen beside the lists of its strongest genes."""
    return {"screens": (kit_screen(), listed(kit_screen(), LISTS))}


test_core = conformance("core")
test_baselines = conformance("baselines")
test_kernels = conformance(
    "kernels",
    options={
        "product-kernel": ONE_KERNEL,
        "multiple-kernel": {"compound": [{"feature": "morgan_counts"}, {"feature": "maccs"}], "rank": 10},
        "cell-shift": {
            "backbone": {"name": "distilled-kernel"},
            "shift_task": LISTS,
            "min_listed": 2,
            "gain_folds": 2,
        },
    },
    settings={"cell-shift": with_lists},
    skip={"ls-svm": SAME_KERNEL, "svr": SAME_KERNEL, "multiple-kernel": SAME_KERNEL},
)
test_networks = conformance(
    "networks",
    options={
        "multitask": SMALL_NETWORK | {"compound_features": ["fast_descriptors", "maccs"]},
        "compound-blind": SMALL_NETWORK,
        "gnn": SMALL_NETWORK,
        "smiles-cnn": SHORT_SMILES,
        "smiles-gru": SHORT_SMILES,
        "film": SMALL_NETWORK | {"compound_features": ["fast_descriptors", "maccs"]},
        "cvae": SMALL_NETWORK | {"compound_features": ["fast_descriptors", "maccs"], "latent": 4},
    },
    skip=dict.fromkeys(("compound-blind", "gnn", "film", "cvae"), SAME_CODE)
    | dict.fromkeys(("smiles-cnn", "smiles-gru"), SAME_CODE | SLOW_SIGNAL),
)
