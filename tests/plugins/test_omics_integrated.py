"""What the featurisers of cells tell `drugexp integrate`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from omics_planted import as_items, matched, planted_factors, without

from drugexp.contract import parse_options
from drugexp.errors import UsageError
from drugexp.testing.featurizers import take
from drugexp_omics.factors.featurizer import MofaFactors, MofaOptions

LOST = np.arange(20, 45)


def test_mofa_tells_its_factors() -> None:
    blocks, truth = planted_factors(binary="mutation")
    blocks["expression"][:, 3] = 1.0
    items = as_items(without(blocks, "expression", LOST))
    made = MofaFactors()
    state = made.fit(items)
    found = made.integrated(items, state)
    np.testing.assert_array_equal(found.values, made.transform(items, state))
    assert found.sd is not None
    np.testing.assert_array_equal(found.sd, made.uncertainty(items, state))
    assert matched(found.values, truth)[:3].min() > 0.9
    # Loadings times factors tell as much of expression as is said.
    weight = found.loadings["expression"]
    assert "EX3" not in weight.index
    assert len(weight) == 89
    has = np.delete(np.arange(120), LOST)
    standard = blocks["expression"][np.ix_(has, [int(name[2:]) for name in weight.index])]
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    left = standard - found.values[has] @ weight.to_numpy().T
    assert found.explained is not None
    assert 1 - (left**2).mean() == pytest.approx(found.explained.loc["expression"].sum(), abs=0.03)
    assert found.explained.loc["expression"].sum() > 0.4
    assert list(found.explained.index) == ["copy_number", "expression", "mutation"]
    said = " ".join(found.notes)
    assert "block expression: 25 of 120 cells lack it" in said
    assert "block expression: 1 of 90 features do not vary" in said
    # Told of some cells alone, without a block, it says the same of what it learnt.
    few = take(items, np.arange(5))
    few = replace(few, blocks={"mutation": few.blocks["mutation"]})
    again = made.integrated(few, state)
    np.testing.assert_array_equal(again.values, made.transform(few, state))
    assert again.loadings["expression"].equals(weight)
    assert "block copy_number: 5 of 5 cells lack it" in " ".join(again.notes)


def test_mofa_takes_options() -> None:
    items = as_items(planted_factors(60)[0])
    assert MofaFactors.options is MofaOptions
    made = MofaFactors(parse_options(MofaOptions, {"factors": 2, "steps": 3, "drop": 0}))
    assert made.integrated(items, made.fit(items)).components == ("factor1", "factor2")
    strict = MofaFactors(parse_options(MofaOptions, {"drop": 0.3}))
    assert strict.transform(items, strict.fit(items)).shape[1] < 4
    with pytest.raises(UsageError, match="factor"):
        parse_options(MofaOptions, {"factor": 2})


def test_blocks_with_nothing_in_common_say_so() -> None:
    noise = {"expression": np.random.default_rng(0).normal(size=(1, 8))}
    items = as_items(noise)
    made = MofaFactors()
    found = made.integrated(items, made.fit(items))
    assert not found.values.any()
    assert "no factor" in found.notes[0]
    assert "tells nothing" in " ".join(found.notes)
