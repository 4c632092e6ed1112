"""A search is the same for the same seed, goes on after a kill, stops bad variants, and refuses what makes no sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.errors import DataError, DrugexpError, ModelError, UsageError
from drugexp.evaluate.results import Results
from drugexp.evaluate.run import Run
from drugexp.evaluate.tuning import search as searching
from drugexp.evaluate.tuning.inner import Inner, inner_folds
from drugexp.evaluate.tuning.nested import settle
from drugexp.evaluate.tuning.outcome import Found
from drugexp.evaluate.tuning.search import search
from drugexp.evaluate.tuning.settings import Range, Search
from drugexp.learn.recipe import ModelChoice
from drugexp.registry import Registry
from drugexp.show.path_page import write_path

pytest.importorskip("optuna")

SCREEN = material(planted(noise=2.0))
RIDGE = ModelChoice(name="tanimoto-kernel-ridge", options={"shrink_rows": 3.0, "least_rows": 3})


def inner(registry: Registry, choice: ModelChoice = RIDGE, seed: int = 0, **told: Any) -> Inner:
    run = Run(plan(seed=seed), SCREEN, registry, Results(None), None, settle)
    settings = Search(**{"trials": 6, "startup": 3, "folds": 2, **told})
    return inner_folds(run, choice, settings, SCREEN.screens, SCREEN.truth)


def same(found: Found) -> pd.DataFrame:
    return found.table().drop(columns="seconds")


@pytest.fixture
def formula(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scores be a formula of the penalty, best at 10, with noise of its own in each fold: nothing is fitted."""

    def scores(self: Inner, point: Any) -> Iterator[np.ndarray]:
        for split, _ in self.folds:
            noise = np.random.default_rng(split.fold).normal(size=len(split.test))
            yield -abs(np.log10(point["penalty"]) - 1.0) + 0.1 * noise

    monkeypatch.setattr(Inner, "scores", scores)


def test_the_best_of_real_fits_is_told(registry: Registry) -> None:
    found = search(inner(registry, trials=3))
    table = found.table()
    assert table["penalty"][0] == 3.0, "the first is the model as it is told"
    assert table["score"].max() == pytest.approx(found.chosen.score)
    assert found.point["penalty"] == table["penalty"][table["score"].idxmax()]
    assert found.choice.options == {**RIDGE.options, **found.point}
    assert found.profiles == 96


