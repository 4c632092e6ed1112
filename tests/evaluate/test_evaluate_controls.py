"""Controls disorder what they say, alike in all screens, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_screens import planted

from drugexp.contract import Screen
from drugexp.evaluate.controls import shuffle_cells, shuffle_compounds

ONE, MANY = planted(), planted(cells=4, repeats=2)


def structure_of(screen: Screen) -> dict[str, str]:
    return dict(zip(screen.perturbations["id"], screen.perturbations["smiles"], strict=True))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_every_compound_gets_the_structure_of_another(seed: int) -> None:
    (shuffled,) = shuffle_compounds([ONE], (seed,))
    before, after = structure_of(ONE), structure_of(shuffled)
    assert sorted(before.values()) == sorted(after.values())
    assert all(before[name] != after[name] for name in before)
    pd.testing.assert_frame_equal(shuffled.samples, ONE.samples)
    np.testing.assert_array_equal(shuffled.values, ONE.values)
    keys = ["smiles", "inchikey14", "scaffold"]
    assert set(map(tuple, shuffled.perturbations[keys].to_numpy())) == set(
        map(tuple, ONE.perturbations[keys].to_numpy())
    )


def test_a_compound_gets_the_same_structure_in_every_screen() -> None:
    table = ONE.perturbations.assign(id="z" + ONE.perturbations["id"])
    samples = ONE.samples.assign(perturbation="z" + ONE.samples["perturbation"])
    other = replace(ONE, name="other", perturbations=table, samples=samples)
    first, second = shuffle_compounds([ONE, other], (3,))
    assert {f"z{k}": v for k, v in structure_of(first).items()} == structure_of(second)


def test_repeats_of_one_compound_move_as_one() -> None:
    table = pd.concat([ONE.perturbations, ONE.perturbations.iloc[:1].assign(id="again")], ignore_index=True)
    (shuffled,) = shuffle_compounds([replace(ONE, perturbations=table)], (0,))
    after = structure_of(shuffled)
    assert after["again"] == after[table["id"].iloc[0]]


def test_knock_downs_keep_what_they_are() -> None:
    table = ONE.perturbations.copy()
    table.loc[0, ["kind", "smiles", "inchikey14", "scaffold", "targets"]] = ["knockdown", "", "", "", "TP53"]
    (shuffled,) = shuffle_compounds([replace(ONE, perturbations=table)], (0,))
    assert shuffled.perturbations.loc[0, "targets"] == "TP53"
    assert (shuffled.perturbations.loc[1:, "smiles"] != "").all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_cells_are_permuted_within_each_compound(seed: int) -> None:
    shuffled = shuffle_cells(MANY, (seed,))
    before, after = (s.samples.value_counts(["perturbation", "cell"]).sort_index() for s in (MANY, shuffled))
    pd.testing.assert_series_equal(after, before)
    assert (shuffled.samples["cell"] != MANY.samples["cell"]).mean() > 0.5
    rest = [c for c in MANY.samples.columns if c != "cell"]
    pd.testing.assert_frame_equal(shuffled.samples[rest], MANY.samples[rest])


def test_compounds_seen_in_one_cell_trade_cells_with_each_other() -> None:
    lone = MANY.take(MANY.samples.drop_duplicates("perturbation").index.to_numpy())
    labels = lone.samples.assign(cell=[f"cell{i % 4}" for i in range(len(lone))])
    shuffled = shuffle_cells(replace(lone, samples=labels), (1,))
    assert (shuffled.samples["cell"] != labels["cell"]).mean() > 0.5
    assert sorted(shuffled.samples["cell"]) == sorted(labels["cell"])


def test_the_seed_decides() -> None:
    assert structure_of(shuffle_compounds([ONE], (1,))[0]) == structure_of(shuffle_compounds([ONE], (1,))[0])
    assert structure_of(shuffle_compounds([ONE], (1,))[0]) != structure_of(shuffle_compounds([ONE], (2,))[0])
