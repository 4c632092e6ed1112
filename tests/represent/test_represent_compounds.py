"""Every compound featuriser keeps the contract and its laws."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import Featurizer, Items
from drugexp.errors import InputError
from drugexp.registry import Registry, discover
from drugexp.represent.compounds import FastDescriptors, KnownTargets, MorganBits, MorganCounts
from drugexp.represent.scaling import CLIP, learn_scale, scale

SMILES = ("CC(=O)Oc1ccccc1C(=O)O", "CCCCO", None, "c1ccc2[nH]ccc2c1", "NCC(=O)O")
ITEMS = Items(
    ids=("aspirin", "butanol", "TP53 knock-down", "indole", "glycine"),
    smiles=SMILES,
    targets=(("PTGS1", "PTGS2"), (), ("TP53",), (), ("GLRA1", "TP53")),
)
OF_STRUCTURE = (
    "morgan_counts",
    "feature_morgan_counts",
    "morgan_bits",
    "atom_pair_counts",
    "torsion_counts",
    "rdkit_path_counts",
    "maccs",
    "molecular_graph",
    "smiles_tokens",
    "fast_descriptors",
    "rdkit_descriptors",
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.mark.parametrize("name", [*OF_STRUCTURE, "known_targets"])
def test_the_contract_is_kept(registry: Registry, name: str) -> None:
    featurizer = registry.load("featurizer", name)()
    assert isinstance(featurizer, Featurizer)
    assert featurizer.name == name
    assert featurizer.of == "compound"
    found = featurizer.transform(ITEMS, featurizer.fit(ITEMS))
    assert found.shape[0] == len(ITEMS.ids)
    assert np.isfinite(found).all()
    assert found[0].any()


@pytest.mark.parametrize("name", OF_STRUCTURE)
def test_an_item_without_structure_has_zeros(registry: Registry, name: str) -> None:
    featurizer = registry.load("featurizer", name)()
    found = featurizer.transform(ITEMS, featurizer.fit(ITEMS))
    assert not found[2].any()
    assert found[[0, 1, 3, 4]].any(axis=1).all()


@pytest.mark.parametrize("name", OF_STRUCTURE)
def test_a_batch_equals_its_items_one_by_one(registry: Registry, name: str) -> None:
    featurizer = registry.load("featurizer", name)()
    state = featurizer.fit(ITEMS)
    single = [featurizer.transform(Items((i,), (s,)), state)[0] for i, s in zip(ITEMS.ids, SMILES, strict=True)]
    np.testing.assert_array_equal(featurizer.transform(ITEMS, state), single)


def test_given_molecules_are_used() -> None:
    compound = parse("CCN")
    assert isinstance(compound, Compound)
    with_molecule = Items(("x",), ("CCO",), molecules=(compound.mol,))
    np.testing.assert_array_equal(
        MorganCounts().transform(with_molecule, {}), MorganCounts().transform(Items(("x",), ("CCN",)), {})
    )


def test_a_bad_smiles_is_named() -> None:
    with pytest.raises(InputError, match=r"compound 'x'.*ring bond 1"):
        MorganCounts().transform(Items(("x",), ("C1CC",)), {})


def test_packed_bits_are_the_occupied_bins() -> None:
    bits = np.unpackbits(MorganBits().transform(ITEMS, {}), axis=1)
    np.testing.assert_array_equal(bits, MorganCounts().transform(ITEMS, {}) > 0)


def test_descriptors_are_scaled_by_the_training_items() -> None:
    train = Items(("a", "b", "c"), ("CC", "CCC", "CCCC"))
    state = FastDescriptors().fit(train)
    heavy = FastDescriptors().transform(Items(("b", "far"), ("CCC", "C" * 100)), state)[:, 0]
    np.testing.assert_array_equal(heavy, [0, CLIP])


def test_scaling_centres_and_fills() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(3, 2, (4001, 3))
    raw[:, 2] = 7
    raw[0, 1] = np.nan
    state = learn_scale(raw)
    found = scale(raw, state)
    assert np.median(found[:, 0]) == pytest.approx(0, abs=1e-6)
    assert found[:, 0].std() == pytest.approx(1, abs=0.05)
    assert found[0, 1] == 0
    assert not found[:, 2].any()


def test_targets_follow_the_training_vocabulary() -> None:
    state = KnownTargets().fit(ITEMS)
    assert state["genes"] == ["GLRA1", "PTGS1", "PTGS2", "TP53"]
    new = Items(("new",), (None,), (("EGFR", "TP53"),))
    np.testing.assert_array_equal(KnownTargets().transform(new, state), [[0, 0, 0, 1]])
    assert KnownTargets().transform(Items(("bare",), ("C",)), state).sum() == 0
