"""`drugexp plugins`: what is installed, what is wrong with it, and whether it keeps the contract."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from fake_plugins import brings, install

from drugexp.registry import Registry


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that this process finds distributions in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_the_list_names_everything_and_why_it_does_not_load(cli, site: Path) -> None:
    install(site, "raising", "1 / 0")
    text = cli("plugins", "list")
    assert text.code == 0
    heads = [line.split() for line in text.out.splitlines() if not line.startswith(" ")]
    assert heads[0] == ["PLUGIN", "VERSION", "API", "DISTRIBUTION", "LICENCE", "STATUS"]
    assert ["raising", "1.2", "raising-dist", "MIT", "error"] in heads
    assert "error: ZeroDivisionError: division by zero (site/raising_plugin.py, line 1)" in text.out
    assert "tanimoto-kernel-ridge" in text.out
    rows = json.loads(cli("plugins", "list", "--json").out)
    wanted = {"name", "kind", "plugin", "distribution", "version", "api_version", "licence", "status", "error"}
    assert all(wanted <= set(row) for row in rows)
    assert {row["status"] for row in rows if row["plugin"] == "baselines"} == {"ok"}
    assert [row["status"] for row in rows if row["plugin"] == "raising"] == ["error"]


def test_the_list_tries_again_what_did_not_load(cli, site: Path) -> None:
    """A plugin may fail for a reason that no file shows; the next ordinary command then knows it is well again."""
    from drugexp.registry import discover

    switch = site / "switch.txt"
    install(site, "moody", f"open({str(switch)!r})\n" + brings("moody-model"))
    assert "moody-model" not in discover().names("model")
    switch.touch()
    assert "moody-model" not in discover().names("model")
    assert "moody-model" in cli("plugins", "list").out
    assert "moody-model" in discover().names("model")


def test_the_doctor_tells_what_to_do_and_leaves_with_5(cli, site: Path) -> None:
    well = cli("plugins", "doctor")
    assert well.code == 0
    assert "baselines (drugexp " in well.out
    assert "well; brings 11 models (zero, mean, " in well.out
    assert "warning" not in well.out
    install(site, "needy", "import not_there_at_all")
    ill = cli("plugins", "doctor")
    assert ill.code == 5
    assert "needy (needy-dist 1.2): does not load: ModuleNotFoundError: No module named 'not_there_at_all'" in ill.out
    assert "what to do: pip install not_there_at_all" in ill.out


def test_the_doctor_shows_the_traceback_of_the_child_on_debug(site: Path, capsys, monkeypatch) -> None:
    from drugexp.cli.app import main

    install(site, "deep", "def inner():\n    1 / 0\n\n\ninner()\n")
    monkeypatch.setattr(sys, "argv", ["drugexp", "plugins", "doctor", "--debug"])
    with pytest.raises(SystemExit):
        main()
    out = capsys.readouterr().out
    assert "    | ZeroDivisionError: division by zero" in out
    assert "in inner" in out


def test_the_doctor_warns_of_a_large_import_and_of_nothing_brought(cli, site: Path) -> None:
    (site / "lightgbm.py").write_text("import time\ntime.sleep(1.1)\n")
    install(site, "heavy", "import lightgbm\n" + brings("heavy-model"))
    install(site, "empty", 'api_version = "0.1"\n')
    said = cli("plugins", "doctor")
    assert said.code == 0
    assert "warning: loading it imports lightgbm; leave that to the modules that it names as targets" in said.out
    assert "warning: loading it took " in said.out
    assert "warning: it declares nothing: has it a function such as drugexp_register_models" in said.out


@dataclass(frozen=True)
class Result:
    kind: str
    name: str
    rule: str
    passed: bool
    message: str
    seconds: float


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a kit in the place of the real one: what is called clean keeps both rules, all else breaks the second."""

    def check_plugin(name: str, registry: Registry) -> Iterator[Result]:
        assert "zero" in registry.names("model")
        for entry in registry.entries():
            if entry.plugin.name == name:
                thing = entry.declaration.name
                yield Result("model", thing, "is finite", True, "", 0.1)
                clean = "clean" in thing
                yield Result("model", thing, "keeps its inputs", clean, "" if clean else "it writes into them", 0.2)

    made_up = ModuleType("drugexp.testing")
    made_up.check_plugin = check_plugin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "drugexp.testing", made_up)


def test_check_prints_a_line_a_rule(cli, kit: None, site: Path) -> None:
    install(site, "mine", brings("clean") + "    register('dirty', 'json:loads')\n")
    clean = cli("plugins", "check", "clean")
    assert (clean.code, clean.err) == (0, "")
    assert clean.out.splitlines() == [
        "ok     model clean: is finite (0.1 s)",
        "ok     model clean: keeps its inputs (0.2 s)",
        "clean: all 2 rules are kept",
    ]
    dirty = cli("plugins", "check", "dirty")
    assert (dirty.code, dirty.err) == (5, "drugexp: dirty: 1 of 2 rules are broken\n")
    assert "BROKEN model dirty: keeps its inputs (0.2 s); it writes into them" in dirty.out
    assert cli("plugins", "check", "mine-dist:clean").code == 0
    assert "mine: 1 of 4 rules are broken" in cli("plugins", "check", "mine").err
    rows = [json.loads(line) for line in cli("plugins", "check", "dirty", "--json").out.splitlines()]
    assert [row["passed"] for row in rows] == [True, False]


def test_check_refuses_a_name_that_means_nothing_or_two_things(cli, kit: None, site: Path) -> None:
    unknown = cli("plugins", "check", "baseline-models")
    assert (unknown.code, "unknown plugin 'baseline-models'; nearest: " in unknown.err) == (2, True)
    install(site, "thief", brings("mean"))
    taken = cli("plugins", "check", "mean")
    assert (taken.code, "write drugexp:mean or thief-dist:mean" in taken.err) == (2, True)


def test_check_refuses_a_plugin_that_does_not_load(cli, kit: None, site: Path, monkeypatch) -> None:
    install(site, "raising", "1 / 0")
    done = cli("plugins", "check", "raising")
    assert (done.code, "plugin 'raising': ZeroDivisionError" in done.err) == (5, True)
    monkeypatch.setenv("DRUGEXP_DISABLE_PLUGINS", "raising-dist")
    assert "left out by DRUGEXP_DISABLE_PLUGINS" in cli("plugins", "check", "raising").err


def test_a_time_limit_that_is_no_number_is_told(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUGEXP_PLUGIN_TIMEOUT", "soon")
    done = cli("plugins", "list")
    assert (done.code, "DRUGEXP_PLUGIN_TIMEOUT is 'soon'; write a number of seconds" in done.err) == (2, True)


def test_new_and_renew_say_what_they_did(cli, tmp_path: Path) -> None:
    made = cli("plugins", "new", "deep-blue", "--kind", "metric")
    assert made.code == 0
    assert "wrote deep-blue" in made.out
    assert (tmp_path / "deep-blue" / "deep_blue" / "metric.py").is_file()
    assert cli("plugins", "new", "deep-blue").code == 2
    assert cli("plugins", "renew", "deep-blue").out == "nothing to renew\n"
    assert cli("plugins", "renew").code == 2
