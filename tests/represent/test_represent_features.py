"""Features are computed once for each structure, from the store or not, and learnt from training rows only."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Items
from drugexp.errors import PluginError, UsageError
from drugexp.registry import Registry, discover
from drugexp.represent import unique
from drugexp.represent.cache import FeatureStore
from drugexp.represent.compounds import MorganCounts
from drugexp.represent.features import perturbation_features
from drugexp.represent.items import compound_items

TABLE = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e", "f"],
        "smiles": ["CCO", "OCC", "", "CC(=O)[O-].[Na+]", "C1CC", np.nan],
        "targets": ["X|Y", "", "TP53", None, "", ""],
    }
)
NAMES = ["morgan_counts", "fast_descriptors", "known_targets", "maccs"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


def test_items_are_standardised_and_rejects_are_told() -> None:
    items, rejected = compound_items(TABLE)
    assert items.smiles == ("CCO", "CCO", None, "CC(=O)O", None, None)
    assert items.targets == (("X", "Y"), (), ("TP53",), (), (), ())
    assert list(rejected) == ["e"]
    assert "ring bond" in rejected["e"]


def test_rows_follow_the_table(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found, states = perturbation_features(TABLE, NAMES, registry)
    assert "'e' is described without its structure" in caplog.text
    assert set(found) == set(states) == set(NAMES)
    counts = found["morgan_counts"]
    np.testing.assert_array_equal(counts[0], counts[1])
    assert not counts[[2, 4, 5]].any()
    np.testing.assert_array_equal(found["known_targets"][:3], [[0, 1, 1], [0, 0, 0], [1, 0, 0]])


def test_a_structure_is_computed_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    describe = MorganCounts.describe
    monkeypatch.setattr(MorganCounts, "describe", lambda self, mols: seen.append(len(mols)) or describe(self, mols))
    perturbation_features(TABLE, ["morgan_counts"], registry)
    assert seen == [2]


def test_the_store_gives_what_computing_gives(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FeatureStore(tmp_path)
    expected, states = perturbation_features(TABLE, NAMES, registry)
    perturbation_features(TABLE[:2], NAMES, registry, store=store)
    for _ in range(2):
        found, again = perturbation_features(TABLE, NAMES, registry, store=store)
        for name in NAMES:
            np.testing.assert_array_equal(found[name], expected[name])
            assert found[name].dtype == expected[name].dtype
        np.testing.assert_array_equal(again["fast_descriptors"]["centre"], states["fast_descriptors"]["centre"])
    items = Items(("x", "y"), ("CCO", "CC(=O)O"))
    monkeypatch.setattr(unique, "molecules", lambda _: pytest.fail("parsed"))
    found, _ = perturbation_features(items, ["morgan_counts"], registry, store=store)
    np.testing.assert_array_equal(found["morgan_counts"], expected["morgan_counts"][[0, 3]])


def test_rows_of_another_width_in_the_store_are_not_used(registry: Registry, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    perturbation_features(TABLE, ["maccs"], registry, store=store)
    (path,) = tmp_path.glob("maccs-*.sqlite")
    identity = ("maccs", "1", "drugexp.represent.compounds", unique.RDKIT_VERSION)
    assert store.path(identity) == path
    store.put(identity, ["CCO"], np.ones((1, 3), np.uint8))
    found, _ = perturbation_features(TABLE, ["maccs"], registry, store=store)
    expected, _ = perturbation_features(TABLE, ["maccs"], registry)
    np.testing.assert_array_equal(found["maccs"], expected["maccs"])
    assert {len(row) for row in store.get(identity, ["CCO", "CC(=O)O"]).values()} == {167}


def test_tautomers_are_not_merged(registry: Registry) -> None:
    items = Items(("amide", "imidic acid"), ("CNC(C)=O", "CN=C(C)O"))
    found, _ = perturbation_features(items, ["morgan_counts"], registry)
    assert (found["morgan_counts"][0] != found["morgan_counts"][1]).any()


def test_states_are_learnt_from_the_fit_rows_and_reused(registry: Registry) -> None:
    table = pd.DataFrame({"id": list("abcd"), "smiles": ["CC", "CCC", "CCCC", "c1ccc2ccccc2c1" * 3]})
    train = np.array([True, True, True, False])
    found, states = perturbation_features(table, ["fast_descriptors"], registry, fit_rows=train)
    alone, expected = perturbation_features(table[:3], ["fast_descriptors"], registry)
    np.testing.assert_array_equal(states["fast_descriptors"]["centre"], expected["fast_descriptors"]["centre"])
    np.testing.assert_array_equal(found["fast_descriptors"][:3], alone["fast_descriptors"])
    last, _ = perturbation_features(table[3:], ["fast_descriptors"], registry, states=states)
    np.testing.assert_array_equal(last["fast_descriptors"][0], found["fast_descriptors"][3])


def test_a_table_without_any_structure_has_zeros(registry: Registry) -> None:
    found, _ = perturbation_features(Items(("TP53",), (None,)), ["morgan_counts", "fast_descriptors"], registry)
    assert not found["morgan_counts"].any()
    assert not found["fast_descriptors"].any()


def test_wrong_names_are_refused(registry: Registry) -> None:
    with pytest.raises(UsageError, match="morgan_counts"):
        perturbation_features(TABLE, ["morgan_count"], registry)
    with pytest.raises(PluginError, match="describes a cell, not a compound"):
        perturbation_features(TABLE, ["expression"], registry)
