"""The two programs of the page on command-line models are the same model."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "plugins" / "command-line.md"


def _program(folder: Path, name: str) -> Path:
    found = re.search(rf"<!-- file: {re.escape(name)} -->\n+```\w*\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert found is not None
    (folder / name).write_text(found.group(1))
    return folder / name


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_and_python_give_the_same_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savetxt(tmp_path / "X.csv", rng.integers(0, 2, (30, 20)), delimiter=",")
    np.savetxt(tmp_path / "Y.csv", rng.normal(size=(30, 7)), delimiter=",")
    answers = []
    for start, name in ((["Rscript"], "ridge.R"), ([sys.executable], "ridge.py")):
        command = [*start, str(_program(tmp_path, name))]
        for paths in (("fit", "X.csv", "Y.csv", "model.csv"), ("predict", "X.csv", "model.csv", "out.csv")):
            subprocess.run([*command, *paths], cwd=tmp_path, check=True, capture_output=True)  # noqa: S603
        answers.append(np.loadtxt(tmp_path / "out.csv", delimiter=","))
    assert np.ptp(answers[0], axis=0).min() > 0.1
    assert np.abs(answers[0] - answers[1]).max() < 1e-9
