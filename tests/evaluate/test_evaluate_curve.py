"""Learning curves rise where there is something to learn, stay flat where there is not, and keep the yardstick."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_screens import material, plan, planted

from drugexp.evaluate.curve import Curve, learning_curve
from drugexp.evaluate.leaderboard import evaluate
from drugexp.evaluate.plan import PlanScreen
from drugexp.evaluate.results import Results
from drugexp.evaluate.run import Run
from drugexp.registry import Registry
from drugexp.show.curve_page import curve_page, write_curve

PLAN = plan(learning_curve=(0.2, 1.0), only_folds=(0,), bootstrap=100)


SCREEN = material(planted(noise=1.0))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return Results.below(tmp_path_factory.mktemp("curve"))


@pytest.fixture(scope="module")
def curve(registry: Registry, kept: Results) -> Curve:
    return learning_curve(PLAN, SCREEN, registry, results=kept)


def line(curve: Curve, model: str, metric: str = "centred_pearson") -> list[float]:
    table = curve.points[(curve.points["model"] == model) & (curve.points["metric"] == metric)]
    return table.sort_values("share")["mean"].tolist()


def test_it_rises_with_the_compounds_and_shuffled_ones_stay_at_nothing(curve: Curve) -> None:
    few, all_of_them = line(curve, "kernel")
    assert all_of_them > few + 0.05
    assert max(map(abs, line(curve, "kernel, shuffled compounds"))) < 0.2
    gain = curve.gains.set_index("model").loc["kernel"]
    assert gain["gain"] == pytest.approx(all_of_them - few)
    assert 0 < gain["low"] < gain["gain"] < gain["high"]
    sizes = curve.points.drop_duplicates("share")["compounds"].tolist()
    assert sizes[0] < 0.3 * sizes[1]


def test_the_last_point_is_the_leaderboard_and_the_yardstick_stays(
    curve: Curve, registry: Registry, kept: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "predict", pytest.fail)  # what the curve has kept is what the leaderboard reads
    board = evaluate(PLAN.model_copy(update={"interval_rows": 0}), SCREEN, registry, results=kept)
    table = board.summary().set_index(["model", "metric"])["mean"]
    for model in ("kernel", "zero", "mean"):
        assert line(curve, model)[-1] == pytest.approx(table[model, "centred_pearson"], abs=1e-9)
    zero = line(curve, "zero")
    assert zero[0] == pytest.approx(zero[1]), "no change is scored alike, whatever the share"


def test_the_space_of_a_share_is_that_of_its_scale(registry: Registry) -> None:
    scaled = plan(screens=(PlanScreen(name="planted", transform=("gene_scale",)),), learning_curve=(0.3, 1.0))
    few = {"only_folds": (0,), "shuffled_compounds": False}
    found = learning_curve(scaled.model_copy(update=few), SCREEN, registry)
    zero = line(found, "zero")
    assert zero[0] != pytest.approx(zero[1], abs=1e-6), "each share has scales of its own"
    assert line(found, "kernel")[0] > 0.2


def test_it_goes_on_from_what_is_kept(
    curve: Curve, registry: Registry, kept: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "predict", pytest.fail)
    again = learning_curve(PLAN, SCREEN, registry, results=kept)
    pd.testing.assert_frame_equal(curve.points, again.points)


def test_it_is_written_as_a_table_and_a_page_of_its_own(curve: Curve, tmp_path: Path) -> None:
    paths = write_curve(curve, tmp_path)
    table = pd.read_csv(paths["csv"])
    assert len(table) == len(curve.points)
    np.testing.assert_allclose(table["mean"], curve.points["mean"], rtol=1e-5)
    page = curve_page(curve)
    assert page.count("<svg") == 1
    assert "<polyline" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    text = paths["md"].read_text()
    assert "| kernel | model |" in text
    assert "from 20% to 100% of the compounds: +" in text
