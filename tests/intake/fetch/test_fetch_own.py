"""Manifests: where a file may come from, and a user's own under their own names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from local_web import as_toml, manifest, one
from pydantic import ValidationError

from drugexp.errors import DataError, UsageError
from drugexp.intake.fetch.own import add_manifest
from drugexp.intake.manifest import load_manifests, parse_manifest
from drugexp.intake.sources import Source
from drugexp.intake.store import set_files


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "ftp://a.org/x"}, "starts with http"),
        ({"url": "file:///etc/passwd"}, "starts with http"),
        ({"url": "https://"}, "starts with http"),
        ({"path": "x.csv"}, "not an absolute path"),
        ({"package": "a", "member": "x"}, "a package with its version"),
        ({"package": "--index-url=http://evil==1", "member": "x"}, "a package with its version"),
        ({"package": "a==1 --pre", "member": "x"}, "a package with its version"),
        ({"package": "a==1"}, "names no member"),
        ({"url": "https://a.org/x", "member": "../x"}, "not a plain path"),
        ({"url": "https://a.org/x", "member": "/x"}, "not a plain path"),
        ({"url": "https://a.org/x", "member": "x", "gunzip": True}, "not both"),
        ({"url": "https://a.org/x", "path": "/x"}, "one of url, path and package"),
        ({}, "one of url, path and package"),
        ({"link": "https://a.org/x"}, "Extra inputs"),
    ],
    ids=str,
)
def test_a_source_that_makes_no_sense_is_refused(wrong: dict, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Source.model_validate(wrong)


def test_a_file_without_hash_and_origin_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(as_toml(manifest(one(None), page="https://a.org")).replace("page", "#"))
    with pytest.raises(DataError, match=r"file 'x\.bin' has no sha256, and nothing says where it can be had"):
        parse_manifest(path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_added_manifest_is_known_by_its_name_until_it_is_replaced(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(as_toml(manifest(one(b"1"), name="mine")))
    assert "mine" not in load_manifests()
    add_manifest(path)
    assert list(load_manifests()) == sorted(load_manifests())
    (tmp_path / "data" / "mine").mkdir(parents=True)
    (tmp_path / "data" / "mine" / "x.bin").write_bytes(b"1")
    assert set(set_files("mine", tmp_path / "data")) == {"x.bin"}
    path.write_text(as_toml(manifest(one(b"2"), name="mine")))
    add_manifest(path)
    assert load_manifests()["mine"] == parse_manifest(path)


def test_the_name_of_a_shipped_set_cannot_be_taken(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "moses.toml"
    path.write_text(as_toml(manifest(one(b"1"), name="moses")))
    with pytest.raises(UsageError, match=r"'moses' belongs to a set that ships with drugexp"):
        add_manifest(path)
    (cache / "manifests").mkdir(parents=True)
    shutil.copy(path, cache / "manifests")
    assert load_manifests()["moses"].title != "A", "one that stands there nevertheless does not count"


def test_an_unknown_reader_and_a_contradiction_are_refused(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(as_toml(manifest(one(b"1"), name="mine", reader="count_well")))
    with pytest.raises(UsageError, match=r"mine\.toml: unknown reader 'count_well'; nearest: count_wells"):
        add_manifest(path)
    shared = manifest(one(b"1", path="train.csv.gz"), name="mine").model_copy(update={"folder": "moses"})
    path.write_text(as_toml(shared))
    with pytest.raises(DataError, match=r"'moses/train\.csv\.gz' is another one in the set 'moses'"):
        add_manifest(path)
    assert "mine" not in load_manifests()
