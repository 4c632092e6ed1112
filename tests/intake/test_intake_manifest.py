"""Manifests: the shipped ones are whole, wrong ones are refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from drugexp.errors import DataError, UsageError
from drugexp.intake.manifest import find_manifest, load_manifests, parse_manifest
from drugexp.registry import discover


def test_every_shipped_manifest_names_a_registered_reader() -> None:
    readers = set(discover().names("reader"))
    manifests = load_manifests()
    assert {"lincs_consensus", "tggates_phh", "baseline_165", "annotations"} <= set(manifests)
    assert {m.reader for m in manifests.values()} - {""} <= readers


def test_a_set_with_a_reader_states_unit_and_namespace() -> None:
    for manifest in load_manifests().values():
        if manifest.reader:
            assert manifest.unit is not None, manifest.name
            assert manifest.gene_namespace is not None, manifest.name


def test_manifests_agree_on_files_they_share_and_all_used_files_are_listed() -> None:
    manifests = load_manifests()
    listed: dict[str, str] = {}
    for manifest in manifests.values():
        paths = [f.path for f in manifest.files]
        assert len(paths) == len(set(paths)), manifest.name
        for file in manifest.files:
            assert listed.setdefault(f"{manifest.folder}/{file.path}", file.sha256) == file.sha256
    assert {used for m in manifests.values() for used in m.uses} <= set(listed)


@pytest.mark.parametrize("name", ["drugbank_proteins", "gdsc_ccle", "string_vectors"])
def test_sources_whose_terms_forbid_it_may_not_ship(name: str) -> None:
    assert not load_manifests()[name].may_ship_weights


def test_a_set_without_an_address_says_so() -> None:
    assert "no public address" in load_manifests()["lincs_consensus"].availability


def test_an_unknown_key_is_refused_by_name(tiny) -> None:
    path = tiny.add("a", "x.csv", b"1")
    path.write_text('licens = "x"\n' + path.read_text())
    with pytest.raises(DataError, match=r"a\.toml: unknown key 'licens'; nearest: licence"):
        parse_manifest(path)


def test_a_wrong_value_is_refused_by_key(tiny) -> None:
    path = tiny.add("a", "x.csv", b"1")
    path.write_text(path.read_text().replace("bytes = 1", "bytes = -1"))
    with pytest.raises(DataError, match=r"a\.toml: key 'files\.0\.bytes'"):
        parse_manifest(path)


@pytest.mark.parametrize("evil", ["../x.csv", "/etc/passwd", "a/../../x", "..\\\\x", "C:/x"])
def test_a_path_out_of_the_folder_is_refused(tiny, evil: str) -> None:
    path = tiny.add("a", "x.csv", b"1")
    path.write_text(path.read_text().replace("x.csv", evil))
    with pytest.raises(DataError, match="not a plain path inside the data folder"):
        parse_manifest(path)


def test_broken_toml_and_a_wrong_name_are_refused(tiny) -> None:
    path = tiny.add("a", "x.csv", b"1")
    renamed = path.rename(path.with_name("b.toml"))
    with pytest.raises(DataError, match=r"the file is called b\.toml"):
        parse_manifest(renamed)
    renamed.write_text("name = ")
    with pytest.raises(DataError, match="cannot be read"):
        parse_manifest(renamed)


def test_a_missing_manifest_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        parse_manifest(tmp_path / "none.toml")


def test_an_unknown_set_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="nearest: lincs_consensus"):
        find_manifest("lincs-consensus", load_manifests())
