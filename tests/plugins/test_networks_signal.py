"""The kit's planted signal, of which networks over SMILES see enough in 400 updates."""

from __future__ import annotations

import pytest

from drugexp.registry import discover
from drugexp.testing.checks import trial
from drugexp.testing.models.signal import LEAST, beyond_mean

OPTIONS = {
    "width": 32,
    "code": 32,
    "rank": 16,
    "dropout": 0.0,
    "token_width": 32,
    "batch_size": 32,
    "steps": 400,
    "patience": 100,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "layers"), [("smiles-cnn", 2), ("smiles-gru", 1)])
def test_networks_over_smiles_find_the_planted_signal_on_new_scaffolds(name, layers):
    on_trial = trial("network", f"drugexp:{name}", registry=discover(), options=OPTIONS | {"layers": layers})
    on_trial.require_fit()
    assert beyond_mean(on_trial) > LEAST
