"""`drugexp data show|fetch|add|build` as a person types them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import drugexp
from drugexp.intake.screen_io import read_screen_folder

TOML = """
name = "mine"
title = "Three numbers of mine"
folder = "mine"
kind = "table"
licence = "CC0"
redistribute = true
may_ship_weights = true
licence_reason = "Mine."
citation = "none"
source = "made up"
notes = ["The third number is wrong."]

[[files]]
path = "x.csv"
{known}

[[files.sources]]
path = "{source}"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a manifest of one's own; the data folder and the cache are empty."""
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DRUGEXP_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    source, path = tmp_path / "given.csv", tmp_path / "mine.toml"
    source.write_bytes(b"1\n2\n3\n")
    known = f'sha256 = "{hashlib.sha256(source.read_bytes()).hexdigest()}"\nbytes = 6'
    path.write_text(TOML.format(known=known, source=source))
    return path


def test_a_set_of_ones_own_is_added_fetched_shown_and_verified(cli, own: Path) -> None:
    added = cli("data", "add", own)
    assert added.code == 0
    assert "1 of 1 files are not in" in added.err
    assert "drugexp data fetch mine" in added.err
    shown = cli("data", "show", "mine").out
    for fact in ("Three numbers of mine", "CC0", "Mine.", "missing", "mine/x.csv", "6 B", "The third number is wrong."):
        assert fact in shown
    done = cli("data", "fetch", "mine")
    assert (done.code, "terms: CC0" in done.err, "fetched" in done.err) == (0, True, True)
    assert json.loads(cli("data", "show", "mine", "--json").out)["files"][0]["state"] == "ok"
    assert cli("data", "verify", "mine").out == "ok       mine/x.csv\n"
    Path("data/mine/x.csv").write_text("2\n")
    altered = cli("data", "fetch", "mine")
    assert (altered.code, "6 bytes expected, 2 found" in altered.err) == (3, True)
    assert cli("data", "fetch", "mine", "--replace", "--quiet").err == ""
    assert cli("data", "verify", "mine").code == 0


def test_a_first_fetch_says_that_it_pins(cli, own: Path) -> None:
    own.write_text(TOML.format(known="", source=own.parent / "given.csv"))
    assert cli("data", "add", own).code == 0
    assert "?" in next(line for line in cli("data", "list").out.splitlines() if line.startswith("mine"))
    done = cli("data", "fetch", "mine")
    assert "no hash of it was known: pinned sha256" in done.err
    assert "pinned" not in cli("data", "fetch", "mine").err


def test_one_set_that_fails_does_not_stop_the_others(cli, own: Path) -> None:
    cli("data", "add", own)
    done = cli("data", "fetch", "genes", "mine")
    assert done.code == 3
    assert "no address serves" in done.err
    assert "1 of 2 sets could not be fetched: genes" in done.err
    assert Path("data/mine/x.csv").exists()
    assert cli("data", "fetch", "mime").code == 2


def test_a_set_is_built_into_a_screen(cli, data_dir: Path) -> None:
    done = cli("data", "build", "transigen", "-o", "t.screen", "--data-dir", data_dir)
    assert (done.code, "wrote t.screen: " in done.err) == (0, True)
    screen = read_screen_folder("t.screen")
    assert f"{len(screen):,} profiles on {len(screen.genes):,} genes, log2fc" in done.err


def test_a_set_is_built_with_options_of_its_reader_into_another_format(cli, data_dir: Path) -> None:
    done = cli("data", "build", "l1000_ht115", "-o", "t.gctx", "--option", "control_half=0", "--data-dir", data_dir)
    assert done.code == 0
    assert "the provenance is left out" in done.err
    half = drugexp.read_screen("l1000_ht115", control_half=0)
    np.testing.assert_array_equal(drugexp.read_screen("t.gctx").values, half.values)
    wrong = cli("data", "build", "l1000_ht115", "-o", "t.gctx", "--option", "control=0", "--data-dir", data_dir)
    assert (wrong.code, "control_half" in wrong.err) == (2, True)
    bare = cli("data", "build", "l1000_ht115", "-o", "t.gctx", "--option", "control")
    assert (bare.code, bare.err) == (2, "drugexp: --option 'control' is not NAME=VALUE\n")


def test_a_screen_that_cannot_be_built_is_told(cli, own: Path) -> None:
    wrong = cli("data", "build", "transigen", "-o", "t.xlsx")
    assert (wrong.code, "ends in none of .screen, .h5ad, .gct, .gctx" in wrong.err) == (2, True)
    table = cli("data", "build", "moses", "-o", "m.screen")
    assert (table.code, "side table" in table.err) == (2, True)
    missing = cli("data", "build", "transigen", "-o", "t.screen")
    assert (missing.code, "has no file" in missing.err) == (3, True)
    assert not Path("t.screen").exists()
