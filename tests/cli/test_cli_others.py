"""The other commands, and how the program starts and leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import drugexp
from drugexp import api
from drugexp.api import models
from drugexp.cli import train as train_command

HEAVY = {"jax", "flax", "rdkit", "pandas", "sklearn", "numpy", "pyarrow", "scipy"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["predict", "--help"],
        ["--version"],
        ["plugins", "list"],
        ["plugins", "doctor"],
        ["predict", "--doze", "1"],
    ],
    ids=" ".join,
)
def test_what_needs_no_numbers_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, drugexp; from drugexp.cli.app import main\n"
        f"sys.argv = ['drugexp', *{arguments!r}]\n"
        "try:\n    main()\nfinally:\n"
        f"    print('HEAVY', *sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr.splitlines()[-1].split() == ["HEAVY"]
    assert done.returncode == (2 if "--doze" in arguments else 0)


def test_the_version_and_no_command(cli) -> None:
    assert cli("--version").out == f"drugexp {drugexp.__version__}\n"
    assert "predict" in cli().out + cli().err
    assert cli("predic").code == 2


def test_a_reader_that_leaves_is_no_error() -> None:
    code = "from drugexp.cli.app import main; import sys; sys.argv = ['drugexp', 'plugins', 'list', '--json']; main()"
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()
    assert (process.returncode, words) == (0, b"")


def test_models_list_and_show(cli, bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "model_folders", lambda: {"small": bundles["zscore"]})
    assert cli("models", "list").out == f"small\t{bundles['zscore']}\n"
    assert json.loads(cli("models", "list", "--json").out) == [{"name": "small", "folder": str(bundles["zscore"])}]
    shown = cli("models", "show", "small").out
    assert "z-score of the change" in shown
    assert "A549*, HEPG2, MCF7*, PC3*" in shown
    facts = json.loads(cli("models", "show", "small", "--json").out)
    assert facts["unit"] == "zscore"
    assert {"name": "HEPG2", "learnt": False} in facts["cells"]
    done = cli("models", "show", "smal")
    assert (done.code, "unknown model 'smal'; nearest: small" in done.err) == (2, True)


def test_data_list_and_verify_of_an_almost_empty_folder(cli) -> None:
    Path("data").mkdir()
    listed = cli("data", "list", "--data-dir", "data")
    assert listed.code == 0
    assert "missing" in listed.out
    rows = json.loads(cli("data", "list", "--data-dir", "data", "--json").out)
    assert {row["state"] for row in rows} == {"missing", "not fetched"}
    name = rows[0]["name"]
    done = cli("data", "verify", name, "--data-dir", "data")
    assert done.code == 3
    assert "missing or altered" in done.err
    unknown = cli("data", "verify", name[:-1], "--data-dir", "data")
    assert (unknown.code, f"nearest: {name}" in unknown.err) == (2, True)
    assert cli("data", "list", "--data-dir", "nowhere").code in (2, 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no file 'r.toml'"),
        ("name = ", "this is not a TOML file"),
        ("name = 'x'", "option model"),
        ("name = 'x'\nsceens = []", "r.toml: "),
        (
            "name = 'x'\n[model]\nname = 'mean'\n[[screens]]\nname = 's'\n[calibration]\nfold = 3",
            "unknown option 'calibration.fold'; nearest: calibration.folds",
        ),
        (
            "name = 'x'\n[model]\nname = 'mean'\n[[screens]]\nname = 's'\n[calibration]\nfolds = 1",
            "one fold leaves nothing to train on",
        ),
    ],
)
def test_recipes_that_cannot_be_used(cli, text: str | None, words: str) -> None:
    if text is not None:
        Path("r.toml").write_text(text)
    done = cli("train", "r.toml", "-o", "model")
    assert done.code == 2
    assert words in done.err
    assert not Path("model").exists()


def test_train_refuses_a_bad_output_before_any_work(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "train", pytest.fail)
    Path("own").mkdir()
    for target in ("own", "no/folder"):
        assert cli("train", "r.toml", "-o", target).code == 2


def test_train_says_what_its_intervals_covered(cli, bundles, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = api.load(bundles["zscore"])
    monkeypatch.setattr(api, "train", lambda *_, **__: pipeline)
    done = cli("train", "r.toml", "-o", "model")
    assert train_command.train.__doc__
    assert done.err.startswith("wrote model; its 90% intervals covered ")
    assert cli("train", "r.toml", "-o", "model", "--quiet").err == ""
