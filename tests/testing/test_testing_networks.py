"""Every rule of networks can be broken, and says so; those of models are tried in their own file."""

from __future__ import annotations

import pytest
from broken_networks import BROKEN, Linear

from drugexp.testing import ConformanceError, rules
from drugexp.testing.checks import trial

pytestmark = pytest.mark.usefixtures("compiled_once")

MODEL_RULES = {rule.name for rule in rules("model")}
OWN = {rule.name: rule for rule in rules("network") if rule.name not in MODEL_RULES}
FEW = {"steps": 20}


@pytest.fixture(scope="module")
def healthy():
    return trial("network", Linear, options=FEW)


def test_a_network_is_held_to_the_rules_of_models_too() -> None:
    assert {rule.name for rule in rules("network")} - set(OWN) == MODEL_RULES


@pytest.mark.parametrize("name", OWN)
def test_a_healthy_network_keeps_the_rule(healthy, name: str) -> None:
    OWN[name](healthy)


@pytest.mark.parametrize("name", OWN)
def test_a_network_that_breaks_the_rule_is_told(name: str) -> None:
    on_trial = trial("network", BROKEN[name], options=FEW)
    with pytest.raises(ConformanceError) as caught:
        OWN[name](on_trial)
    assert f"network 'linear', rule {name!r}" in str(caught.value)
    assert OWN[name].summary in str(caught.value)


@pytest.mark.parametrize("name", ["fits", "declared-axis", "restores", "refuses-unknown-options", "pure-apply-agrees"])
def test_the_adapter_makes_it_a_model_that_keeps_the_rules_of_models(healthy, name: str) -> None:
    {rule.name: rule for rule in rules("network")}[name](healthy)
