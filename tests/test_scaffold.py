"""New plugins work as they are written, and older ones can be brought up to date."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from drugexp import scaffold
from drugexp.errors import UsageError
from drugexp.scaffold import RECORD, Change, new_plugin, render, renew_plugin, template_kinds


def test_there_is_a_template_for_every_kind_an_author_asks_for() -> None:
    assert template_kinds() == ["engine", "featurizer", "metric", "model", "network", "reader"]


@pytest.mark.parametrize("kind", ["engine", "featurizer", "metric", "model", "network", "reader"])
def test_every_file_is_whole_and_bears_the_new_name(kind: str) -> None:
    files = render("deep-blue", kind)
    assert {"pyproject.toml", "README.md", "LICENSE", ".gitignore", ".github/workflows/tests.yml"} <= set(files)
    assert {"deep_blue/__init__.py", f"deep_blue/{kind}.py", "tests/test_contract.py"} <= set(files)
    for path, text in files.items():
        assert not [w for w in ("my-plugin", "my_plugin", "MyPlugin") if w in path + text], path
        if path.endswith(".py"):
            compile(text, path, "exec")
        if path.endswith(".toml"):
            tomllib.loads(text)
    points = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"]
    assert points == {"drugexp": {"deep-blue": "deep_blue"}}
    code = "".join(text for path, text in files.items() if path.endswith(".py"))
    assert kind == "reader" or "DeepBlue" in code or "def deep_blue" in code


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("My-Model", "cannot name"),
        ("../up", "cannot name"),
        ("a--b", "cannot name"),
        ("", "cannot name"),
        ("json", "uses itself"),
        ("class", "uses itself"),
        ("drugexp-mine", "uses itself"),
    ],
)
def test_names_that_cannot_be(name: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=word):
        new_plugin(name, "model", tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_and_a_folder_that_stands(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"modle.*model"):
        new_plugin("mine", "modle", tmp_path)
    new_plugin("mine", "model", tmp_path)
    (tmp_path / "mine" / "README.md").write_text("my words")
    with pytest.raises(UsageError, match="exists already"):
        new_plugin("mine", "model", tmp_path)
    assert (tmp_path / "mine" / "README.md").read_text() == "my words"


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin made from an older template, in which four files were otherwise."""
    today = scaffold.render

    def earlier(name: str, kind: str) -> dict[str, str]:
        files = today(name, kind)
        files |= {path: "# older\n" + files[path] for path in ("pyproject.toml", "mine/model.py", "README.md")}
        del files["plan.toml"]
        return files

    monkeypatch.setattr(scaffold, "render", earlier)
    folder = new_plugin("mine", "model", tmp_path)
    monkeypatch.setattr(scaffold, "render", today)
    return folder


def test_renewing_replaces_what_its_author_left_alone(older: Path) -> None:
    (older / "mine" / "model.py").write_text("mine = 1\n")
    (older / "LICENSE").write_text("my own licence\n")
    (older / "README.md").unlink()
    changes = renew_plugin(older)
    today = render("mine", "model")
    assert set(changes) == {
        Change("pyproject.toml", "replaced"),
        Change("plan.toml", "added"),
        Change("mine/model.py.new", "beside"),
    }
    assert (older / "pyproject.toml").read_text() == today["pyproject.toml"]
    assert (older / "mine" / "model.py").read_text() == "mine = 1\n"
    assert (older / "mine" / "model.py.new").read_text() == today["mine/model.py"]
    assert (older / "LICENSE").read_text() == "my own licence\n"
    assert not (older / "README.md").exists()
    assert renew_plugin(older) == []


def test_what_cannot_be_renewed_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not made by"):
        renew_plugin(tmp_path)
    (tmp_path / RECORD).write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        renew_plugin(tmp_path)
    (tmp_path / RECORD).write_text(json.dumps({"name": "../x", "kind": "model", "files": {}}))
    with pytest.raises(UsageError, match="cannot name"):
        renew_plugin(tmp_path)
