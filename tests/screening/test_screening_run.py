"""A screen: the numbers of `predict`, in any shards, with any workers, after any kill."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import DataError, InputError, UsageError
from drugexp.screening.folder import Folder
from drugexp.screening.read import profiles, tables

pytestmark = pytest.mark.usefixtures("compiled_once")

BAD = {5: "C1CC", 17: "not a smiles"}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    rows = [BAD.get(i, SMILES[i % len(SMILES)]) for i in range(60)]
    path = tmp_path_factory.mktemp("library") / "x.smi"
    path.write_text("".join(f"{smiles} n{i}\n" for i, smiles in enumerate(rows)))
    return path


@pytest.fixture(scope="module")
def model(bundles):
    return bundles["zscore"]


ASKED = {"cells": ["MCF7", "PC3"], "dose_um": [1.0, 10.0], "hours": [24.0]}


@pytest.fixture(scope="module")
def undisturbed(library, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "out"
    return folder, drugexp.screen(library, folder, model=model, shard=16, workers=1, precision="float32", **ASKED)


def test_the_numbers_are_those_of_predict(undisturbed, library, model):
    folder, found = undisturbed
    labels, values = profiles(folder)
    good = [text for text in library.read_text().splitlines() if text.split()[0] not in ("C1CC", "not")]
    wanted = drugexp.predict([line.split()[0] for line in good], model=model, **ASKED)
    np.testing.assert_array_equal(values, wanted.iloc[:, -978:].to_numpy(np.float32))
    assert labels["cell"].tolist() == wanted["cell"].tolist()
    assert labels["dose_um"].tolist() == wanted["dose_um"].tolist()
    assert labels["compound_id"].tolist() == [line.split()[-1] for line in good for _ in range(4)]
    assert (found.rows, found.kept, found.rejected, found.profiles) == (60, 58, 2, 232)


def test_half_precision_is_that_of_the_same_numbers(undisturbed, library, model, tmp_path):
    """Halved on the device, where the transform is undone too: at most the last bit differs."""
    drugexp.screen(library, tmp_path / "out", model=model, shard=16, workers=1, **ASKED)
    _, whole = profiles(undisturbed[0])
    _, half = profiles(tmp_path / "out")
    assert half.dtype == np.float16
    np.testing.assert_allclose(half.astype(np.float32), whole, rtol=2**-10, atol=2**-24)


def test_rejected_rows_are_told_with_their_place_and_reason(undisturbed, library):
    text = (undisturbed[0] / "rejects.csv").read_text().splitlines()
    assert text[0] == "source,row,column,value,reason"
    assert [line.split(",")[1] for line in text[1:]] == ["6", "18"]
    assert "ring bond 1" in text[1]


@pytest.mark.parametrize(("shard", "workers"), [(7, 1), (60, 2), (1000, 1)])
def test_the_hash_minds_neither_shards_nor_workers(undisturbed, library, model, tmp_path, shard, workers):
    found = drugexp.screen(
        library, tmp_path / "out", model=model, shard=shard, workers=workers, precision="float32", **ASKED
    )
    assert found.digest == undisturbed[1].digest
    assert found.shards == -(-60 // shard)


def test_another_library_has_another_hash(undisturbed, library, model, tmp_path):
    other = tmp_path / "x.smi"
    other.write_text(library.read_text().replace(SMILES[3], SMILES[3] + "C"))
    found = drugexp.screen(other, tmp_path / "out", model=model, shard=16, workers=1, precision="float32", **ASKED)
    assert found.digest != undisturbed[1].digest


def test_half_precision_is_the_same_to_three_digits(undisturbed, library, model, tmp_path):
    drugexp.screen(library, tmp_path / "out", model=model, shard=30, workers=1, **ASKED)
    values = profiles(tmp_path / "out")[1]
    assert values.dtype == np.float16
    np.testing.assert_allclose(values, profiles(undisturbed[0])[1], rtol=1e-3, atol=1e-3)


def test_the_strongest_genes_are_those_of_whole_profiles(undisturbed, library, model, tmp_path):
    drugexp.screen(library, tmp_path / "out", model=model, shard=30, workers=1, keep="top", top=5, **ASKED)
    whole = profiles(undisturbed[0])[1]
    genes = np.array(Folder(undisturbed[0]).manifest()["genes"])
    row = 0
    for table in tables(tmp_path / "out"):
        for line in table.itertuples():
            order = np.argsort(whole[row], kind="stable")
            assert list(line.up) == list(genes[np.argsort(-whole[row], kind="stable")[:5]])
            np.testing.assert_array_equal(line.down_change, whole[row][order[:5]])
            row += 1
    assert row == len(whole)


def test_a_finished_screen_is_not_made_again(undisturbed, library, model):
    folder, found = undisturbed
    before = {p: p.stat().st_mtime_ns for p in (folder / "shards").iterdir()}
    told: list[bool] = []
    again = drugexp.screen(
        library, folder, model=model, shard=16, workers=1, precision="float32",
        tell=lambda made: told.append(made.resumed), **ASKED,
    )  # fmt: skip
    assert again == found
    assert told == [True] * 4
    assert before == {p: p.stat().st_mtime_ns for p in (folder / "shards").iterdir()}


def test_a_shard_that_is_lost_or_cut_is_made_again(library, model, tmp_path, undisturbed):
    options = {"model": model, "shard": 16, "workers": 1, "precision": "float32", **ASKED}
    drugexp.screen(library, tmp_path / "out", **options)
    folder = Folder(tmp_path / "out")
    folder.shard(0).unlink()
    folder.shard(2).write_bytes(folder.shard(2).read_bytes()[:-10])
    told: dict[int, bool] = {}
    found = drugexp.screen(
        library, tmp_path / "out", tell=lambda made: told.update({made.receipt.shard: made.resumed}), **options
    )
    assert told == {0: False, 1: True, 2: False, 3: True}
    assert found.digest == undisturbed[1].digest


@pytest.mark.parametrize(
    ("change", "words"),
    [({"cells": ["MCF7"]}, "its cells is"), ({"precision": "float16"}, "its precision"), ({"shard": 15}, "its shard")],
)
def test_another_screen_in_the_folder_is_refused(undisturbed, library, model, change, words):
    options = {"model": model, "shard": 16, "workers": 1, "precision": "float32", **ASKED} | change
    with pytest.raises(UsageError, match=words):
        drugexp.screen(library, undisturbed[0], **options)


def test_a_library_that_was_changed_meanwhile_is_refused(library, model, tmp_path):
    own = tmp_path / "x.smi"
    own.write_text(library.read_text())
    options = {"model": model, "shard": 16, "workers": 1, **ASKED}
    drugexp.screen(own, tmp_path / "out", **options)
    own.write_text(own.read_text().replace("n20\n", "m20\n"))
    with pytest.raises(DataError, match="differ from shard 1 on"):
        drugexp.screen(own, tmp_path / "out", **options)


def test_a_folder_of_other_files_is_left_alone(library, model, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        drugexp.screen(library, tmp_path, model=model)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_second_process_is_refused(library, model, tmp_path):
    folder = Folder(tmp_path / "out")
    with folder.opened({"held": True}), pytest.raises(UsageError, match="another process"):
        drugexp.screen(library, tmp_path / "out", model=model)


def test_a_killed_worker_costs_nothing_but_time(library, model, tmp_path, undisturbed):
    """Each process that describes compounds is killed once, when its first shard is told."""
    import multiprocessing

    killed: list[int] = []

    def kill(_):
        for child in multiprocessing.active_children():
            if len(killed) < 2 and child.pid not in killed:
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    found = drugexp.screen(
        library, tmp_path / "out", model=model, shard=7, workers=2, precision="float32", tell=kill, **ASKED
    )
    assert len(killed) == 2
    assert found.digest == undisturbed[1].digest


def test_canonical_smiles_are_read_faster_to_the_same_hash_and_checked(undisturbed, library, model, tmp_path):
    from rdkit import Chem

    rows = [line.split() for line in library.read_text().splitlines() if line.split()[0] not in ("C1CC", "not")]
    written = tmp_path / "x.smi"
    written.write_text("".join(f"{Chem.CanonSmiles(text)} {name}\n" for text, name in rows))
    asked = {"model": model, "shard": 16, "workers": 1, **ASKED}
    found = [drugexp.screen(written, tmp_path / str(told), canonical=told, **asked) for told in (False, True)]
    assert found[0].digest == found[1].digest
    written.write_text("C1=CC=CC=C1 benzene\n" + written.read_text())
    with pytest.raises(InputError, match=r"'C1=CC=CC=C1' is not as RDKit writes it.*Leave --canonical out"):
        drugexp.screen(written, tmp_path / "other", canonical=True, **asked)
