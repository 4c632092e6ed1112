"""Commands that plugins bring are verbs like our own; none can take one of ours, and a broken one hurts nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_plugins import install, run

FUNCTION = """import typer

print("loaded")


def dose(amount: float, twice: bool = False) -> None:
    '''Say a dose.'''
    typer.echo(f"dose {amount * (2 if twice else 1)}")
"""
APP = """import typer

app = typer.Typer(help="Plates.")


@app.command()
def read(name: str) -> None:
    typer.echo(f"read {name}")


@app.command()
def fail() -> None:
    from drugexp.errors import InputError

    raise InputError("no plate", hint="Bring one.")
"""
# What a command of click is to its caller; typer carries a click of its own, so the two may not be one.
CLICK = """class Command:
    params = ()

    def make_context(self, *_, **__):
        raise AssertionError("the context of another click")

    def main(self, args, prog_name):
        print(prog_name, *args)
        raise SystemExit(7 if "--bad" in args else 0)


command = Command()
"""


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a command."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("COLUMNS", "120")

    def write(name: str, source: str, attribute: str, *, distribution: str | None = None) -> Path:
        module = f"{tmp_path.name}_{distribution}_{name}".replace("-", "_")
        (site / f"{module}.py").write_text(source)
        install(site, name, None, value=f"{module}:{attribute}", distribution=distribution, group="drugexp.commands")
        return site

    return write


def test_a_function_is_a_verb_that_is_loaded_only_when_called(cli, verb) -> None:
    verb("dose", FUNCTION, "dose")
    listed = cli("--help").out
    assert "Commands of dose-dist" in listed
    assert "loaded" not in listed
    assert cli("dose", "2.5", "--twice").out == "loaded\ndose 5.0\n"
    told = cli("dose", "--help")
    assert (told.code, "Say a dose." in told.out) == (0, True)
    assert "Usage: drugexp dose" in told.out
    assert "completion" not in told.out
    assert cli("dose", "much").code == 2


def test_a_typer_app_is_a_group_of_verbs(cli, verb) -> None:
    verb("plate", APP, "app")
    assert cli("plate", "read", "p1").out == "read p1\n"
    failed = cli("plate", "fail")
    assert (failed.code, failed.err) == (3, "drugexp: no plate. Bring one.\n")
    assert "read" in cli("plate", "--help").out


def test_a_click_command_reads_its_own_arguments(cli, verb) -> None:
    verb("clicked", CLICK, "command")
    assert cli("clicked", "a", "--help", "--", "-x").out == "drugexp clicked a --help -- -x\n"
    assert cli("clicked", "--bad").code == 7


def test_a_core_verb_stays_ours(cli, verb) -> None:
    verb("models", FUNCTION, "dose", distribution="thief")
    assert "loaded" not in cli("models", "--help").out
    assert "Commands of thief" not in cli("--help").out
    told = cli("plugins", "doctor")
    assert "warning: command 'models' of thief is never called: drugexp has a command of that name" in told.out
    assert told.code == 0


def test_two_distributions_with_one_verb_are_both_refused(cli, verb, monkeypatch: pytest.MonkeyPatch) -> None:
    verb("dose", FUNCTION, "dose", distribution="one")
    verb("dose", FUNCTION, "dose", distribution="two")
    sentence = "command 'dose' is claimed by one and two; leave one out: DRUGEXP_DISABLE_PLUGINS=two"
    done = cli("dose", "1")
    assert (done.code, done.err) == (2, f"drugexp: {sentence}\n")
    assert "Commands of one and two" in cli("--help").out
    assert f"warning: {sentence}" in cli("plugins", "doctor").out
    monkeypatch.setenv("DRUGEXP_DISABLE_PLUGINS", "two")
    assert cli("dose", "1").out.endswith("dose 1.0\n")


@pytest.mark.parametrize(
    ("source", "attribute", "words"),
    [
        ("1 / 0", "dose", "ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit()", "dose", "it calls sys.exit() while it is loaded"),
        ("import absent_thing", "dose", "pip install absent_thing"),
        (FUNCTION, "missing", "has no attribute 'missing'"),
        ("dose = 3", "dose", "is of type int: no function, typer app or click command"),
    ],
)
def test_a_command_that_does_not_load_is_one_sentence(cli, verb, source: str, attribute: str, words: str) -> None:
    verb("dose", source, attribute)
    done = cli("dose", "1")
    assert done.code == 5
    assert done.err.startswith("drugexp: command 'dose' of dose-dist: it cannot be loaded: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert "Commands of dose-dist" in cli("--help").out
    assert cli("--version").code == 0


def test_an_unknown_verb_names_the_nearest_of_all(cli, verb) -> None:
    verb("fingerprint-cells", FUNCTION, "dose")
    done = cli("fingerprint-cell")
    assert (done.code, done.err) == (
        2,
        "drugexp: unknown command 'fingerprint-cell'; nearest: fingerprint-cells; all names: drugexp --help\n",
    )
    assert "nearest: predict" in cli("predic").err


def test_help_loads_no_plugin_and_nothing_heavy(verb, tmp_path: Path) -> None:
    site = verb("dose", FUNCTION, "dose")
    (tmp_path / "cache").mkdir()
    code = (
        "import sys; from drugexp.cli.app import main; sys.argv = ['drugexp', '--help']\n"
        "try:\n    main()\n"
        "finally:\n    print('SEEN', *sorted(set(sys.modules) & {'numpy', 'pluggy', 'jax', 'pandas'}))"
    )
    done = run(site, tmp_path / "cache", code=code)
    assert "Commands of dose-dist" in done.stdout
    assert "loaded" not in done.stdout
    assert done.stdout.splitlines()[-1] == "SEEN"
