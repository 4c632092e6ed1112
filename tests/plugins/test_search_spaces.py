"""Every first-party model tells what may be searched of it, or has nothing that could be."""

from __future__ import annotations

import pytest

from drugexp.contract import OneOf
from drugexp.errors import DrugexpError
from drugexp.evaluate.tuning.settings import Search
from drugexp.evaluate.tuning.space import space_of, start_of, with_point
from drugexp.learn.models import Builder
from drugexp.learn.recipe import ModelChoice
from drugexp.registry import discover

NOTHING = {"zero", "mean", "blend"}
"""Without options, or (the weights of a blend) with as many as it has members."""

REGISTRY = discover()
NAMES = sorted({*REGISTRY.names("model"), *REGISTRY.names("network")})


@pytest.mark.parametrize("name", NAMES)
def test_a_space_is_told_and_its_start_and_ends_can_be_built(name: str) -> None:
    builder, choice = Builder(REGISTRY), ModelChoice(name=name)
    try:
        _, options = builder.build(name)
    except DrugexpError as error:
        pytest.skip(str(error))
    if name in NOTHING:
        with pytest.raises(DrugexpError, match="declares no search space"):
            space_of(choice, Search(), builder)
        return
    space = space_of(choice, Search(), builder)
    start = start_of(space, options)
    assert set(start) == set(space), "the defaults lie inside"
    begun = builder.build(name, with_point({}, start))[1]
    assert begun.model_dump() == options.model_dump(), "the start is the model as it is"
    for share in (0, 0.5, 1):
        builder.build(name, with_point({}, {n: values.at(share) for n, values in space.items()}))
    for values in space.values():
        assert isinstance(values, OneOf) or values.low < values.high
