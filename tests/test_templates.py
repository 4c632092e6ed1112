"""A new plugin of every kind is found, and passes its own tests, as it is written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from installed import install_in_place

from drugexp.scaffold import new_plugin, template_kinds


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return one new plugin of each kind, installed."""
    folder = tmp_path_factory.mktemp("projects")
    made = {kind: new_plugin(f"mine-{kind}", kind, folder) for kind in template_kinds()}
    for project in made.values():
        install_in_place(project)
    return made


def _run(projects: dict[str, Path], *command: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(map(str, projects.values()))
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", *command],
        cwd=next(iter(projects.values())).parent,
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_are_found(projects: dict[str, Path]) -> None:
    rows = json.loads(_run(projects, "drugexp", "plugins", "list", "--json").stdout)
    found = {(row["kind"], row["name"], row["status"]) for row in rows if row["distribution"].startswith("mine-")}
    assert found == {(kind, f"mine-{kind}", "ok") for kind in projects}


@pytest.mark.parametrize("which", ["quick", pytest.param("all", marks=pytest.mark.slow)])
def test_each_passes_its_own_tests(projects: dict[str, Path], which: str) -> None:
    folders = [str(project / "tests") for project in projects.values()]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "error"]
    if which == "quick":  # most rules compile the network anew; the built-in networks are held to all of them
        options += ["-k", "not network or network-mine-network-fits or jit-and-vmap"]
    done = _run(projects, "pytest", *options, *folders)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed.group(1)) > 40
