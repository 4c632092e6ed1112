from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.contract import Attribution, Factors, OneOf, PureApply, Span
from drugexp.errors import UsageError


def test_a_span_holds_its_ends_and_goes_by_ratios_where_told() -> None:
    span = Span(1, 100, log=True)
    assert [span.at(0), span.at(0.5), span.at(1)] == [1.0, pytest.approx(10.0), 100.0]
    assert 1 in span
    assert 100.0 in span
    assert 101 not in span
    assert "1" not in span
    assert True not in span


def test_a_whole_span_gives_whole_numbers() -> None:
    span = Span(1, 10, log=True, whole=True)
    assert [span.at(share) for share in (0, 0.5, 1)] == [1, 3, 10]
    assert 2.5 not in span


def test_a_choice_holds_its_values() -> None:
    choice = OneOf((True, False, None))
    assert [choice.at(0), choice.at(1)] == [True, None]
    assert None in choice
    assert "x" not in choice


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Span(2, 2), "nothing to search"),
        (lambda: Span(0, float("inf")), "nothing to search"),
        (lambda: Span(0, 2, log=True), "cannot begin at 0"),
        (lambda: Span(0.5, 2, whole=True), "whole numbers"),
        (lambda: OneOf(()), "at least one value"),
    ],
)
def test_what_cannot_be_searched_is_refused(make, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make()


def test_factors_compose_to_one_function_of_one_example() -> None:
    factors = Factors(
        {"scale": jnp.array(2.0)},
        lambda params, compound: params["scale"] * compound["bits"],
        lambda _, cell: jnp.nan_to_num(cell["expression"]),
        lambda _, u, v, dose, hours: (u + v + (dose * hours)[:, None], jnp.zeros_like(u)),
    )
    pure = PureApply.of(factors)
    cell = {"expression": jnp.array([np.nan, 1.0])}
    found = pure.apply(pure.params, {"bits": jnp.array([1.0, 3.0])}, cell, jnp.float32(2), jnp.float32(5))
    np.testing.assert_allclose(found, [12.0, 17.0])


def test_the_total_of_an_attribution_is_base_and_contributions() -> None:
    attribution = Attribution(np.ones((2, 3)), {"bits": np.ones((2, 3, 4))}, {"expression": np.ones((2, 3, 5))})
    np.testing.assert_array_equal(attribution.total, np.full((2, 3), 10.0))
