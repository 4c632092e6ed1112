"""A plan that makes no sense is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from drugexp.contract import parse_options
from drugexp.errors import UsageError
from drugexp.evaluate import leaderboard
from drugexp.evaluate.plan import Plan, check_plan, read_plan
from drugexp.places import packaged_folder
from drugexp.registry import Registry, discover

MINIMAL = 'name = "x"\n[[screens]]\nname = "lincs_consensus"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fold = 3\n" + MINIMAL, r"plan.toml: unknown option 'fold'; nearest: folds"),
        ("folds = 1\n" + MINIMAL, r"plan.toml: option folds = 1: .*greater than or equal to 2"),
        ('name = "x"\n', r"plan.toml: option screens .*Field required"),
        (MINIMAL + "wher = {hours = [24]}\n", r"unknown option 'screens.0.wher'"),
        (
            MINIMAL + '[[models]]\nname = "a"\n[[models]]\nname = "a"\n',
            r"two models are called 'a'.* Give each a label",
        ),
        ("baselines = false\n" + MINIMAL, r"names no models and has its baselines switched off"),
        ('control_halves = "both"\n' + MINIMAL, r"option control_halves = 'both'"),
        ("name = ", r"plan.toml: this is not a TOML file"),
    ],
)
def test_a_wrong_plan_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_plan(write(tmp_path, text))


def test_an_unknown_split_names_the_nearest(tmp_path: Path, registry: Registry) -> None:
    plan = read_plan(write(tmp_path, 'splits = ["scafold"]\n' + MINIMAL))
    with pytest.raises(UsageError, match="unknown split 'scafold'; nearest: scaffold"):
        check_plan(plan, registry.names("splitter"))


def test_a_model_may_take_the_place_of_a_reference(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, MINIMAL + '[[models]]\nname = "svd-ridge"\noptions = {rank = 5}\n'))
    assert plan.models[0].options == {"rank": 5}


@pytest.mark.parametrize("path", sorted(packaged_folder("configs").glob("evaluate_*.toml")), ids=lambda p: p.stem)
def test_every_plan_that_ships_can_be_read(path: Path, registry: Registry) -> None:
    check_plan(read_plan(path), registry.names("splitter"))


def test_an_unknown_model_is_told_before_any_data_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the data were read")

    monkeypatch.setattr(leaderboard, "read_material", never)
    told = {"name": "p", "screens": [{"name": "lincs_consensus"}], "models": [{"name": "svd-rigde"}]}
    plan = parse_options(Plan, told)
    with pytest.raises(UsageError, match=r"svd-rigde.*svd-ridge"):
        leaderboard.run_plan(plan, registry=discover(), output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
