"""Known compounds at a dose or time that no screen shows of them, and a proof that computes it anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.contract import Cells, GeneAxis, Screen, Unit
from drugexp.errors import ModelError, UsageError
from drugexp.learn.conditions import SAME, held_conditions, level_of, prove_conditions
from drugexp.learn.groups import joint_groups

DOSES = (0.1, 0.105, 1.0, 3.33, 3.3333, 10.0, float("nan"))
COLUMNS = ("dose_um", "hours")


def make(name: str, keys: list[str], samples: list[tuple[int, float]], column: str = "dose_um") -> Screen:
    """Return a screen of compounds with these InChIKeys (empty: none) and (compound, dose or time) samples."""
    table = pd.DataFrame({"id": [f"p{i}" for i in range(len(keys))], "inchikey14": keys})
    table = table.assign(kind="compound", name="", smiles="", scaffold="", group="", targets="")
    rows = pd.DataFrame(samples, columns=["perturbation", column])
    rows["perturbation"] = [f"p{i}" for i in rows["perturbation"]]
    rows = rows.assign(**{other: 1.0 for other in COLUMNS if other != column})
    rows = rows.assign(cell=[f"C{i % 2}" for i in range(len(rows))], batch="", is_control=False, weight=1.0)
    return Screen(name, np.zeros((len(rows), 1)), GeneAxis(("A",)), Unit.ZSCORE, rows, table, Cells(("C0", "C1")))


@st.composite
def screens(draw) -> tuple[list[Screen], str]:
    """Draw two screens that share compounds, at doses (times) that are alike, unlike, or not stated."""
    column, found = draw(st.sampled_from(COLUMNS)), []
    for number in range(2):
        keys = draw(st.lists(st.sampled_from(["", "K1", "K2", "K3", "K4"]), min_size=2, max_size=6))
        sample = st.tuples(st.integers(0, len(keys) - 1), st.sampled_from(DOSES))
        found.append(make(f"s{number}", keys, draw(st.lists(sample, min_size=4, max_size=25)), column))
    return found, column


def told(screen: Screen, row: int, column: str) -> tuple[tuple, float]:
    """Return whose sample this is and its dose, from the tables alone."""
    sample = screen.samples.iloc[row]
    key = screen.perturbations.set_index("id")["inchikey14"][sample["perturbation"]]
    return (("key", key) if key else (screen.name, sample["perturbation"])), float(sample[column])


@settings(max_examples=20, deadline=None)
@given(screens(), st.booleans(), st.integers(0, 99))
def test_no_screen_shows_a_held_out_dose_and_the_compound_is_known_otherwise(drawn, highest, seed) -> None:
    both, column = drawn
    try:
        found = list(held_conditions(both, column, 2, seed, highest=highest))
    except UsageError as error:
        assert "so none can be held out" in str(error) or "groups cannot be split" in str(error)  # noqa: PT017
        return
    tested = np.zeros(len(both[0]), dtype=int)
    for split in found:
        tested[split.test] += 1
        held = [told(both[0], row, column) for row in split.test]
        known = {told(both[0], row, column)[0] for row in split.train[0]}
        assert all(who in known for who, _ in held)
        assert split.proof["known"] == len(split.test) == split.proof["test_rows"]
        for screen, rows in zip(both, split.train, strict=True):
            left = [told(screen, row, column) for row in rows]
            for who, dose in held:
                same = [d for w, d in left if w == who]
                assert all(np.isfinite(d) and abs(np.log10(d / dose)) > SAME for d in same)
            gone = set(range(len(screen))) - set(rows.tolist())
            assert all(told(screen, row, column)[0] in {who for who, _ in held} for row in gone)
            if highest and screen is both[0]:
                assert all(d < dose for who, dose in held for w, d in left if w == who)
    assert tested.max() <= 1
    if not highest:
        several = {}
        for row in range(len(both[0])):
            who, dose = told(both[0], row, column)
            if np.isfinite(dose):
                several.setdefault(who, set()).add(round(np.log10(dose), 1))
        expected = [
            np.isfinite(d) and len(several[w]) > 1
            for w, d in (told(both[0], row, column) for row in range(len(both[0])))
        ]
        assert (tested == 1).tolist() == expected, "each stated dose of a compound with several is tested once"


def test_near_doses_are_one_level_and_levels_are_counted_over_screens() -> None:
    one = make("one", ["K1"], [(0, 1.0), (0, 10.0), (0, 1.05), (0, float("nan"))])
    two = make("two", ["K1", "K2"], [(0, 0.1), (0, 10.4), (1, 5.0)])
    levels = level_of([one, two], joint_groups([one, two], "compound"), "dose_um")
    assert [level.tolist() for level in levels] == [[1, 2, 1, -1], [0, 2, 0]]


def test_a_fold_holds_out_one_dose_of_every_compound() -> None:
    screen = make("s", ["K1", "K2", "K3"], [(i, d) for i in range(3) for d in (0.1, 1.0, 10.0)])
    folds = list(held_conditions([screen], "dose_um", 5, 0))
    assert len(folds) == 3, "as many as there are doses"
    for split in folds:
        assert sorted(screen.samples["perturbation"].iloc[split.test]) == ["p0", "p1", "p2"]
    doses = [tuple(screen.samples["dose_um"].iloc[split.test]) for split in folds]
    assert sorted(sum(doses, ())) == sorted([0.1, 1.0, 10.0] * 3)
    dealt = list(held_conditions([screen], "dose_um", 2, 0))
    assert [len(split.test) for split in dealt] == [6, 3], "of three doses two leave at a time, then one"
    top = list(held_conditions([screen], "dose_um", 3, 0, highest=True))
    assert [screen.samples["dose_um"].iloc[split.test].tolist() for split in top] == [[10.0]] * 3


@pytest.mark.parametrize("leak", ["the dose", "a dose like it", "no dose"])
def test_the_proof_finds_a_planted_leak(leak: str) -> None:
    dose = {"the dose": 10.0, "a dose like it": 10.5, "no dose": float("nan")}[leak]
    one = make("one", ["K1", "K2"], [(0, 10.0), (0, 1.0), (1, 10.0)])
    two = make("two", ["K9", "K1"], [(0, 10.0), (1, dose), (1, 3.0)])
    test, told_at = np.array([0]), "pooled" if leak == "no dose" else "10"
    with pytest.raises(ModelError, match=f"two: the split leaks: 'key:K1' .* at dose_um {told_at}"):
        prove_conditions([one, two], [np.array([1, 2]), np.array([0, 1, 2])], test, "dose_um")
    proof = prove_conditions([one, two], [np.array([1, 2]), np.array([0, 2])], test, "dose_um")
    assert (proof["known"], proof["held_conditions"]) == (1, 1)
    assert proof["screens"]["two"] == {"train": 2, "removed": 1, "shared_keys": 0}


def test_a_duplicate_under_another_key_leaves_with_its_group() -> None:
    one = make("one", ["K1", "K2"], [(0, 1.0), (0, 10.0), (1, 1.0), (1, 10.0)])
    table = one.perturbations.assign(group="same")
    for split in held_conditions([replace(one, perturbations=table)], "dose_um", 2, 0):
        assert len(set(one.samples["dose_um"].iloc[split.test])) == 1
        assert len(split.test) == len(split.train[0]) == 2


def test_without_two_doses_there_is_nothing_to_hold_out() -> None:
    one = make("one", ["K1", "K2"], [(0, 1.0), (1, 10.0), (1, float("nan"))])
    for column, what in (("dose_um", "dose"), ("hours", "time")):
        with pytest.raises(UsageError, match=f"no compound of 'one' has more than one {what}"):
            next(held_conditions([one], column, 2, 0))
