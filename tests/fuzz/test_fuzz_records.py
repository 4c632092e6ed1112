"""Files of settings and records: TOML and JSON, nested as deep as one likes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from damage import damaged, keep_the_law, sentence_of, tries
from hypothesis import given
from hypothesis import strategies as st

from drugexp.contract import GeneAxis
from drugexp.evaluate.plan import read_plan
from drugexp.intake.hashes import remembered_sha256, sha256
from drugexp.intake.manifest import parse_manifest
from drugexp.intake.pins import LOCK_FILE, read_pins
from drugexp.intake.screen_io import read_screen_folder, write_screen
from drugexp.learn.recipe import read_recipe
from drugexp.places import cache_folder
from drugexp.simulate import SimulationOptions, simulate

ROOT = Path(__file__).parents[2]
MANIFESTS = [p.read_bytes() for p in sorted((ROOT / "data_manifests").glob("*.toml"))[:6]]
RECIPES = [p.read_bytes() for p in sorted((ROOT / "configs").glob("*.toml"))]
NESTED = (b"a = " + b"[" * 5000, b"a" + b".a" * 20_000 + b" = 1", b"a = " + b"9" * 5000, b"a = " + b"{a=" * 5000)
PINS = json.dumps({"set/a.csv": {"sha256": "0" * 64, "bytes": 3, "source": "https://example.org/a.csv"}}).encode()
DEEP_JSON = (b"[" * 20_000, b'{"a":' * 5000, b"[1e999]", b"9" * 5000, b"[]", b"null", b'"a"', b'{"format": 1}')


@pytest.mark.parametrize("read", [read_recipe, read_plan, parse_manifest])
@tries(2)
@given(content=damaged([*MANIFESTS, *RECIPES]) | st.sampled_from(NESTED) | st.binary(max_size=200))
def test_toml(tmp_path: Path, read: object, content: bytes) -> None:
    keep_the_law(read, tmp_path / "a.toml", content)


@tries(2)
@given(content=damaged([PINS]) | st.sampled_from(DEEP_JSON) | st.binary(max_size=200))
def test_the_lock_file(tmp_path: Path, content: bytes) -> None:
    keep_the_law(lambda path: read_pins(path.parent), tmp_path / LOCK_FILE, content)


@tries()
@given(content=damaged([b'{"/a/b|3|5": "00ff"}']) | st.sampled_from(DEEP_JSON) | st.binary(max_size=200))
def test_remembered_hashes_are_a_help_and_never_a_need(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    cache_folder().mkdir(parents=True, exist_ok=True)
    (cache_folder() / "verified.json").write_bytes(content)
    assert remembered_sha256(file) == sha256(file)


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("screens") / "a.screen"
    made = simulate(SimulationOptions(compounds=3, cells=2), genes=GeneAxis(("TP53", "MYC")))
    write_screen(made.screen, folder)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


HUGE_HEADERS = (
    (2**63).to_bytes(8, "little") + b"{}",
    (100).to_bytes(8, "little") + b"{",
    *(
        len(head).to_bytes(8, "little") + head
        for head in (
            b'{"values":{"dtype":"F32","shape":[999999999,999999999],"data_offsets":[0,8]}}',
            b'{"values":{"dtype":"F32","shape":[1,1],"data_offsets":[0,999999999999]}}',
            b"[" * 20_000,
        )
    ),
)


@pytest.mark.parametrize("name", ["screen.json", "arrays.safetensors", "samples.parquet", "perturbations.parquet"])
@tries()
@given(data=st.data())
def test_a_folder_of_a_screen(tmp_path: Path, screen: dict[str, bytes], name: str, data: st.DataObject) -> None:
    folder = tmp_path / "a.screen"
    folder.mkdir(exist_ok=True)
    for other, content in screen.items():
        (folder / other).write_bytes(content)
    odd = {"screen.json": DEEP_JSON, "arrays.safetensors": HUGE_HEADERS}.get(name, (b"",))
    (folder / name).write_bytes(data.draw(damaged([screen[name]]) | st.sampled_from(odd) | st.binary(max_size=200)))
    sentence_of(lambda: read_screen_folder(folder), folder)
