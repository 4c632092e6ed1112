"""What a fit is given: whole groups set aside for models that watch them, and for no other."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import panel, small_screen

from drugexp.contract import Examples
from drugexp.learn.network.model import NetworkModel
from drugexp.learn.parts import Part
from drugexp.learn.pipeline import fit
from drugexp.learn.recipe import ModelChoice
from drugexp.registry import discover


class WatchedError(Exception):
    """Carries what a fit was given."""


@pytest.mark.parametrize(("share", "wanted"), [(0.2, True), (0.0, False)])
def test_networks_are_given_a_validation_set(monkeypatch: pytest.MonkeyPatch, share: float, wanted: bool) -> None:
    def watch(self: NetworkModel, train: Examples, valid: Examples | None, options, *, context, seed):
        raise WatchedError(train, valid)

    monkeypatch.setattr(NetworkModel, "fit", watch)
    screen = small_screen()
    part = Part(screen, np.arange(len(screen)), (), 1.0)
    with pytest.raises(WatchedError) as told:
        fit("n", ModelChoice(name="multitask"), [part], panel(), discover(), seed=0, valid_share=share)
    train, valid = told.value.args
    assert (valid is not None) == wanted
    assert len(train) + (len(valid) if wanted else 0) == len(screen)
    if wanted:
        assert not set(train.groups) & set(valid.groups)
