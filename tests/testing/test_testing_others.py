"""Every rule of featurisers, metrics, splitters and engines can be broken, and says so."""

from __future__ import annotations

from typing import Any

import pytest
from broken_others import ENGINES, FEATURIZERS, METRICS, SPLITTERS, InTurn, Letters, Panel
from registered import registered

from drugexp.learn.splits import both, scaffold
from drugexp.score.discrimination import discrimination
from drugexp.score.metrics import pearson, rmse
from drugexp.testing import (
    ConformanceError,
    check_engine,
    check_featurizer,
    check_metric,
    check_splitter,
    rules,
)
from drugexp.testing.checks import trial

BROKEN: dict[Any, dict[str, Any]] = {
    "featurizer": FEATURIZERS,
    "metric": METRICS,
    "splitter": SPLITTERS,
    "engine": ENGINES,
}
NAMELESS = {"Nameless"}


@pytest.mark.parametrize("kind", BROKEN)
def test_there_is_a_broken_one_for_each_rule(kind: Any) -> None:
    assert set(BROKEN[kind]) == {rule.name for rule in rules(kind)}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, broken in BROKEN.items() for name in broken])
def test_one_that_breaks_the_rule_is_told(kind: Any, name: str) -> None:
    rule = {rule.name: rule for rule in rules(kind)}[name]
    on_trial = trial(kind, BROKEN[kind][name])
    if BROKEN[kind][name].__name__ in NAMELESS:
        registry = registered("engine", "in-turn", "broken_others:Nameless")
        on_trial = trial("engine", "in-turn", registry=registry)
    with pytest.raises(ConformanceError) as caught:
        rule(on_trial)
    assert f"{on_trial.title}, rule {name!r}" in str(caught.value)
    assert rule.summary in str(caught.value)


def test_healthy_ones_keep_every_rule() -> None:
    check_featurizer(Letters)
    check_featurizer(Panel)
    for metric in (pearson, rmse, discrimination):
        check_metric(metric)
    for splitter in (scaffold, both):
        check_splitter(splitter)
    check_engine(InTurn)
