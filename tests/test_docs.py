"""Every example of the README and of the pages in docs runs: commands in order, Python as doctests."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from installed import install_in_place

from drugexp.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
_FILE = re.compile(r"<!-- file: (\S+) -->\n+```\w*\n(.*?)^```", re.M | re.S)


def _commands(text: str) -> list[str]:
    """Return the lines of console blocks that start a command of ours."""
    blocks = [body for kind, body in _BLOCK.findall(text) if kind == "console"]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line[2:] for line in lines if line.startswith("$ drugexp ")]


def _run(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", shlex.split(command, comments=True))
    code: int | str | None = 0
    try:
        app.main()
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert code in (0, None), f"{command}\n{out}\n{err}"
    return 0


def _lay_out(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files of a page; one that holds a pyproject.toml is installed for as long as the test runs."""
    monkeypatch.chdir(folder)
    for name, body in _FILE.findall(text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body)
        if name.endswith(".py"):  # a page may import it
            monkeypatch.syspath_prepend(str(folder))
    if (folder / "pyproject.toml").is_file():
        install_in_place(folder)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setenv("PYTHONPATH", str(folder))


def _need_packages(text: str) -> None:
    """Skip a page that needs a package which is not installed."""
    for package in re.findall("<!-- needs: (?!data)(\\w+) -->", text):
        pytest.importorskip(package)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page.read_text()
    if "<!-- needs: data -->" in text and not os.environ.get("DRUGEXP_DATA"):
        pytest.skip("DRUGEXP_DATA names no data folder")
    _need_packages(text)
    _lay_out(text, tmp_path, monkeypatch)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    for command in _commands(text):
        _run(command, capsys, monkeypatch)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text()
    _need_packages(text)
    _lay_out(text, tmp_path, monkeypatch)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert result.failed == 0


def test_the_readme_names_every_folder() -> None:
    text = (ROOT / "README.md").read_text()
    folders = [p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")]
    tracked = {"drugexp", "plugins", "tests", "configs", "data_manifests", "docs", "benchmarks"}
    assert tracked <= set(folders)
    assert not [f for f in tracked if f"`{f}/`" not in text]


def test_docstring_examples_run() -> None:
    """Doctests of the modules that hold examples."""
    import importlib

    names = [
        str(p.relative_to(ROOT).with_suffix("")).replace(os.sep, ".").removesuffix(".__init__")
        for p in sorted((ROOT / "drugexp").rglob("*.py"))
        if ">>>" in p.read_text()
    ]
    assert len(names) > 10
    for name in names:
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
