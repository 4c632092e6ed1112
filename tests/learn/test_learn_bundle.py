"""A bundle comes back as it was, and a damaged or hostile one is a sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_model import small_pipeline, small_screen

from drugexp.contract import Unit
from drugexp.errors import DrugexpError, ModelError, PluginError, UsageError
from drugexp.learn import bundle as module
from drugexp.learn.bundle import load_bundle, save_bundle
from drugexp.learn.card import card_text
from drugexp.learn.neighbours import among_training, cut
from drugexp.learn.pipeline import Pipeline, apply
from drugexp.registry import Registry, discover

REGISTRY = discover()


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return small_pipeline()


@pytest.fixture
def folder(pipeline: Pipeline, tmp_path: Path) -> Path:
    return save_bundle(pipeline, tmp_path / "model")


def reseal(folder: Path) -> None:
    """Make the hashes of a changed bundle agree, as somebody with bad intent would."""
    index = json.loads((folder / "bundle.json").read_text())
    for name in index["files"]:
        index["files"][name]["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(index))


def test_a_bundle_predicts_bitwise_as_before(pipeline: Pipeline, folder: Path) -> None:
    back = load_bundle(folder, REGISTRY)
    screen = small_screen(seed=1)
    before, after = apply(pipeline, screen, REGISTRY), apply(back, screen, REGISTRY)
    assert before.mean.tobytes() == after.mean.tobytes()
    assert np.corrcoef(before.mean.ravel(), screen.values.ravel())[0, 1] < 1  # another seed, another effect
    assert (back.name, back.model, back.genes, back.unit) == (
        pipeline.name,
        pipeline.model,
        pipeline.genes,
        pipeline.unit,
    )
    assert back.cells.ids == pipeline.cells.ids
    assert np.array_equal(back.calibration.factor, pipeline.calibration.factor)
    assert vars(back.domain).keys() == vars(pipeline.domain).keys()
    assert back.domain.cells == pipeline.domain.cells
    assert back.domain.dose_um == (1.0, 10.0)
    assert card_text(back) == card_text(pipeline)


def test_a_saved_bundle_is_the_same_bytes_again(pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    again = save_bundle(load_bundle(folder, REGISTRY), tmp_path / "again")
    for name in ("model.json", "arrays.safetensors", "README.md"):
        assert (folder / name).read_bytes() == (again / name).read_bytes()


def test_a_bundle_without_a_density_cut_computes_one_and_stays_as_it_is(
    pipeline: Pipeline, folder: Path, tmp_path: Path
) -> None:
    tree = json.loads((folder / "model.json").read_text())
    stated = tree["domain"].pop("min_density")
    (folder / "model.json").write_text(json.dumps(tree))
    reseal(folder)
    old = load_bundle(folder, REGISTRY)
    assert old.domain.min_density is None
    # Each with itself left out has nearer neighbours than with its whole scaffold left out.
    assert old.domain.density_cut == cut(among_training(old.domain.bits).density) > stated > 0
    again = json.loads((save_bundle(old, tmp_path / "again") / "model.json").read_text())
    assert again["domain"].pop("min_density") is None
    assert again["domain"] == tree["domain"]


def test_it_learnt_the_planted_signal() -> None:
    screen = small_screen()
    trained = small_pipeline()
    truth = screen.values - screen.values.mean(0)
    found = apply(trained, screen, REGISTRY).mean - screen.values.mean(0)
    assert np.corrcoef(truth.ravel(), found.ravel())[0, 1] > 0.5


def test_the_card_says_unit_licence_cells_doses_and_coverage(pipeline: Pipeline, folder: Path) -> None:
    card = (folder / "README.md").read_text()
    for words in ("z-score of the change", "not stated", "A549, MCF7, PC3", "Dose: 1 to 10 uM", "90% coverage"):
        assert words in card


@pytest.mark.parametrize("name", ["model.json", "arrays.safetensors", "README.md"])
@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_damaged_file_is_named(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else content[:-1] + b"!")
    sentence = f"{name} cannot be read" if damage == "missing" else f"{name} was changed or cut short"
    with pytest.raises(ModelError, match=sentence):
        load_bundle(folder, REGISTRY)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "bundle.json is damaged"),
        ("[]", "bundle.json is damaged"),
        ('{"format": 1}', "bundle.json is damaged"),
        ("[" * 100_000, "bundle.json is damaged"),
        ('{"format": 99, "files": {}}', "damaged"),
    ],
)
def test_a_damaged_index_is_refused(folder: Path, content: str, sentence: str) -> None:
    (folder / "bundle.json").write_text(content)
    with pytest.raises(ModelError, match=sentence):
        load_bundle(folder, REGISTRY)


def test_another_format_is_refused_by_its_number(folder: Path) -> None:
    index = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps(index | {"format": 2}))
    with pytest.raises(ModelError, match="has format 2; this drugexp reads format 1"):
        load_bundle(folder, REGISTRY)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ModelError, match="not a model bundle"):
            load_bundle(path, REGISTRY)


def test_a_missing_plugin_is_named(folder: Path) -> None:
    with pytest.raises(
        PluginError, match=r"'tanimoto-kernel-ridge' of the distribution 'drugexp'.*pip install drugexp"
    ):
        load_bundle(folder, Registry([p for p in REGISTRY.plugins if p.name != "baselines"]))


def _set(tree: dict, path: str, value: object) -> None:
    *front, last = path.split(".")
    for part in front:
        tree = tree[part]
    tree[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.name", "../../etc/passwd"),
        ("model.name", "os:system"),
        ("model.options", {"__class__": "x"}),
        ("model", []),
        ("fitted", {}),
        ("genes.ids", []),
        ("genes.ids", ["A", "A"]),
        ("genes.namespace", "nonsense"),
        ("unit", "dollars"),
        ("transform.steps", 3),
        ("cells.blocks", [{"name": "expression"}]),
        ("cells.ids", ["one"]),
        ("calibration", {"factor": 1}),
        ("domain", {"evil": 1}),
        ("domain.bits", {"$array": "../../x"}),
        ("domain.bits", {"$array": ["x"]}),
        ("needs", None),
    ],
)
def test_a_hostile_model_json_is_a_sentence(folder: Path, path: str, value: object) -> None:
    tree = json.loads((folder / "model.json").read_text())
    _set(tree, path, value)
    (folder / "model.json").write_text(json.dumps(tree))
    reseal(folder)
    with pytest.raises(DrugexpError) as caught:
        load_bundle(folder, REGISTRY)
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize("content", [b"[" * 200_000, b"\xff\xfe", b"3", b'{"a": 1e999}'])
def test_json_that_is_deep_or_no_text_is_a_sentence(folder: Path, content: bytes) -> None:
    (folder / "model.json").write_bytes(content)
    reseal(folder)
    with pytest.raises(ModelError, match="the bundle cannot be read"):
        load_bundle(folder, REGISTRY)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x80\x04K\x01."])
def test_arrays_that_are_none_are_a_sentence(folder: Path, content: bytes) -> None:
    (folder / "arrays.safetensors").write_bytes(content)
    reseal(folder)
    with pytest.raises(ModelError, match="the bundle cannot be read"):
        load_bundle(folder, REGISTRY)


def test_a_folder_that_is_no_bundle_is_never_replaced(pipeline: Pipeline, tmp_path: Path) -> None:
    own = tmp_path / "thesis"
    own.mkdir()
    (own / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="exists and is not a bundle"):
        save_bundle(pipeline, own)
    assert (own / "chapter.txt").read_text() == "years of work"
    with pytest.raises(UsageError, match="there is no folder"):
        save_bundle(pipeline, tmp_path / "no" / "model")


def test_an_older_bundle_is_replaced_whole(pipeline: Pipeline, folder: Path) -> None:
    save_bundle(replace(pipeline, name="newer"), folder)
    assert load_bundle(folder, REGISTRY).name == "newer"
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_failure_half_way_leaves_what_stood_there(
    pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module.Path, "write_text", fail)
        with pytest.raises(UsageError, match="No space left"):
            save_bundle(replace(pipeline, name="newer"), folder)
    assert load_bundle(folder, REGISTRY).name == pipeline.name
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_bundle_that_was_copied_elsewhere_loads(folder: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(folder, tmp_path / "with space é")
    assert load_bundle(moved, REGISTRY).unit is Unit.ZSCORE
