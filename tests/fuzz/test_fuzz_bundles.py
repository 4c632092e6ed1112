"""Bundles and the store of features: damage is told, or healed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from damage import damaged, sentence_of, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.learn.bundle import load_bundle
from drugexp.registry import Registry, discover
from drugexp.represent.cache import FeatureStore

HEADERS = (
    (2**63).to_bytes(8, "little") + b"{}",
    len(b'{"a":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}').to_bytes(8, "little")
    + b'{"a":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}',
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture
def bundle(tmp_path: Path, bundles: dict[str, Path]) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in bundles["log2fc"].iterdir()}


@pytest.mark.parametrize("name", ["bundle.json", "model.json", "arrays.safetensors"])
@pytest.mark.parametrize("signed", [False, True], ids=["as it is", "with hashes that fit"])
@tries(0.5)
@given(data=st.data())
def test_a_bundle(
    tmp_path: Path, bundle: dict[str, bytes], registry: Registry, name: str, signed: bool, data: st.DataObject
) -> None:
    """Whoever changes a bundle may change its hashes too."""
    odd = {"arrays.safetensors": HEADERS}.get(name, (b"[" * 20_000, b"[]", b"null"))
    contents = bundle | {name: data.draw(damaged([bundle[name]]) | st.sampled_from(odd))}
    if signed and name != "bundle.json":
        index = json.loads(bundle["bundle.json"])
        index["files"][name]["sha256"] = hashlib.sha256(contents[name]).hexdigest()
        contents["bundle.json"] = json.dumps(index).encode()
    folder = tmp_path / "b"
    folder.mkdir(exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    sentence_of(lambda: load_bundle(folder, registry), folder)


@tries()
@given(data=st.data())
def test_the_store_of_features_is_a_help_and_never_a_need(tmp_path: Path, data: st.DataObject) -> None:
    store, name, rows = FeatureStore(tmp_path), ("f", "1"), np.arange(6.0).reshape(2, 3)
    path = store.path(name)
    path.unlink(missing_ok=True)
    store.put(name, ["CC", "CCO"], rows)
    content = path.read_bytes()
    full = [i for i, byte in enumerate(content) if byte]
    changed = bytearray(content)
    for at, byte in data.draw(st.lists(st.tuples(st.sampled_from(full), st.integers(0, 255)), min_size=1, max_size=6)):
        changed[at] = byte
    path.write_bytes(changed[: data.draw(st.none() | st.integers(0, len(content)))])
    for smiles, row in store.get(name, ["CC", "CCO"]).items():
        assert row.shape == (3,), smiles
    store.put(name, ["CCC"], rows[:1])
