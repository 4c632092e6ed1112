"""The data folder: found, verified, never left."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from drugexp.contract import Cells
from drugexp.errors import DataError, UsageError
from drugexp.intake.manifest import parse_manifest
from drugexp.intake.screen_io import write_screen
from drugexp.intake.store import DataFolder, list_sets, read_cells, read_screen, set_files
from drugexp.registry import discover
from drugexp.simulate import SimulationOptions, simulate


def test_verified_files_are_returned_by_path(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    folder = DataFolder(tiny.root)
    assert folder.verify(manifest) == {"x.csv": tiny.root / "a" / "x.csv"}
    assert [s.state for s in folder.inspect(manifest)] == ["ok"]


def test_a_wrong_hash_is_refused_with_file_expected_and_found(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    (tiny.root / "a" / "x.csv").write_bytes(b"hellO")
    with pytest.raises(DataError, match=f"a/x.csv: sha256 {manifest.files[0].sha256} expected, [0-9a-f]{{64}} found"):
        DataFolder(tiny.root).verify(manifest)
    (tiny.root / "a" / "x.csv").write_bytes(b"longer than it was")
    with pytest.raises(DataError, match=r"a/x.csv: 5 bytes expected, 18 found"):
        DataFolder(tiny.root).verify(manifest)


def test_a_change_that_keeps_size_and_time_is_found_by_a_full_check(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    file = tiny.root / "a" / "x.csv"
    folder = DataFolder(tiny.root)
    folder.verify(manifest)
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_bytes(b"hellO")
    os.utime(file, ns=times)
    assert [s.state for s in folder.inspect(manifest, full=True)] == ["altered"]
    assert [s.state for s in folder.inspect(manifest)] == ["altered"]


def test_a_missing_file_names_the_three_ways(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    (tiny.root / "a" / "x.csv").unlink()
    with pytest.raises(DataError, match=r"no file 'a/x\.csv'.*--data-dir.*DRUGEXP_DATA.*put the files in"):
        DataFolder(tiny.root).verify(manifest)


def test_a_link_out_of_the_folder_is_refused(tiny, tmp_path: Path) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"hello")
    inside = tiny.root / "a" / "x.csv"
    inside.unlink()
    inside.symlink_to(outside)
    with pytest.raises(DataError, match="leads out of the data folder"):
        DataFolder(tiny.root).verify(manifest)
    with pytest.raises(DataError, match="leads out of the data folder"):
        DataFolder(tiny.root).path("../outside.csv")


def test_the_folder_is_the_argument_then_the_variable_then_the_cache(tmp_path: Path, monkeypatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DRUGEXP_DATA", str(second))
    assert DataFolder.locate(first).root == first
    assert DataFolder.locate().root == second
    monkeypatch.delenv("DRUGEXP_DATA")
    assert DataFolder.locate().root == tmp_path / "cache" / "data"


def test_a_named_folder_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(UsageError, match="--data-dir names"):
        DataFolder.locate(tmp_path / "none")
    monkeypatch.setenv("DRUGEXP_DATA", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="DRUGEXP_DATA names"):
        DataFolder.locate()


def test_a_broken_memory_of_hashes_does_no_harm(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello"))
    cache = Path(os.environ["DRUGEXP_CACHE"])
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "verified.json").write_text("{ broken")
    DataFolder(tiny.root).verify(manifest)


def test_a_used_file_that_no_manifest_lists_is_refused(tiny) -> None:
    manifest = parse_manifest(tiny.add("a", "x.csv", b"hello")).model_copy(update={"uses": ("b/y.csv",)})
    with pytest.raises(DataError, match=r"uses 'b/y\.csv', which no manifest lists"):
        set_files("a", tiny.root, manifests={"a": manifest})


def test_a_side_table_is_no_screen() -> None:
    with pytest.raises(UsageError, match="side table"):
        read_screen("annotations", registry=discover())


def test_sets_are_listed_by_name() -> None:
    names = [m.name for m in list_sets()]
    assert names == sorted(names)


@pytest.mark.data
def test_the_data_folder_is_what_the_manifests_say(data_dir: Path) -> None:
    prepared = [m for m in list_sets() if not m.public]
    states = {s.path: s.state for m in prepared for s in DataFolder(data_dir).inspect(m)}
    assert len(prepared) > 20
    assert {p: s for p, s in states.items() if s != "ok"} == {}


def test_a_screen_folder_is_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans, work = tmp_path / "plans", tmp_path / "work"
    for place, seed in ((plans, 1), (work, 2)):
        place.mkdir()
        write_screen(simulate(SimulationOptions(compounds=3, cells=1, seed=seed)).screen, place / "sim.screen")
    monkeypatch.chdir(work)
    beside, here = read_screen("sim.screen", beside=plans), read_screen("sim.screen")
    assert beside.provenance["options"]["seed"] == 1, "the folder of the file that names it comes first"
    assert here.provenance["options"]["seed"] == 2
    assert read_screen("sim.screen", beside=tmp_path).provenance["options"]["seed"] == 2, "then the working folder"
    assert read_screen(str(plans / "sim.screen")).provenance["options"]["seed"] == 1
    assert read_cells("sim.screen").ids == ("SIM1",)
    with pytest.raises(DataError, match=f"no screen folder 'other.screen' in {plans} or {work}"):
        read_screen("other.screen", beside=plans)
    with pytest.raises(UsageError, match=r"'sim.screen' is a screen as it is; it takes no option 'min_count'"):
        read_screen("sim.screen", options={"min_count": 3})


def test_cells_must_have_expression(tmp_path: Path) -> None:
    made = simulate(SimulationOptions(compounds=3, cells=1)).screen
    write_screen(replace(made, cells=Cells(made.cells.ids)), tmp_path / "bare.screen")
    assert read_cells("").ids == ()
    with pytest.raises(DataError, match="its cells have no unperturbed expression"):
        read_cells(str(tmp_path / "bare.screen"))


def test_a_manifest_of_ones_own_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[2] / "plugins" / "template" / "reader" / "example"
    own = tmp_path / "own"
    shutil.copytree(example, own)
    given = {}

    def reader(files, manifest, **options):
        given.update(files=files, name=manifest.name, options=options)
        return simulate(SimulationOptions(compounds=6, cells=1)).screen

    class Readers:
        def load(self, kind: str, name: str) -> object:
            assert (kind, name) == ("reader", "my-plugin")
            return reader

    monkeypatch.chdir(tmp_path)
    found = read_screen("own/my-plugin-example.toml", registry=Readers(), options={"strongest_dose_only": True})
    assert given["files"] == {"profiles.csv": (own / "data" / "profiles.csv").resolve()}
    assert (given["name"], given["options"]) == ("my-plugin-example", {"strongest_dose_only": True})
    assert found.provenance["reader"] == "my-plugin"
    monkeypatch.chdir(own)
    assert read_screen("my-plugin-example.toml", registry=Readers(), beside=tmp_path).unit == found.unit
    with (own / "data" / "profiles.csv").open("a") as file:
        file.write("x\n")
    with pytest.raises(DataError, match=r"profiles.csv: \d+ bytes expected"):
        read_screen("my-plugin-example.toml", registry=Readers())
    with pytest.raises(DataError, match=r"there is no manifest 'other\.toml'"):
        read_screen("other.toml", registry=Readers())


def test_an_option_may_have_any_name(data_dir: Path) -> None:
    for name in ("registry", "beside", "data_dir", "name"):
        with pytest.raises(UsageError, match=rf"option '{name}'"):
            read_screen("lincs_consensus", data_dir, options={name: 1})


def test_files_that_are_there_are_not_fetched_again(data_dir: Path) -> None:
    import drugexp

    found = drugexp.fetch("lincs_consensus", data_dir=data_dir)
    assert {f.state for f in found} == {"here"}
    assert all(f.path.is_relative_to(data_dir.resolve()) for f in found)
    with pytest.raises(UsageError, match="lincs_consensus"):
        drugexp.fetch("lincs_consensu", data_dir=data_dir)
