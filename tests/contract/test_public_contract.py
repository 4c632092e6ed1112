"""The public contract is written down, told in the changelog, and shown as it is on the pages for authors."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from drugexp.contract import API_VERSION

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "plugins").glob("*.md"))


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contract_writer", ROOT / "docs" / "contract.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_written_contract_is_that_of_the_code(writer: ModuleType) -> None:
    written = (ROOT / "docs" / "plugins" / "contract.txt").read_text()
    assert written == writer.contract_text(), "run python docs/contract.py, and note the change in CHANGELOG.md"


def test_the_changelog_knows_this_contract(writer: ModuleType) -> None:
    digest = writer.digest(writer.contract_text())
    told = re.findall(r"Plugin API (\d+\.\d+) \(contract ([0-9a-f]{8})\)", (ROOT / "CHANGELOG.md").read_text())
    assert told, "CHANGELOG.md names no contract"
    assert told[0] == (API_VERSION, digest), f"say in CHANGELOG.md what changed: Plugin API {API_VERSION} ({digest})"


def test_a_change_of_the_contract_changes_its_digest(writer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    before = writer.digest(writer.contract_text())

    def renamed(self, batch, rows=None): ...

    monkeypatch.setattr("drugexp.contract.batch.Batch.take", renamed)
    assert writer.digest(writer.contract_text()) != before


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_pages_show_signatures_as_they_are(page: Path, writer: ModuleType) -> None:
    public = writer.contract_text().split("\n\n")
    public[-1] = public[-1].rstrip()
    blocks = re.findall(r"^```text\n(.*?)\n```", page.read_text(), re.M | re.S)
    for shown in (part for block in blocks for part in block.split("\n\n")):
        assert shown in public, f"{page.name} shows\n{shown}"


def test_every_hook_has_its_page(writer: ModuleType) -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    hooks = [part for part in writer.contract_text().split("\n\n") if part.startswith("def drugexp_register_")]
    assert len(hooks) == 7
    assert all(hook.strip() in text for hook in hooks)


def test_the_tutorial_prints_the_model_of_the_template() -> None:
    tutorial = (ROOT / "docs" / "plugins" / "tutorial.md").read_text()
    top = ROOT / "plugins" / "template" / "model"
    for path in ("my_plugin/model.py", "my_plugin/__init__.py", "recipe.toml", "plan.toml"):
        text = (top / path).read_text()
        for old, new in (("my-plugin", "my-model"), ("my_plugin", "my_model"), ("MyPlugin", "MyModel")):
            text = text.replace(old, new)
        assert text in tutorial, f"the tutorial shows another {path}"
    model = (top / "my_plugin" / "model.py").read_text().splitlines()
    assert len([line for line in model if line.strip()]) <= 40
