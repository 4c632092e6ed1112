"""How near a query is to what was learnt."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import DataStructs
from rdkit.Chem import MolFromSmiles
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from small_model import SMILES, panel, small_screen

from drugexp.chemistry.fingerprints import bits, pack
from drugexp.learn import domain as module
from drugexp.learn.domain import Domain, nearest_training, reasons
from drugexp.learn.training import morgan_bits, nearest_similarity, training_compounds


@pytest.mark.parametrize("block", [2_000_000, 40])
def test_the_nearest_is_the_one_rdkit_finds(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    mols = [MolFromSmiles(s) for s in SMILES]
    packed = pack(bits(mols))
    query, training = packed[::3], packed[1::3]
    similarity, position = nearest_training(query, training)
    prints = GetMorganGenerator(radius=2, fpSize=2048).GetFingerprints(mols)
    for q, fingerprint in enumerate(prints[::3]):
        wanted = np.array(DataStructs.BulkTanimotoSimilarity(fingerprint, list(prints[1::3])))
        assert similarity[q] == pytest.approx(wanted.max(), abs=1e-6)
        assert position[q] == wanted.argmax()


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
    similarity, position = nearest_training(packed, packed[:0])
    assert similarity.tolist() == [0.0, 0.0]
    assert position.tolist() == [-1, -1]


def test_each_part_of_a_query_outside_is_named() -> None:
    domain = Domain(np.zeros((1, 8), np.uint8), ("a",), 0.4, ("MCF7",), (1.0, 10.0), None)
    nan = np.nan
    found = reasons(
        domain,
        np.array([0.9, 0.4, 0.3, 0.9, 0.9, 0.9, 0.9], dtype=np.float32),
        ["", "", "", "holds a metal (Pt)", "", "", ""],
        ["MCF7", "", "", "", "A549", "MCF7", "MCF7"],
        np.array([1.0, nan, nan, nan, nan, 10.5, 10.0]),
        np.array([nan, nan, nan, nan, nan, nan, 24.0]),
    )
    assert found[0] == ""
    assert found[2] == "compound: nearest training compound at 0.30, below 0.40"
    assert found[3] == "compound: holds a metal (Pt)"
    assert found[4] == "cell: no effect of A549 was learnt"
    assert found[5] == "dose: 10.5 uM is outside of 1-10 uM"
    assert found[6] == "time: no effect of time was learnt"


def test_similarity_to_training_stands_at_its_own_row_also_beside_knockdowns() -> None:
    screen = small_screen()
    kinds = np.where(np.arange(len(screen.perturbations)) % 3 == 0, "knockdown", "compound")
    table = screen.perturbations.assign(kind=kinds)
    table.loc[table["kind"] == "knockdown", "smiles"] = ""
    mixed = type(screen)("mixed", screen.values, screen.genes, screen.unit, screen.samples, table, panel())
    trained = screen.take(np.arange(30))
    found = nearest_similarity(mixed, [trained])
    smiles = mixed.perturbations.set_index("id").loc[mixed.samples["perturbation"], "smiles"]
    training = morgan_bits(list(training_compounds([trained])))
    for got, text in zip(found, smiles, strict=True):
        wanted = nearest_training(morgan_bits([text]), training)[0][0] if text else np.nan
        assert got == pytest.approx(wanted, nan_ok=True)
