"""What is remembered is never out of date, and never needed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_plugins import brings, install

from drugexp.contract.hooks import Declaration
from drugexp.places import cache_folder
from drugexp.points import Point
from drugexp.registry import Plugin, discover, discovery
from drugexp.registry.inventory import recall, remember
from drugexp.registry.stamp import Stamps

PLUGIN = Plugin(
    "p", "d", "1", "MIT", "0.1", "ok", (Declaration("model", "m", "a:b", "words", ("x",), "d[x]"),), None, "", "", 0.5
)
BROKEN = Plugin("q", "d", "1", "MIT", "", "error", (), "why", "do this", "deep", 1, "printed", ("jax",))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "cache" / "deep"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note which plugins each discovery had to load."""
    asked: list[list[str]] = []
    real = discovery.probe

    def noting(points: list[Point], limit: float) -> list[Plugin]:
        asked.append([p.name for p in points])
        return real(points, limit)

    monkeypatch.setattr(discovery, "probe", noting)
    return asked


def test_what_is_remembered_comes_back_whole() -> None:
    assert recall("ab") == {}
    remember({"a": PLUGIN})
    remember({"b": BROKEN})
    assert recall("abc") == {"a": PLUGIN, "b": BROKEN}
    assert recall("b") == {"b": BROKEN}
    remember({"a": BROKEN})
    assert recall("ab") == {"b": BROKEN, "a": BROKEN}
    assert [p.name for p in cache_folder().iterdir()] == ["plugins.json"]


def test_old_records_go() -> None:
    everyone = [str(i) for i in range(110)]
    remember(dict.fromkeys(everyone, PLUGIN))
    assert list(recall(everyone)) == everyone[10:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a": 3}',
        '{"a": {"name": "p"}}',
        "[" * 100_000,
        json.dumps({"a": {"name": "x", "declarations": "text"}}),
    ],
)
def test_a_foreign_file_is_as_good_as_none(text: str) -> None:
    cache_folder().mkdir(parents=True)
    (cache_folder() / "plugins.json").write_text(text)
    assert recall("ab") == {}
    remember({"b": PLUGIN})
    assert recall("ab") == {"b": PLUGIN}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", 3), ("status", "odd"), ("seconds", "long"), ("declarations", [{}]), ("imports", "jax"), ("error", 1)],
)
def test_a_record_of_another_form_is_passed_by(field: str, value: object) -> None:
    remember({"a": PLUGIN, "b": BROKEN})
    path = cache_folder() / "plugins.json"
    records = json.loads(path.read_text())
    records["a"][field] = value
    path.write_text(json.dumps(records))
    assert recall("ab") == {"b": BROKEN}


def test_a_cache_that_cannot_be_written_means_to_look_again(probed: list, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "file" / "inside"))
    for _ in range(2):
        assert "mean" in discover().names("model")
    assert len(probed) == 2


def test_a_plugin_is_loaded_once(site: Path, probed: list) -> None:
    install(site, "mine", brings("first"))
    for _ in range(3):
        assert "first" in discover().names("model")
    assert len([names for names in probed if "mine" in names]) == 1
    discover(fresh=True)
    assert len(probed) == 2


def test_another_plugin_does_not_load_the_first_again(site: Path, probed: list, monkeypatch) -> None:
    monkeypatch.delenv("PYTHONPATH")  # what is installed there may be an optional dependency of any plugin
    install(site, "mine", brings("first"))
    discover()
    install(site, "yours", brings("second"))
    assert {"first", "second"} <= set(discover().names("model"))
    assert probed[1:] == [["yours"]]


def _edit(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "mine_plugin.py").write_text(brings("other"))


def _edit_keeping_its_time(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = site / "mine_plugin.py"
    before = file.stat()
    file.write_text(brings("another-one"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _another_version(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = site / "mine_dist-1.2.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.2", "1.3"))


def _a_dependency(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "optional_thing").mkdir()


def _another_limit(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_PLUGIN_TIMEOUT", "31")


def _another_api(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drugexp.registry.stamp.API_VERSION", "0.0.9")


CHANGES = [_edit, _edit_keeping_its_time, _another_version, _a_dependency, _another_limit, _another_api]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__.strip("_"))
def test_the_fingerprint_changes_with_all_that_matters(
    site: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    from drugexp.points import scan
    from drugexp.registry.probe import time_limit

    def stamp() -> str:
        (point,) = (p for p in scan("drugexp") if p.name == "mine")
        return Stamps(time_limit()).of(point)

    install(site, "mine", brings("first"))
    before = stamp()
    (site / "results.csv").write_text("1")  # what a user writes there is no matter
    assert stamp() == before
    change(site, monkeypatch)
    assert stamp() != before


def test_a_changed_file_of_a_package_is_seen(site: Path) -> None:
    """The entry point names one module; what it declares may stand in another of the package."""
    package = site / "pack" / "inner"
    package.mkdir(parents=True)
    (site / "pack" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "table.py").write_text("NAME = 'first'")
    (package / "plug.py").write_text("from pack.inner.table import NAME\n" + brings("x").replace("'x'", "NAME"))
    (package / "broken_link.py").symlink_to(site / "nowhere.py")
    install(site, "packed", None, value="pack.inner.plug")
    assert "first" in discover().names("model")
    (package / "table.py").write_text("NAME = 'second!'")
    assert "second!" in discover().names("model")


def test_finding_the_files_imports_nothing(site: Path) -> None:
    install(site, "loud", "raise SystemError('imported')")
    assert len(Stamps(30).of(Point("loud", "loud_plugin", "drugexp"))) == 64
    assert Stamps(30).of(Point("none", "no_such_module", "drugexp")) != Stamps(30).of(Point("no", "sys", "drugexp"))
