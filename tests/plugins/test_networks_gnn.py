"""The network over molecular graphs: its law (the order of atoms), and that it learns."""

from __future__ import annotations

import numpy as np
import pytest
from molecules_to_learn import (
    BY_HEART,
    KNOWN,
    batch_of,
    chains,
    count_and_noise,
    described,
    explained,
    fitted,
    heavy_atoms,
)
from rdkit import Chem

from drugexp.chemistry.graphs import ATOMS, split
from drugexp.represent.compounds import MolecularGraph
from drugexp_networks.gnn import Gnn

pytestmark = pytest.mark.usefixtures("compiled_once")

SMALL = {
    "cell_features": (),
    "atom_width": 32,
    "messages": 2,
    "width": 32,
    "code": 32,
    "rank": 32,
    "dropout": 0.0,
    "batch_size": 32,
    "weight_decay": 0.0,
    "learning_rate": 1e-2,
    "steps": 500,
}


@pytest.fixture(scope="module")
def smiles() -> list[str]:
    return chains(KNOWN + 64)


@pytest.fixture(scope="module")
def learnt(smiles):
    """A network that learnt heavy atoms, and random numbers of some molecules; with these numbers."""
    data = count_and_noise("molecular_graph", described(MolecularGraph(), smiles[:KNOWN]), smiles[:KNOWN])
    return fitted(Gnn, data, **SMALL), data


@pytest.fixture(scope="module")
def counter(learnt):
    return learnt[0]


def test_heavy_atoms_of_new_molecules_are_counted(counter, smiles):
    new = smiles[KNOWN:]
    found = counter.predict(batch_of("molecular_graph", described(MolecularGraph(), new))).mean
    assert explained(heavy_atoms(new), found[:, :1]) > 0.95  # .985 to .995, by how a processor rounds


def test_thirty_two_molecules_are_learnt_by_heart(learnt):
    network, data = learnt
    truth = data.primary.values[:BY_HEART]
    assert explained(truth, network.predict(data.all()).mean[:BY_HEART]) > 0.99


def test_the_order_of_atoms_does_not_matter(counter, smiles):
    rng = np.random.default_rng(1)
    new = smiles[KNOWN:]
    mols = [Chem.MolFromSmiles(s) for s in new]
    shuffled = [Chem.RenumberAtoms(m, rng.permutation(m.GetNumAtoms()).tolist()) for m in mols]
    rows, others = MolecularGraph().describe(mols), MolecularGraph().describe(shuffled)
    assert np.any(rows != others, axis=1).mean() > 0.9
    first, second = (counter.predict(batch_of("molecular_graph", r)).mean for r in (rows, others))
    np.testing.assert_allclose(second, first, atol=1e-5)


def test_what_pads_a_graph_does_not_matter(counter, smiles):
    """Where no atom stands, nothing is read; without a structure the answer is finite."""
    rows = described(MolecularGraph(), smiles[:4])
    padded = rows.copy()
    for row in padded:
        atoms, _ = split(row)
        atoms[atoms[:, 0] == 0, 1:] = 7
    first, second = (counter.predict(batch_of("molecular_graph", r)).mean for r in (rows, padded))
    np.testing.assert_allclose(second, first, atol=1e-6)
    assert np.isfinite(counter.predict(batch_of("molecular_graph", np.zeros_like(rows))).mean).all()


def test_the_graph_of_a_known_molecule():
    (row,) = described(MolecularGraph(), ["C#CC(=O)O"])
    atoms, bonds = split(row)
    mol = Chem.MolFromSmiles("C#CC(=O)O")
    assert (atoms[:, 0] > 0).sum() == mol.GetNumAtoms()
    assert sorted(atoms[atoms[:, 0] > 0, 0]) == [1, 1, 1, 3, 3]
    assert sorted(bonds[bonds[:, 2] > 0, 2]) == [1, 1, 2, 3]
    assert atoms[:, 3].sum() == 2


def test_a_large_molecule_keeps_one_piece_whatever_its_order():
    large = Chem.MolFromSmiles("C" * 50 + "(=O)N" + "c1ccccc1" * 6)
    order = np.random.default_rng(0).permutation(large.GetNumAtoms()).tolist()
    rows = MolecularGraph().describe([large, Chem.RenumberAtoms(large, order)])
    np.testing.assert_array_equal(rows[0].reshape(-1)[: ATOMS * 7], rows[1].reshape(-1)[: ATOMS * 7])
    atoms, bonds = split(rows[0])
    assert (atoms[:, 0] > 0).all()
    joined = bonds[bonds[:, 2] > 0]
    reached = {0}
    for _ in range(ATOMS):
        reached |= {int(b) for a, b, _ in joined if a in reached} | {int(a) for a, b, _ in joined if b in reached}
    assert reached == set(range(ATOMS))
