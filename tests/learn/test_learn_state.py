"""Nested state to JSON and arrays, and back."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import load, save

from drugexp.errors import ModelError
from drugexp.learn.state import flatten, unflatten

DTYPES = st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_])
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=5)
)
ARRAYS = DTYPES.flatmap(lambda d: arrays(d, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
KEYS = st.text(alphabet="ab/~$0é", max_size=3)
STATES = st.recursive(
    st.one_of(PLAIN, ARRAYS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return isinstance(b, dict) and set(a) == set(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(STATES)
def test_a_state_survives_json_and_safetensors(state) -> None:
    tree, found = flatten({"state": state})
    back = unflatten(json.loads(json.dumps(tree)), load(save(found)))
    assert same({"state": state}, back)


def test_keys_that_look_like_paths_stay_apart() -> None:
    state = {"": {"a": np.zeros(1)}, "a": np.ones(1), "a/b": np.full(1, 2), "a~1b": np.full(1, 3)}
    tree, found = flatten(state)
    assert len(found) == 4
    assert same(state, unflatten(tree, found))


def test_jax_arrays_scalars_and_transposed_arrays_are_saved_as_they_are() -> None:
    state = {"scalar": jnp.float32(2.5), "half": jnp.ones(3, jnp.float16), "turned": np.arange(6.0).reshape(2, 3).T}
    tree, found = flatten(state)
    back = unflatten(tree, load(save(found)))
    assert back["scalar"].shape == ()
    assert back["scalar"] == 2.5
    assert back["half"].dtype == np.float16
    assert np.array_equal(back["turned"], state["turned"])


@pytest.mark.parametrize(
    "state",
    [
        object(),
        {"a": {1, 2}},
        {"a": lambda: None},
        {"a": np.array([object()])},
        {"a": np.array(["x"])},
        {"a": jnp.ones(3, jnp.bfloat16)},
        {1: "x"},
        {"$array": "a"},
        b"x",
    ],
)
def test_what_is_neither_array_nor_json_is_refused(state) -> None:
    with pytest.raises(ModelError):
        flatten(state)


def test_a_missing_array_is_named() -> None:
    with pytest.raises(ModelError, match="the array 'gone' is missing"):
        unflatten({"a": {"$array": "gone"}}, {})
