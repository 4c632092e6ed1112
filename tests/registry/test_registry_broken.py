"""Every way to be broken at once, installed beside healthy plugins: each is told by name, and all others work."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path

import pytest
from fake_plugins import BROKEN, brings, install, install_all_broken, run

CORE = {point.name for point in distribution("drugexp").entry_points if point.group == "drugexp"}
WELL = {"healthy", "prints", "needs", "dangling", "thief", "zz-last"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the distributions."""
    site = tmp_path_factory.mktemp("all") / "site"
    site.mkdir()
    (site.parent / "cache").mkdir()
    install_all_broken(site)
    install(site, "healthy", brings("healthy-model"))
    install(site, "prints", "print('hello from the plugin')\n" + brings("printing-model"))
    install(site, "needs", brings("needy-model", more=", requires=['absent_package'], extra='needs-dist[all]'"))
    install(site, "dangling", brings("dangling-model", "json:no_such_name"))
    install(site, "thief", brings("mean"))
    install(site, "zz-last", brings("last-model"))
    return site


@pytest.fixture(scope="module")
def doctor(site: Path) -> dict[str, dict]:
    """Return what `plugins doctor` finds of each plugin."""
    done = run(site, site.parent / "cache", "plugins", "doctor", "--json", DRUGEXP_PLUGIN_TIMEOUT="4")
    assert done.returncode == 5, done.stderr
    return {p["name"]: p for p in json.loads(done.stdout)["plugins"]}


def told_as(name: str) -> str:
    return "damaged-dist" if name == "damaged" else name


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_plugin_is_told_by_name_with_what_to_do(doctor: dict[str, dict], name: str) -> None:
    found = doctor[told_as(name)]
    assert found["status"] == "error"
    assert BROKEN[name].error in found["error"]
    assert BROKEN[name].advice in found["advice"]
    assert found["distribution"] == f"{name}-dist"
    assert found["declarations"] == []


def test_all_others_keep_working(doctor: dict[str, dict]) -> None:
    assert {n for n, p in doctor.items() if p["status"] == "ok"} == CORE | WELL
    assert set(doctor) == CORE | WELL | set(map(told_as, BROKEN))
    assert [d["name"] for d in doctor["zz-last"]["declarations"]] == ["last-model"]


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("prints", "it prints while it is loaded: 'hello from the plugin'"),
        ("needs", "model 'needy-model' needs absent_package: pip install 'needs-dist[all]'"),
        ("thief", "model 'mean' is claimed by 2 plugins; write drugexp:mean or thief-dist:mean"),
    ],
)
def test_what_is_well_but_odd_is_a_warning(doctor: dict[str, dict], name: str, warning: str) -> None:
    assert doctor[name]["warnings"] == [warning]
    assert doctor["healthy"]["warnings"] == []


def test_a_plugin_that_hangs_or_dies_says_where(doctor: dict[str, dict]) -> None:
    for name in ("hangs", "aborts"):
        assert f"{name}_plugin.py" in doctor[name]["detail"]
    assert "ZeroDivisionError" in doctor["raises"]["detail"]


ORDINARY = """
import sys, time
start = time.monotonic()
from drugexp.errors import DrugexpError
from drugexp.registry import discover
registry = discover()
print(registry.load("model", "healthy-model")("x"), registry.load("model", "thief-dist:mean")("x"))
for name in ("dangling-model", "mean", "needy-model", "no-such-name"):
    try:
        registry.load("model", name)
    except DrugexpError as error:
        print(error)
print(*sorted(name for name in sys.modules if name.endswith("_plugin") or name.startswith("drugexp_")))
print(time.monotonic() - start < 4)
"""


def test_an_ordinary_look_up_pays_for_none_of_it(site: Path, doctor: dict[str, dict]) -> None:
    """What hangs has hung once; no plugin is imported for a name that another brings."""
    done = run(site, site.parent / "cache", code=ORDINARY, DRUGEXP_PLUGIN_TIMEOUT="4")
    healthy, dangling, taken, needy, unknown, imported, quick = done.stdout.splitlines()
    assert healthy == '"x" "x"'
    assert dangling.startswith("plugin 'dangling': model 'dangling-model' (json:no_such_name) cannot be imported: ")
    assert taken == "model 'mean' is claimed by 2 plugins; write drugexp:mean or thief-dist:mean"
    assert needy == "model 'needy-model' needs absent_package: pip install 'needs-dist[all]'"
    assert unknown.startswith("unknown model 'no-such-name'")
    assert all(f" {told_as(name)}" in unknown for name in BROKEN)
    assert unknown.endswith("why: drugexp plugins doctor)")
    assert imported == ""
    assert quick == "True"


def test_the_list_has_a_row_for_each_of_them(site: Path) -> None:
    quick = ",".join(["hangs", "vanishes-dist", "aborts"])
    done = run(site, site.parent / "cache", "plugins", "list", "--json", DRUGEXP_DISABLE_PLUGINS=quick)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    status = {row["plugin"]: row["status"] for row in rows}
    assert {n for n, s in status.items() if s == "disabled"} == {"hangs", "vanishes", "aborts"}
    assert {n for n, s in status.items() if s == "error"} == set(map(told_as, BROKEN)) - {"hangs", "vanishes", "aborts"}
    assert {row["name"] for row in rows} >= {"healthy-model", "last-model", "product-kernel", "morgan_counts"}
    assert "hello from the plugin" not in done.stdout + done.stderr
    (needy,) = (row for row in rows if row["name"] == "needy-model")
    assert (needy["status"], needy["licence"], needy["version"]) == ("unavailable", "MIT", "1.2")
