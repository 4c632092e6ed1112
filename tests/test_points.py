"""Entry points are read distribution by distribution; a damaged one costs nobody else."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from fake_plugins import install

from drugexp.points import Point, is_disabled, point_of, scan


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def named(name: str, group: str = "drugexp") -> Point:
    (found,) = (p for p in scan(group) if p.name == name)
    return found


def test_a_point_knows_what_its_distribution_says(site: Path) -> None:
    install(site, "mine", None, value="pkg.part:thing", version="2.0", requires="torch>=2; extra == 'deep'")
    assert named("mine") == Point(
        "mine", "pkg.part:thing", "drugexp", "mine-dist", "2.0", "MIT", ("torch>=2; extra == 'deep'",)
    )
    assert named("mine").module == "pkg.part"
    assert "mine" not in {p.name for p in scan("drugexp.commands")}


def test_the_groups_are_kept_apart(site: Path) -> None:
    install(site, "verb", None, group="drugexp.commands")
    assert named("verb", "drugexp.commands").distribution == "verb-dist"
    assert "verb" not in {p.name for p in scan("drugexp")}
    assert "baselines" in {p.name for p in scan("drugexp")}


@pytest.mark.parametrize("text", ["[drugexp]\nno equals sign\n", "[drugexp]\nx = y\n[drugexp.other]\n broken"])
def test_a_damaged_file_is_told_under_its_distributions_name(site: Path, text: str) -> None:
    install(site, "bad", None, entry_points=text)
    install(site, "good", None)
    assert "its entry_points.txt cannot be read" in (named("bad-dist").problem or "")
    assert named("good").problem is None


def test_a_file_that_is_no_text_is_passed_by(site: Path) -> None:
    install(site, "bytes", None)
    (site / "bytes_dist-1.2.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[drugexp]\n")
    install(site, "good", None)
    assert named("good")
    assert "bytes" not in {p.name for p in scan("drugexp")}


def test_plugins_whose_metadata_are_missing_go_by_their_modules(site: Path) -> None:
    for name in ("bare", "naked"):
        install(site, name, None)
        (site / f"{name}_dist-1.2.dist-info" / "METADATA").unlink()
    assert (named("bare").distribution, named("naked").distribution) == ("bare_plugin", "naked_plugin")


def test_of_two_copies_the_first_on_the_path_counts(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, "mine", None, version="1.0")
    first = site / "first"
    first.mkdir()
    install(first, "mine", None, version="2.0", distribution="Mine_Dist")
    monkeypatch.syspath_prepend(first)
    assert named("mine").version == "2.0"


def test_a_point_without_a_distribution_goes_by_its_module() -> None:
    assert point_of(EntryPoint("x", "pkg.part", "drugexp")).distribution == "pkg"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [("", False), ("mine", True), ("other, mine ,", True), ("My_Dist", True), ("my", False), ("min", False)],
)
def test_a_plugin_is_left_out_by_its_name_or_distribution(
    listed: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUGEXP_DISABLE_PLUGINS", listed)
    assert is_disabled(Point("mine", "m", "drugexp", "my-dist")) is expected
