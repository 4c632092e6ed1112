"""What is held out resembles nothing in training, and the proof computes that anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Cells, GeneAxis, Screen, Unit
from drugexp.errors import ModelError, UsageError
from drugexp.learn.distant import check_ceiling, distant
from drugexp.learn.identity import identify
from drugexp.learn.splits import iterate, scaffold, split_keys
from drugexp.learn.training import near_training

CORES = ("c1ccc({})cc1", "C1CCC({})CC1", "c1cc({})ccn1", "C1CCN({})CC1", "c1cc({})sc1", "C1CC({})CC1")
SMILES = [core.format("C" * n + end) for core in CORES for n in (1, 3) for end in ("N", "O", "Cl")]


def _screen(name: str, smiles: list[str]) -> Screen:
    ids = [f"{name}{i}" for i in range(len(smiles))]
    table = pd.DataFrame({"id": ids, "smiles": smiles})
    table = table.assign(kind="compound", name="", inchikey14="", scaffold="", group="", targets="")
    samples = pd.DataFrame({"perturbation": ids, "cell": "", "dose_um": 1.0, "hours": 24.0})
    samples = samples.assign(batch="", is_control=False, weight=1.0)
    screen = Screen(name, np.zeros((len(ids), 1)), GeneAxis(("A",)), Unit.ZSCORE, samples, table, Cells(()))
    return identify(screen).screen


@pytest.fixture(scope="module")
def screens() -> list[Screen]:
    """Return two screens of like compounds."""
    return [_screen("one", SMILES), _screen("two", [s.replace("Cl", "Br") for s in SMILES])]


@pytest.mark.parametrize("ceiling", [0.25, 0.35])
def test_training_is_below_the_ceiling_in_every_screen(screens: list[Screen], ceiling: float) -> None:
    tested = []
    for split in distant(screens, ceiling, 3, 0):
        trained = [screen.take(rows) for screen, rows in zip(screens, split.train, strict=True)]
        near = near_training(screens[0].take(split.test), trained)[0]
        assert near.max() < ceiling
        assert split.proof["most_similar"] == pytest.approx(near.max())
        assert split.proof["screens"]["two"]["removed"] == len(screens[1]) - len(split.train[1])
        tested += split.test.tolist()
    assert sorted(tested) == list(range(len(SMILES))), "the test is that of the scaffold split"


def test_a_lower_ceiling_leaves_less_and_one_is_nearly_the_scaffold_split(screens: list[Screen]) -> None:
    def left(ceiling: float) -> int:
        return sum(len(rows) for split in distant(screens, ceiling, 3, 0) for rows in split.train)

    whole = sum(len(rows) for s in iterate(screens, scaffold(split_keys(screens), 3, 0)) for rows in s.train)
    assert left(0.2) <= left(0.3) < left(1.0) == whole


def test_the_proof_finds_a_planted_near_compound(screens: list[Screen]) -> None:
    split = next(distant(screens, 0.5, 3, 0))
    table = screens[1].perturbations.copy()
    table.loc[split.train[1][0], "smiles"] = screens[0].perturbations["smiles"][split.test[0]]
    spoilt = replace(screens[1], perturbations=table)
    with pytest.raises(ModelError, match=r"two: the split leaks: a training compound is 1\.00 similar"):
        check_ceiling([screens[0], spoilt], split.train, split.test, 0.5)


@pytest.mark.parametrize("ceiling", [0.0, 1.5])
def test_a_ceiling_that_makes_no_sense_is_refused(screens: list[Screen], ceiling: float) -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        next(distant(screens, ceiling, 3, 0))
