"""Every rule of models can be broken, and says so; a model that keeps them all passes."""

from __future__ import annotations

from functools import cache

import pytest
from broken_models import BROKEN
from healthy_model import HealthyRidge
from registered import registered

from drugexp.contract import Context
from drugexp.errors import ModelError
from drugexp.testing import ConformanceError, NotApplicableError, check_model, rules
from drugexp.testing.checks import trial

RULES = {rule.name: rule for rule in rules("model")}


@cache
def healthy():
    return trial("model", HealthyRidge)


class HealthyMean(HealthyRidge):
    """Blind, and says so: the rule for those that know compounds has nothing to say."""

    knows_compounds = False

    def fit(self, *arguments, **more):
        found = super().fit(*arguments, **more)
        found.kept["slope"] = 0 * found.kept["slope"]
        return found


@pytest.mark.parametrize("name", RULES)
def test_a_healthy_model_keeps_the_rule(name: str) -> None:
    if name == "blind-to-compounds":
        RULES[name](trial("model", HealthyMean))
        with pytest.raises(NotApplicableError, match="does not say that it knows no compounds"):
            RULES[name](healthy())
        return
    RULES[name](healthy())


@pytest.mark.parametrize("name", RULES)
def test_a_model_that_breaks_the_rule_is_told(name: str) -> None:
    on_trial = trial("model", BROKEN[name])
    if name == "own-name":
        registry = registered("model", "healthy-ridge", "broken_models:OtherName")
        on_trial = trial("model", "healthy-ridge", registry=registry)
    with pytest.raises(ConformanceError) as caught:
        RULES[name](on_trial)
    text = str(caught.value)
    assert f"rule {name!r}" in text
    assert on_trial.title in text
    assert RULES[name].summary in text


def test_check_model_stops_at_the_first_rule_that_is_broken() -> None:
    with pytest.raises(ConformanceError, match="rule 'known-features': it needs unknown featurizer 'morgan_count'"):
        check_model(BROKEN["known-features"])


def test_a_model_that_refuses_the_screens_is_asked_for_others() -> None:
    class Picky(HealthyRidge):
        def fit(self, *arguments, **more):
            raise ModelError("it needs a screen of lists")

    on_trial = trial("model", Picky)
    with pytest.raises(ConformanceError, match=r"it needs a screen of lists.*give them with options= and screens="):
        RULES["fits"](on_trial)
    with pytest.raises(NotApplicableError, match="see the rule 'fits'"):
        RULES["finite"](on_trial)


def test_a_sentence_is_enough_where_there_is_too_little() -> None:
    class Modest(HealthyRidge):
        def fit(self, train, valid, options, *, context: Context, seed: int):
            if len(train) < 10:
                raise ModelError("it needs at least 10 training samples")
            return super().fit(train, valid, options, context=context, seed=seed)

    RULES["one-sample"](trial("model", Modest))
