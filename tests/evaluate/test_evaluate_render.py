"""What is written says the same as the leaderboard."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from drugexp.evaluate.leaderboard import Leaderboard
from drugexp.evaluate.render import markdown, write
from drugexp.show.leaderboard import print_leaderboard


def test_all_files_hold_the_summary(board: Leaderboard, tmp_path: Path) -> None:
    paths = write(board, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in paths.values())
    summary = board.summary()
    table = pd.read_csv(paths["csv"])
    np.testing.assert_allclose(table["mean"], summary["mean"], rtol=1e-5)
    document = json.loads(paths["json"].read_text())
    assert document["headline"] == "centred_pearson"
    assert [line["mean"] for line in document["summary"]] == summary["mean"].tolist()
    assert document["proofs"]["scaffold 0"]["screens"]["planted"]["shared_keys"] == 0
    scores = pd.read_parquet(paths["parquet"])
    assert len(scores) == len(board.scores)
    assert scores["perturbation"].notna().all()


def test_the_page_shows_each_model_with_its_interval(board: Leaderboard) -> None:
    page = markdown(board)
    found = board.summary().set_index(["model", "metric"]).loc[("kernel", "centred_pearson")]
    assert f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]" in page
    assert "What it is for." in page
    assert "no key shared with training" in page
    assert "nan" not in page


def test_the_screen_shows_every_row(board: Leaderboard) -> None:
    text = io.StringIO()
    print_leaderboard(board, console=Console(file=text, width=240))
    lines = [line.strip("│ ").split("│")[0].strip() for line in text.getvalue().splitlines()]
    controls = {
        m: m.removeprefix(of).lstrip(", ")
        for m, of in zip(board.scores["model"], board.scores["of"], strict=True)
        if of
    }
    for model in set(board.scores["model"]):
        assert controls.get(model, model) in lines


def test_a_narrow_screen_shows_fewer_columns_and_says_so(board: Leaderboard) -> None:
    text = io.StringIO()
    print_leaderboard(board, console=Console(file=text, width=80))
    assert "…" not in text.getvalue()
    assert "Not shown for want of width" in text.getvalue()
