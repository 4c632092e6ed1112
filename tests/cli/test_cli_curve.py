"""`drugexp evaluate --learning-curve`: a table on standard output, a page in the folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PLAN = """
name = "Small"
cells = "sim.screen"
folds = 2
only_folds = [0]
bootstrap = 20
baselines = false
shuffled_compounds = false
learning_curve = [0.5, 1.0]

[[screens]]
name = "sim.screen"

[[models]]
name = "tanimoto-kernel-ridge"
"""


def test_a_curve_is_told_written_and_taken_up_again(cli: Callable[..., Any], tmp_path: Path) -> None:
    assert cli("data", "simulate", "-o", "sim.screen", "--compounds", 30, "--cells", 1, "--genes", 20).code == 0
    (tmp_path / "plan.toml").write_text(PLAN)
    done = cli("evaluate", "plan.toml", "--learning-curve", "-o", "curve")
    assert done.code == 0, done.err
    assert "| row | role |" in done.out
    assert "from 50% to 100% of the compounds" in done.out
    assert {p.name for p in (tmp_path / "curve").iterdir()} >= {f"learning_curve.{e}" for e in ("csv", "md", "html")}
    again = cli("evaluate", "plan.toml", "--learning-curve", "-o", "curve", "--json", "--quiet")
    assert {line["share"] for line in json.loads(again.out)} == {0.5, 1.0}
    refused = cli("evaluate", "plan.toml", "--learning-curve", "-o", "curve", "--engine", "local")
    assert refused.code == 2
    assert "one process" in refused.err
    (tmp_path / "plan.toml").write_text(PLAN.replace("[0.5, 1.0]", "[0.5, 1.5]"))
    wrong = cli("evaluate", "plan.toml", "--learning-curve")
    assert wrong.code == 2
    assert "learning_curve.1 = 1.5" in wrong.err
