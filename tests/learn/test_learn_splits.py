"""What is held out leaves every screen in play, and a proof says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.contract import Cells, Folds, GeneAxis, Screen, Unit
from drugexp.errors import ModelError, UsageError
from drugexp.learn import splits
from drugexp.learn.groups import joint_groups
from drugexp.learn.splits import fixed, iterate, prove, split_keys

GENES = GeneAxis(("A",))
CELLS = ("MCF7", "A549", "PC3", "HEPG2")
SPLITTERS = ("random", "scaffold", "compound", "cell", "both")


def make(name: str, compounds: list[tuple], samples: list[tuple], **columns) -> Screen:
    """Return a screen of (kind, inchikey14, scaffold, group) compounds and (compound, cell) samples."""
    table = pd.DataFrame(compounds, columns=["kind", "inchikey14", "scaffold", "group"])
    table.insert(0, "id", [f"p{i}" for i in range(len(table))])
    rows = pd.DataFrame(samples, columns=["perturbation", "cell"])
    rows["perturbation"] = [f"p{i}" for i in rows["perturbation"]]
    rows = rows.assign(dose_um=1.0, hours=24.0, batch="", is_control=False, weight=1.0, **columns)
    return Screen(
        name=name,
        values=np.zeros((len(rows), 1)),
        genes=GENES,
        unit=Unit.ZSCORE,
        samples=rows,
        perturbations=table.assign(name="", smiles="", targets=""),
        cells=Cells(CELLS),
    )


@st.composite
def screens(draw, count: int = 3) -> list[Screen]:
    """Draw screens that share keys, scaffolds and cells in many ways."""
    compound = st.tuples(
        st.sampled_from(["compound", "compound", "compound", "knockdown"]),
        st.sampled_from(["", *(f"K{i}" for i in range(12))]),
        st.sampled_from(["", "", "", *(f"S{i}" for i in range(8))]),
        st.sampled_from(["", "", "", *(f"G{i}" for i in range(6))]),
    )
    found = []
    for number in range(count):
        table = draw(st.lists(compound, min_size=6, max_size=14))
        sample = st.tuples(st.integers(0, len(table) - 1), st.sampled_from(CELLS))
        rows = draw(st.lists(sample, min_size=4, max_size=20))
        rows += [(i % len(table), CELLS[i % 4]) for i in range(12)]
        found.append(make(f"s{number}", table, rows))
    return found


def keys(screen: Screen, rows: np.ndarray, level: str | None) -> set[tuple]:
    """Return, from the tables alone and row by row, everything a held-out sample must not share."""
    found: set[tuple] = set()
    table = screen.perturbations.set_index("id")
    for name in screen.samples["perturbation"].to_numpy()[rows]:
        row = table.loc[name]
        if row["kind"] != "compound":
            found.add((row["kind"], name))
            continue
        found.add(("key", row["inchikey14"]) if row["inchikey14"] else ("id", screen.name, name))
        if row["group"]:
            found.add(("group", screen.name, row["group"]))
        if level == "scaffold" and row["scaffold"]:
            found.add(("scaffold", row["scaffold"]))
    return found


@settings(max_examples=20, deadline=None)
@given(screens(), st.sampled_from(SPLITTERS), st.integers(2, 4), st.integers(0, 99))
def test_no_key_stands_in_test_and_in_any_screens_training(drawn, splitter, folds, seed) -> None:
    try:
        labels = getattr(splits, splitter)(split_keys(drawn), folds, seed)
    except UsageError as error:
        assert "groups cannot be split" in str(error)  # noqa: PT017 - few groups may be drawn
        return
    tested = np.zeros(len(drawn[0]), dtype=int)
    for split in iterate(drawn, labels):
        tested[split.test] += 1
        assert not set(split.test) & set(split.train[0])
        held_cells = set(drawn[0].samples["cell"].to_numpy()[split.test])
        for screen, rows in zip(drawn, split.train, strict=True):
            if labels.level is not None:
                assert not keys(drawn[0], split.test, labels.level) & keys(screen, rows, labels.level)
            if labels.cell is not None:
                assert not held_cells & set(screen.samples["cell"].to_numpy()[rows])
            assert split.proof["screens"][screen.name]["train"] == len(rows)
    assert tested.max() <= 1
    if splitter != "both":
        assert tested.min() == 1


@settings(max_examples=8, deadline=None)
@given(screens(2), st.sampled_from(SPLITTERS), st.integers(0, 99))
def test_the_same_seed_gives_the_same_folds(drawn, splitter, seed) -> None:
    table = split_keys(drawn)
    try:
        one, two = (getattr(splits, splitter)(table, 2, seed) for _ in range(2))
    except UsageError:
        return
    for a, b in ((one.compound, two.compound), (one.cell, two.cell)):
        assert (a is None and b is None) or np.array_equal(a, b)


def test_another_seed_gives_other_folds() -> None:
    one = make("s", [("compound", f"K{i}", "", "") for i in range(30)], [(i, "MCF7") for i in range(30)])
    table = split_keys([one])
    assert not np.array_equal(splits.compound(table, 3, 0).compound, splits.compound(table, 3, 1).compound)
    labels = splits.compound(table, 3, 0).compound
    assert np.bincount(labels).tolist() == [10, 10, 10]


def alone(screen: Screen) -> list[Screen]:
    """Return for each perturbation a screen in which it has the one sample."""
    row = screen.samples.head(1)
    ids = screen.perturbations["id"]
    return [replace(screen, samples=row.assign(perturbation=i), values=np.zeros((1, 1))) for i in ids]


@settings(max_examples=8, deadline=None)
@given(screens(2), st.sampled_from(["compound", "scaffold"]))
def test_joint_groups_are_the_components_of_shared_keys(drawn, level) -> None:
    """The slow definition: grow from each sample until nothing more shares a key."""
    rows = [(s, r) for s, screen in enumerate(drawn) for r in range(len(screen))]
    own = {at: keys(drawn[at[0]], np.array([at[1]]), level) for at in rows}
    # Perturbations without samples tie keys together too.
    ties = [keys(one, np.array([0]), level) for screen in drawn for one in alone(screen)]
    component: dict[tuple, int] = {}
    for number, start in enumerate(rows):
        known: set[tuple] = set()
        bigger = set(own[start])
        while bigger != known:
            known = bigger
            bigger = known.union(*(tie for tie in ties if tie & known))
        component |= {at: number for at in rows if own[at] & known and at not in component}
    found = joint_groups(drawn, level)
    pairs = {(component[(s, r)], int(found[s][r])) for s, r in rows}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_rows_of_one_profile_stay_together_at_every_level() -> None:
    repeated = make("s", [("compound", "K1", "", "same"), ("compound", "K2", "", "same")], [(0, "MCF7"), (1, "MCF7")])
    for level in ("compound", "scaffold"):
        (groups,) = joint_groups([repeated], level)
        assert groups[0] == groups[1]


@pytest.mark.parametrize("leak", ["scaffold", "key", "cell"])
def test_the_proof_finds_a_planted_leak(leak: str) -> None:
    compounds = [("compound", "K1", "S1", ""), ("compound", "K2", "S1", ""), ("compound", "K3", "S3", "")]
    one = make("one", compounds, [(0, "MCF7"), (1, "A549"), (2, "PC3")])
    two = make("two", [("compound", "K1", "", ""), ("compound", "K9", "", "")], [(0, "PC3"), (1, "MCF7")])
    folds = Folds(np.zeros(3), None, "scaffold") if leak != "cell" else Folds(None, np.zeros(3), None)
    train = {"scaffold": ([1, 2], [1]), "key": ([2], [0]), "cell": ([1, 2], [1])}[leak]
    name = {"scaffold": "one: .*'scaffold:S1'", "key": "two: .*'key:K1'", "cell": "two: .*'MCF7'"}[leak]
    with pytest.raises(ModelError, match=name):
        prove([one, two], [np.array(t) for t in train], np.array([0]), folds)
    clean = prove([one, two], [np.array([2]), np.array([], dtype=int)], np.array([0]), folds)
    assert clean["screens"]["one"] == {"train": 1, "removed": 2, "shared_keys": 0}


def test_a_profile_pooled_over_cells_leaves_with_its_compound_when_cells_are_held_out() -> None:
    compounds = [("compound", "K1", "", ""), ("compound", "K2", "", "")]
    one = make("one", compounds, [(0, "MCF7"), (0, "A549"), (1, "A549"), (1, "PC3")])
    pooled = make("pooled", compounds, [(0, ""), (1, ""), (1, "PC3")])
    folds = Folds(None, np.array([0, 1, 1, 2]), None)
    first = next(iterate([one, pooled], folds))
    assert first.test.tolist() == [0]
    assert [rows.tolist() for rows in first.train] == [[1, 2, 3], [1, 2]]
    assert first.proof["known"] == 1
    with pytest.raises(ModelError, match=r"pooled: .*'key:K1' stands in test and in training"):
        prove([one, pooled], [np.array([1, 2, 3]), np.array([0, 1])], np.array([0]), folds)


def test_the_proof_finds_a_sample_on_both_sides_of_a_random_split() -> None:
    one = make("one", [("compound", f"K{i}", "", "") for i in range(4)], [(i % 2, "MCF7") for i in range(4)])
    folds = splits.random(split_keys([one]), 2, 0)
    for split in iterate([one], folds):
        assert not set(split.test) & set(split.train[0])
        assert 0 <= split.proof["known"] <= len(split.test)
    with pytest.raises(ModelError, match="'sample 1' stands in test and in training"):
        prove([one], [np.array([1, 2])], np.array([0, 1]), folds)


def test_fixed_folds_test_a_straddling_group_only_where_most_of_it_stands() -> None:
    compounds = [("compound", f"K{i}", "", "") for i in range(6)]
    primary = make("p", compounds, [(i, "MCF7") for i in range(6)], fold=[0, 0, 1, 1, -1, 0])
    # The other screen ties compounds 0, 1 (fold 0) and 2 (fold 1) by one scaffold.
    other = make("o", [("compound", f"K{i}", "tie", "") for i in range(3)], [(i, "PC3") for i in range(3)])
    folds = fixed([primary, other], "fold")
    assert folds.compound.tolist() == [0, 0, -1, 1, -1, 0]
    found = {s.fold: s for s in iterate([primary, other], folds)}
    assert found[0].test.tolist() == [0, 1, 5]
    assert found[0].train[0].tolist() == [3, 4]
    assert found[0].train[1].tolist() == []
    assert found[1].train[0].tolist() == [0, 1, 2, 4, 5]


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("nothing", None, "has no column 'nothing'"),
        ("fold", [0, np.nan], "whole numbers"),
        ("fold", [0, 0.5], "whole numbers"),
        ("fold", ["a", "b"], "whole numbers"),
    ],
)
def test_fixed_folds_that_cannot_be_are_refused(column, values, sentence) -> None:
    columns = {} if values is None else {"fold": values}
    one = make("s", [("compound", "K1", "", ""), ("compound", "K2", "", "")], [(0, "MCF7"), (1, "MCF7")], **columns)
    with pytest.raises(UsageError, match=sentence):
        fixed([one], column)


def test_a_split_must_hold_something_out() -> None:
    one = make("s", [("compound", "K1", "", "")], [(0, "MCF7")])
    with pytest.raises(UsageError, match="must hold out compounds or cells"):
        next(iterate([one], Folds(None, None)))
    with pytest.raises(UsageError, match="1 groups cannot be split into 3 folds"):
        splits.scaffold(split_keys([one]), 3, 0)
