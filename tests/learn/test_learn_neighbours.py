"""Neighbours and densities against RDKit and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import DataStructs
from rdkit.Chem import MolFromSmiles
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from small_model import SMILES, panel, small_screen

from drugexp.chemistry.fingerprints import bits, pack
from drugexp.learn import neighbours as module
from drugexp.learn.neighbours import among_training, cut, near, nearest_training, neighbours
from drugexp.learn.training import compound_groups, morgan_bits, near_training, training_compounds


@pytest.mark.parametrize("block", [2_000_000, 40])
def test_the_nearest_and_the_density_are_those_rdkit_finds(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    mols = [MolFromSmiles(s) for s in SMILES]
    packed = pack(bits(mols))
    query, training = packed[::3], packed[1::3]
    found = neighbours(query, training, k=4)
    similarity, position = nearest_training(query, training)
    prints = GetMorganGenerator(radius=2, fpSize=2048).GetFingerprints(mols)
    for q, fingerprint in enumerate(prints[::3]):
        wanted = np.array(DataStructs.BulkTanimotoSimilarity(fingerprint, list(prints[1::3])))
        assert similarity[q] == found.similarity[q] == pytest.approx(wanted.max(), abs=1e-6)
        assert position[q] == found.position[q] == wanted.argmax()
        assert found.density[q] == pytest.approx(np.sort(wanted)[-4:].mean(), abs=1e-6)


def test_itself_is_at_one_and_nothing_at_zero() -> None:
    packed = morgan_bits(SMILES[:5])
    similarity, position = nearest_training(packed, packed)
    assert similarity.tolist() == [1.0] * 5
    assert position.tolist() == list(range(5))
    empty = np.zeros((1, packed.shape[1]), dtype=np.uint8)
    assert nearest_training(empty, packed)[0].tolist() == [0.0]
    assert nearest_training(empty, empty)[0].tolist() == [0.0]


def test_without_training_compounds_nothing_is_near() -> None:
    packed = morgan_bits(SMILES[:2])
    found = neighbours(packed, packed[:0])
    assert found.similarity.tolist() == found.density.tolist() == [0.0, 0.0]
    assert found.position.tolist() == [-1, -1]
    assert neighbours(packed[:0], packed).density.shape == (0,)
    assert cut(among_training(packed[:0]).density) == 0.0


def test_a_density_by_hand() -> None:
    table = np.array([[0.2, 0.8, 0.5, 0.1], [0.4, -np.inf, -np.inf, 0.2], [-np.inf] * 4])
    found = near(table, 3)
    assert found.similarity.tolist() == [0.8, 0.4, 0.0]
    assert found.position.tolist() == [1, 0, -1]
    # (0.8 + 0.5 + 0.2) / 3; of two that are left, both; of none, nothing.
    assert found.density.tolist() == pytest.approx([0.5, 0.3, 0.0])
    assert near(table, 99).density[0] == pytest.approx(0.4), "fewer than k: all"


def test_a_group_is_left_out_of_its_own_cut() -> None:
    # Bits of a byte: 11110000 and 11100000 share 3 of 4; 00001111 shares nothing with either.
    packed = np.array([[0b11110000], [0b11100000], [0b00001111], [0b11000011]], dtype=np.uint8)
    alone = among_training(packed)
    assert alone.similarity.tolist() == pytest.approx([3 / 4, 3 / 4, 2 / 6, 2 / 5])
    # First with the others: 3/4, 0, 2/6; second: 3/4, 0, 2/5; third: 0, 0, 2/6; fourth: 2/6, 2/5, 2/6.
    each = [(3 / 4 + 0 + 1 / 3) / 3, (3 / 4 + 0 + 2 / 5) / 3, (1 / 3) / 3, (1 / 3 + 2 / 5 + 1 / 3) / 3]
    assert alone.density.tolist() == pytest.approx(each)
    assert cut(alone.density, 0.5) == pytest.approx(np.median(each))
    apart = among_training(packed, np.array([7, 7, 8, 9]))
    assert apart.density.tolist() == pytest.approx([1 / 6, 1 / 5, 1 / 9, 16 / 45])


def test_an_analogue_of_a_lone_compound_between_two_clusters_is_near_but_sparse() -> None:
    rng = np.random.default_rng(0)
    parents = np.zeros((2, 256), dtype=bool)
    parents[0, :60], parents[1, 60:120] = True, True
    clusters = parents[np.arange(41) % 2] & (rng.uniform(size=(41, 256)) > 0.2)
    lone = np.zeros((1, 256), dtype=bool)
    lone[0, 30:90] = True  # half of either parent
    analogue = lone.copy()
    analogue[0, 30:33] = False
    training = np.packbits(np.vstack([clusters[:40], lone]), axis=1)
    found = neighbours(np.packbits(np.vstack([analogue, clusters[40:]]), axis=1), training)
    least = cut(among_training(training).density)
    assert found.position[0] == 40
    assert found.similarity[0] == pytest.approx(57 / 60)
    assert found.similarity[0] > found.similarity[1], "nearer than a member of a cluster"
    assert found.density[0] < least < found.density[1], "and yet alone"


def test_company_and_order_make_no_difference() -> None:
    packed = morgan_bits(SMILES)
    whole = neighbours(packed[:15], packed[15:])
    order = np.random.default_rng(0).permutation(len(packed) - 15)
    mixed = neighbours(packed[:15], packed[15:][order])
    np.testing.assert_array_equal(mixed.density, whole.density)
    np.testing.assert_array_equal(mixed.similarity, whole.similarity)
    for at in range(15):
        alone = neighbours(packed[at : at + 1], packed[15:])
        assert (alone.density[0], alone.similarity[0], alone.position[0]) == (
            whole.density[at],
            whole.similarity[at],
            whole.position[at],
        )


def test_of_many_an_even_part_is_looked_at_against_all() -> None:
    packed = morgan_bits(SMILES)
    every = among_training(packed)
    some = among_training(packed, most=3)
    at = [0, (len(packed) - 1) // 2, len(packed) - 1]
    np.testing.assert_array_equal(some.density, every.density[at])


def test_similarity_and_density_stand_at_their_own_rows_also_beside_knockdowns() -> None:
    screen = small_screen()
    kinds = np.where(np.arange(len(screen.perturbations)) % 3 == 0, "knockdown", "compound")
    table = screen.perturbations.assign(kind=kinds)
    table.loc[table["kind"] == "knockdown", "smiles"] = ""
    mixed = type(screen)("mixed", screen.values, screen.genes, screen.unit, screen.samples, table, panel())
    trained = screen.take(np.arange(30))
    similarity, density = near_training(mixed, [trained])
    smiles = mixed.perturbations.set_index("id").loc[mixed.samples["perturbation"], "smiles"]
    training = morgan_bits(list(training_compounds([trained])))
    for got, thick, text in zip(similarity, density, smiles, strict=True):
        wanted = neighbours(morgan_bits([text]), training) if text else None
        assert got == pytest.approx(np.nan if wanted is None else wanted.similarity[0], nan_ok=True)
        assert thick == pytest.approx(np.nan if wanted is None else wanted.density[0], nan_ok=True)


def test_groups_stand_beside_their_compounds() -> None:
    screen = small_screen()
    groups = compound_groups([screen])
    scaffold = dict(zip(screen.perturbations["smiles"], screen.perturbations["scaffold"], strict=True))
    of_compound = [scaffold[s] for s in training_compounds([screen])]
    for one, first in enumerate(of_compound):
        for other, second in enumerate(of_compound):
            assert (groups[one] == groups[other]) == (first == second)
