"""The domain is made of training rows alone, and a leaderboard says whether it tells where a model is right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.contract import Block, Cells, Screen
from drugexp.evaluate.by_domain import by_domain
from drugexp.evaluate.domain_rows import DOMAIN_HEADS, domain_rows
from drugexp.evaluate.domains import COLUMNS, domain_of
from drugexp.evaluate.leaderboard import Leaderboard, evaluate
from drugexp.evaluate.plan import PlanModel
from drugexp.evaluate.render import document, markdown
from drugexp.evaluate.results import Results
from drugexp.learn.neighbours import among_training, cut
from drugexp.learn.splits import iterate, scaffold, split_keys
from drugexp.learn.training import compound_groups, morgan_bits, training_compounds
from drugexp.registry import Registry
from drugexp.score.bootstrap import bootstrap_contrast, bootstrap_mean
from drugexp.show.leaderboard_page import leaderboard_page


def test_a_contrast_is_the_difference_of_two_means() -> None:
    scores = np.array([1.0, 2.0, 3.0, 10.0, 20.0, np.nan])
    first = np.array([True, True, True, False, False, False])
    found = bootstrap_contrast(scores, first, np.array([0, 1, 2, 3, 4, 5]), seed=0)
    assert found.mean == pytest.approx(2 - 15)
    assert (found.samples, found.groups) == (5, 5)
    assert found.low < -13 < found.high
    assert found.low >= 1 - 20
    assert found.high <= 3 - 10
    turned = bootstrap_contrast(-scores, first, np.array([0, 1, 2, 3, 4, 5]), seed=0)
    assert (turned.mean, turned.low, turned.high) == pytest.approx((13, -found.high, -found.low))


def test_a_contrast_with_a_known_side_has_the_interval_of_the_other() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=200)
    both = np.r_[values, np.full(200, 5.0)]
    found = bootstrap_contrast(both, np.arange(400) < 200, seed=0, resamples=4000)
    alone = bootstrap_mean(values, seed=0, resamples=4000)
    assert found.high - found.low == pytest.approx(alone.high - alone.low, rel=0.15)
    assert found.mean == pytest.approx(alone.mean - 5)


def test_a_contrast_draws_whole_groups_and_needs_two_on_each_side() -> None:
    scores, first = np.repeat([0.0, 1.0, 0.0, 1.0], 50), np.repeat([True, True, False, False], 50)
    groups = np.repeat([0, 1, 2, 3], 50)
    grouped, single = bootstrap_contrast(scores, first, groups, seed=0), bootstrap_contrast(scores, first, seed=0)
    assert grouped.high - grouped.low > 4 * (single.high - single.low)
    few = bootstrap_contrast(scores, first, np.repeat([0, 1, 2, 2], 50), seed=0)
    assert few.mean == 0
    assert np.isnan(few.low)
    assert np.isnan(bootstrap_contrast(scores, np.ones(200, bool), groups, seed=0).mean)


def test_cuts_come_from_training_rows_without_their_own_group() -> None:
    screen = planted()
    split = next(iter(iterate([screen], scaffold(split_keys([screen]), 3, 0))))
    train, test = screen.take(split.train[0]), screen.take(split.test)
    found = domain_of(test, [train], screen.cells)
    assert list(found) == list(COLUMNS)
    own = among_training(morgan_bits(list(training_compounds([train]))), compound_groups([train]))
    np.testing.assert_array_equal(found["far"], found["similarity"] < cut(own.similarity))
    np.testing.assert_array_equal(found["sparse"], found["density"] < cut(own.density))
    assert np.isnan(found["cell_correlation"]).all(), "pooled over cells"
    assert found["far"].dtype == np.float32


def with_cells(expression: np.ndarray) -> Screen:
    """Return a screen in as many cells as there are rows of expression."""
    screen = planted(cells=len(expression))
    block = screen.cells.blocks["expression"]
    return replace(screen, cells=Cells(screen.cells.ids, {"expression": Block(expression, block.features, block.unit)}))


def alike(odd: int, count: int = 9) -> np.ndarray:
    """Return the expression of cells of one kind, but for the last ones."""
    rng = np.random.default_rng(5)
    common = rng.normal(8, 2, size=40)
    values = common + 0.5 * rng.normal(size=(count, 40))
    values[count - odd :] = rng.normal(8, 2, size=(odd, 40))
    return values


def test_an_odd_cell_is_outside_and_a_like_one_inside() -> None:
    screen = with_cells(alike(odd=1))
    cell = screen.samples["cell"].to_numpy()
    held = np.isin(cell, ["cell0", "cell8"])
    train = screen.take(np.flatnonzero(~held))
    found = domain_of(screen, [train], screen.cells)
    odd, like, known = cell == "cell8", cell == "cell0", ~held
    assert (found["cell_far"][odd] == 1).all()
    assert (found["cell_sparse"][odd] == 1).all()
    assert (found["cell_far"][like] == 0).all()
    assert (found["cell_correlation"][like] > 0.8).all()
    assert np.isnan(found["cell_correlation"][known]).all(), "it was in training: nothing is asked"
    few = domain_of(screen, [screen.take(np.flatnonzero(cell == "cell1"))], screen.cells)
    assert np.isnan(few["cell_far"]).all(), "one training cell sets no cut"


def table_by_hand() -> pd.DataFrame:
    # Six profiles: two outside by neighbour, one more by density alone, one without a structure.
    nan = np.nan
    return pd.DataFrame(
        {
            "split": "s",
            "model": "m",
            "role": "model",
            "of": "",
            "sample": range(7),
            "group": [0, 1, 2, 3, 4, 5, 6],
            "cell": list("aabbccc"),
            "similarity": [0.1, 0.2, 0.5, 0.6, 0.7, 0.8, nan],
            "far": [1, 1, 0, 0, 0, 0, nan],
            "sparse": [1, 0, 1, 0, 0, 0, nan],
            "cell_far": [nan] * 7,
            "cell_sparse": [1, 1, 0, 0, 0, 0, 0],
            "score": [0.0, 0.2, 0.3, 0.5, 0.6, 0.7, 9.0],
            "interval_coverage": [0.8, 0.8, 0.9, 0.9, 0.9, nan, nan],
        }
    )


def test_inside_and_outside_by_hand() -> None:
    found = by_domain(table_by_hand(), ["score", "interval_coverage"], draws=100, seed=0)
    lines = found.set_index(["domain", "measure"])
    far = lines.loc[("compound, by neighbour", "score")]
    assert (far["profiles"], far["profiles_outside"], far["groups_outside"]) == (6, 2, 2)
    assert (far["inside"], far["outside"]) == pytest.approx((2.1 / 4, 0.1))
    assert far["difference"] == pytest.approx(far["inside"] - far["outside"])
    assert np.isnan(far["low"]), "two groups are too few for an interval"
    covered = lines.loc[("compound, by neighbour", "interval_coverage")]
    assert (covered["profiles"], covered["inside"], covered["outside"]) == pytest.approx((5, 0.9, 0.8))
    sparse = lines.loc[("compound, by density", "score")]
    assert (sparse["inside"], sparse["outside"]) == pytest.approx((2.0 / 4, 0.15))
    alone = lines.loc[("compound, by density alone", "score")]
    assert (alone["profiles"], alone["profiles_outside"]) == (4, 1)
    assert (alone["inside"], alone["outside"]) == pytest.approx((1.8 / 3, 0.3))
    cells = lines.loc[("cell, by density", "score")]
    assert (cells["profiles"], cells["groups_outside"]) == (7, 1)
    assert "cell, by neighbour" not in lines.index.get_level_values(0)
    rows = domain_rows(found)
    assert [len(row) for row in rows] == [len(DOMAIN_HEADS)] * 4
    assert rows[0][:5] == ["m", "compound, by neighbour", "33.3% (2 groups)", "0.525", "0.100"]
    assert rows[2][5] == "+0.300"
    assert rows[3][1:3] == ["cell, by density", "28.6% (1 cell line)"]


def test_five_groups_on_each_side_give_an_interval() -> None:
    hand = table_by_hand()
    table = pd.concat([hand.assign(group=hand["group"] + 7 * i, sample=hand["sample"] + 7 * i) for i in range(3)])
    lines = by_domain(table, ["score"], draws=300, seed=1).set_index("domain")
    line, known = lines.loc["compound, by neighbour"], table[table["far"].notna()]
    wanted = bootstrap_contrast(known["score"], known["far"] == 0, known["group"], seed=1, resamples=300)
    assert (line["difference"], line["low"], line["high"]) == (wanted.mean, wanted.low, wanted.high)
    assert 0 < line["low"] < line["difference"] < line["high"]
    assert np.isnan(lines.loc["compound, by density alone", "low"])


def test_compounds_are_not_at_stake_where_most_were_in_training() -> None:
    table = table_by_hand().assign(similarity=[0.1, 0.2, 1, 1, 1, 1, np.nan], far=0.0, sparse=0.0)
    found = by_domain(table, ["score"], draws=10, seed=0)
    assert set(found["domain"]) == {"cell, by density"}


def test_a_leaderboard_says_it_in_all_files(board: Leaderboard) -> None:
    profiles = board.profiles
    assert profiles is not None
    assert set(profiles["far"].unique()) <= {0.0, 1.0}
    assert (profiles["density"] <= profiles["similarity"] + 1e-6).all()
    table = board.by_domain()
    assert {"compound, by neighbour", "compound, by density", "compound, by density alone"} == set(table["domain"])
    page = markdown(board)
    section = page.partition("### Inside and outside of the domain")[2].partition("##")[0]
    assert "| kernel | compound, by density |" in section
    assert "shuffled" not in section
    assert "nan" not in section
    told = json.loads(json.dumps(document(board)))
    assert len(told["domain"]) == len(table)
    html = leaderboard_page(told)
    assert "Inside and outside of the domain" in html
    for row in domain_rows(table):
        assert "| " + " | ".join(row) + " |" in section
        assert row[2] in html
    del told["domain"]
    assert "Inside and outside of the domain" not in leaderboard_page(told), "an older one has none"


def test_held_out_cells_are_judged(registry: Registry) -> None:
    screen = with_cells(alike(odd=2))
    told = plan(splits=("cell",), models=(PlanModel(name="mean"),), references=(), shuffled_compounds=False)
    found = evaluate(told, material(screen), registry)
    assert set(found.by_domain()["domain"]) == {"cell, by neighbour", "cell, by density"}
    samples = found.profiles.assign(cell=screen.samples["cell"].to_numpy()[found.profiles["sample"]])
    outside = samples.groupby("cell")["cell_far"].max()
    assert (outside[["cell7", "cell8"]] == 1).all()
    line = found.by_domain().query("measure == 'centred_pearson' and domain == 'cell, by neighbour'").iloc[0]
    assert line["groups_outside"] == (outside == 1).sum()


def test_an_older_folder_goes_on_and_keeps_its_numbers(registry: Registry, tmp_path: Path) -> None:
    kept = Results.below(tmp_path)
    told = plan(models=(PlanModel(name="mean"),), references=(), bootstrap=20)
    first = evaluate(told, material(planted()), registry, results=kept)
    for path in (tmp_path / "residuals").glob("*domain*"):
        path.unlink()  # an earlier version kept no domain
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "results").iterdir()}
    again = evaluate(told, material(planted()), registry, results=kept)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "results").iterdir()} == before
    pd.testing.assert_frame_equal(again.profiles, first.profiles)
    pd.testing.assert_frame_equal(again.by_domain(), first.by_domain())