def test_the_same_seed_gives_the_same_variants_and_another_seed_others(
    registry: Registry, tmp_path: Path, formula: None
) -> None:
    one = same(search(inner(registry)))
    pd.testing.assert_frame_equal(one, same(search(inner(registry), file=tmp_path / "kept.sqlite")))
    other = search(inner(registry, seed=1)).table()
    assert set(one["penalty"][1:]).isdisjoint(other["penalty"][1:])


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formula: None
) -> None:
    whole = same(search(inner(registry)))
    file, calls, scores = tmp_path / "study.sqlite", [], Inner.scores

    def killed(self: Inner, point: Any) -> Any:
        calls.append(point)
        if len(calls) in (1, 4):
            raise KeyboardInterrupt
        return scores(self, point)

    monkeypatch.setattr(Inner, "scores", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search(inner(registry), file=file)
    pd.testing.assert_frame_equal(same(search(inner(registry), file=file)), whole)
    assert len(calls) == 6 + 2, "what was done is not done again"
    search(inner(registry), file=file)
    assert len(calls) == 6 + 2, "a search that is done does nothing"
    longer = search(inner(registry, trials=7), file=file)
    pd.testing.assert_frame_equal(same(longer)[:6], whole)
    assert len(longer.tried) == 7


def test_the_sampler_comes_near_the_best_and_bad_variants_are_stopped_after_a_fold(
    registry: Registry, formula: None
) -> None:
    told = {"trials": 25, "startup": 5, "space": {"penalty": Range(low=1e-6, high=1e6, log=True)}}
    pruned, whole = (search(inner(registry, prune=prune, **told)) for prune in (True, False))
    for found in (pruned, whole):
        assert abs(np.log10(found.point["penalty"]) - 1.0) < 0.55
    stopped = pruned.table()[pruned.table()["state"] == "stopped"]
    assert len(stopped)
    assert stopped[["score", "fold_1"]].isna().all(axis=None)
    assert stopped["fold_0"].notna().all()
    assert (whole.table()["state"] == "done").all()


def test_a_path_goes_from_end_to_end_and_is_drawn(registry: Registry, tmp_path: Path, formula: None) -> None:
    told = {"space": {"penalty": Range(low=0.1, high=1000.0, log=True)}, "path": "penalty", "points": 5}
    found = search(inner(registry, startup=1, **told), file=tmp_path / "study.sqlite")
    points = found.along("penalty")
    np.testing.assert_allclose(points["value"], [0.1, 1, 10, 100, 1000])
    assert found.point["penalty"] == 10.0, "where the formula is best"
    assert (found.table()["state"] == "done").all(), "nothing of a path is stopped"
    assert ((points["low"] < points["mean"]) & (points["mean"] < points["high"])).all()
    paths = write_path(found, "penalty", "ridge", tmp_path)
    np.testing.assert_allclose(pd.read_csv(paths["csv"])["mean"], points["mean"], rtol=1e-5)
    page = paths["html"].read_text()
    assert page.count("<svg") == 1
    assert "5 variants of tanimoto-kernel-ridge were tried" in page
    values = search(inner(registry, **{**told, "space": {"penalty": (30.0, 3.0)}})).along("penalty")
    assert values["value"].tolist() == [3.0, 30.0]
    with pytest.raises(UsageError, match="nearest: penalty"):
        search(inner(registry, path="penalti"))


def test_an_error_is_made_small(registry: Registry, formula: None) -> None:
    found = search(inner(registry, metric="rmse", trials=4))
    table = found.table()
    assert found.point["penalty"] == table["penalty"][table["score"].idxmin()]
    assert found.sign * found.chosen.score == pytest.approx(table["score"].min())
    assert found.chosen.optimism >= 0


def test_a_variant_that_fails_is_told_and_ends_nothing(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, formula: None
) -> None:
    scores = Inner.scores

    def fails(self: Inner, point: Any) -> Any:
        if point["penalty"] != 3.0:
            raise ModelError("singular")
        return scores(self, point)

    monkeypatch.setattr(Inner, "scores", fails)
    table = search(inner(registry, trials=4)).table()
    assert table["state"].tolist() == ["done", "failed", "failed", "failed"]
    assert table["failed"][1] == "singular"
    monkeypatch.setattr(Inner, "scores", lambda self, _: fails(self, {"penalty": 0.0}))
    with pytest.raises(ModelError, match="no variant could be scored: singular"):
        search(inner(registry, trials=3))


def test_the_inner_folds_hold_whole_groups_and_score_every_profile_once(registry: Registry) -> None:
    folds = inner(registry)
    groups, tests = folds.run.material.groups, [split.test for split, _ in folds.folds]
    assert sorted(np.concatenate(tests)) == list(range(len(groups)))
    for split, _ in folds.folds:
        assert set(groups[split.test]).isdisjoint(groups[split.train[0]])
    assert len(folds.groups) == len(groups)


@pytest.mark.parametrize(
    ("choice", "told", "words"),
    [
        (ModelChoice(name="tanimoto-kernl-ridge"), {}, "nearest: tanimoto-kernel-ridge"),
        (ModelChoice(name="mean"), {}, "declares no search space"),
        (ModelChoice(name="normalised-mean", options={"power": 0.5}), {}, "could be searched are set"),
        (RIDGE, {"space": {"penalti": Range(low=1, high=2)}}, "nearest: penalty"),
        (RIDGE, {"space": {"least_rows": Range(low=1, high=2)}}, r"least_rows = 1\.37"),
        (ModelChoice(name="ridge"), {"space": {"penalty": Range(low=-1, high=2)}}, "penalty = -1"),
        (RIDGE, {"space": {"penalty": ()}}, "at least one value"),
        (RIDGE, {"metric": "centred_person"}, "nearest: centred_pearson"),
    ],
)
def test_what_makes_no_sense_is_refused(registry: Registry, choice: ModelChoice, told: Any, words: str) -> None:
    with pytest.raises(DrugexpError, match=words):
        search(inner(registry, choice, **told))


def test_a_file_of_other_settings_or_of_no_study_is_refused(registry: Registry, tmp_path: Path, formula: None) -> None:
    file = tmp_path / "study.sqlite"
    search(inner(registry, trials=2), file=file)
    with pytest.raises(UsageError, match=r"study of other settings: seed\. Name another folder"):
        search(inner(registry, seed=3), file=file)
    with pytest.raises(UsageError, match="other settings: prune"):
        search(inner(registry, prune=False), file=file)
    file.write_text("no database")
    with pytest.raises(DataError, match="this is no study"):
        search(inner(registry), file=file)


def test_without_optuna_there_is_a_sentence(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'drugexp\[tune\]'"):
        search(inner(registry))
