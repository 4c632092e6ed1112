"""One compound under two SMILES, in training and in test: the split removes it, and its proof catches it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Cells, Folds, GeneAxis, Screen, Unit
from drugexp.errors import ModelError
from drugexp.learn import splits
from drugexp.learn.identity import identify, one_structure
from drugexp.learn.splits import iterate, prove, split_keys

LEAKS = {
    "salt": ("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", "", ""),
    "charge": ("CCN(CC)CC", "CC[NH+](CC)CC.[Cl-]", "", ""),
    "tautomer": ("Oc1ccccn1", "O=c1cccc[nH]1", "", ""),
    "isomer": ("C[C@H](N)C(=O)O", "CC(N)C(=O)O", "", ""),
    "order of atoms": ("OCC", "C(C)O", "", ""),
    # Sources give a salt a key of its own, and an acyclic compound has no scaffold that would tell.
    "salt under a key of its own": ("OC(=O)C(Cl)Cl", "[O-]C(=O)C(Cl)Cl.[Na+]", "JXTHNDFMNIQAHM", "FLWQSOHPGISTPX"),
}
OTHERS = ("CCCCN", "C1CCCC1CC", "C1CCCCC1O", "c1ccsc1C", "CCCCCC")


def screens(leak: str) -> list[Screen]:
    """Return two screens: the second holds the first one's first compound in another form."""
    one, two, key, other = LEAKS[leak]
    drawn = [(one, key), *((s, "") for s in OTHERS[:3])], [(two, other), *((s, "") for s in OTHERS[3:])]
    found = []
    for number, compounds in enumerate(drawn):
        ids = [f"p{i}" for i in range(len(compounds))]
        table = pd.DataFrame(compounds, columns=["smiles", "inchikey14"])
        table = table.assign(id=ids, kind="compound", name="", scaffold="", group="", targets="")
        samples = pd.DataFrame({"perturbation": ids, "cell": [f"C{i % 2}" for i in range(len(ids))]})
        samples = samples.assign(dose_um=1.0, hours=24.0, batch="", is_control=False, weight=1.0)
        values, genes = np.zeros((len(ids), 1)), GeneAxis(("A",))
        screen = Screen(f"s{number}", values, genes, Unit.ZSCORE, samples, table, Cells(("C0", "C1")))
        found.append(identify(screen).screen)
    return one_structure(found)


@pytest.mark.parametrize("level", ["compound", "scaffold"])
@pytest.mark.parametrize("leak", LEAKS)
def test_the_proof_catches_a_compound_under_another_smiles(leak: str, level: str) -> None:
    drawn = screens(leak)
    folds = Folds(np.array([0, 1, 1, 1]), None, level)
    clean = prove(drawn, [np.array([1, 2, 3]), np.array([1, 2])], np.array([0]), folds)
    assert clean["screens"]["s1"] == {"train": 2, "removed": 1, "shared_keys": 0}
    with pytest.raises(ModelError, match=r"s1: the split leaks: '(key|structure):.*' stands in test and in training"):
        prove(drawn, [np.array([1, 2, 3]), np.array([0, 1, 2])], np.array([0]), folds)


@pytest.mark.parametrize("splitter", ["compound", "scaffold"])
@pytest.mark.parametrize("leak", LEAKS)
def test_the_split_takes_it_out_of_training(leak: str, splitter: str) -> None:
    drawn = screens(leak)
    tested = 0
    for split in iterate(drawn, getattr(splits, splitter)(split_keys(drawn), 2, 0)):
        if 0 in split.test:
            tested += 1
            assert 0 not in split.train[1]
    assert tested == 1


def test_different_compounds_stay() -> None:
    drawn = screens("salt")
    for split in iterate(drawn, splits.compound(split_keys(drawn), 2, 0)):
        assert {1, 2} <= set(split.train[1])
