"""Descriptions are found again, whatever happens to the files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_model import SMILES

import drugexp
from drugexp.contract.model import Needs
from drugexp.registry import discover
from drugexp.screening.compact import unpacked
from drugexp.screening.describing import Describer
from drugexp.screening.remembering import Memory, remembered


def looking(describer, memory):
    look = remembered(describer, memory, describer.identity())
    return lambda smiles, problems: unpacked(look(smiles, problems))


TEXTS = [*SMILES[:9], "C1CC", ""]
PROBLEMS = [*[""] * 10, "the row has 3 fields, the header 2"]


class Counted:
    """A describer that counts how often it is asked."""

    def __init__(self, describer: Describer) -> None:
        self.describer, self.times = describer, 0
        self.identity = describer.identity

    def __call__(self, smiles, problems):
        self.times += 1
        return self.describer(smiles, problems)


@pytest.fixture
def describer():
    needs = Needs(compound=("morgan_counts", "maccs"), smiles=True)
    return Describer(needs, {}, discover())


def same(first, second):
    np.testing.assert_array_equal(first.kept, second.kept)
    assert first.rejected == second.rejected
    assert first.smiles == second.smiles
    assert list(first.features) == list(second.features)
    for name, table in first.features.items():
        np.testing.assert_array_equal(table, second.features[name])
        assert table.dtype == second.features[name].dtype


def test_what_was_described_is_found_again(describer, tmp_path):
    counted = Counted(describer)
    look = looking(counted, Memory(tmp_path))
    first, second = look(TEXTS, PROBLEMS), look(TEXTS, PROBLEMS)
    assert counted.times == 1
    same(first, second)
    same(first, describer(TEXTS, PROBLEMS))
    assert first.rejected[10] == PROBLEMS[10]
    look(TEXTS[1:], PROBLEMS[1:])
    assert counted.times == 2


def test_other_features_states_or_readings_are_other_descriptions(describer):
    identities = {
        describer.identity(),
        replace(describer, needs=Needs(compound=("maccs", "morgan_counts"), smiles=True)).identity(),
        replace(describer, needs=Needs(compound=("morgan_counts",))).identity(),
        replace(describer, needs=Needs(compound=("morgan_counts",)), canonical=True).identity(),
        replace(describer, states={"maccs": {"selected_columns": np.arange(5)}}).identity(),
        replace(describer, states={"maccs": {"selected_columns": np.arange(1, 6)}}).identity(),
    }
    assert len(identities) == 6


def test_a_damaged_file_is_described_anew(describer, tmp_path):
    counted = Counted(describer)
    look = looking(counted, Memory(tmp_path))
    whole = look(TEXTS, PROBLEMS)
    (file,) = tmp_path.glob("*/*")
    for content in (b"", file.read_bytes()[:-5], b"x" * 100):
        file.write_bytes(content)
        same(look(TEXTS, PROBLEMS), whole)
    assert counted.times == 4
    same(look(TEXTS, PROBLEMS), whole)
    assert counted.times == 4


def test_no_room_is_no_error(describer, tmp_path):
    full = Memory(tmp_path / "full", limit=10)
    look = looking(describer, full)
    same(look(TEXTS, PROBLEMS), look(TEXTS, PROBLEMS))
    assert not list((tmp_path / "full").glob("*/*"))
    (tmp_path / "file").write_text("in the way")
    blocked = looking(describer, Memory(tmp_path / "file"))
    same(blocked(TEXTS, PROBLEMS), describer(TEXTS, PROBLEMS))


@pytest.mark.usefixtures("compiled_once")
def test_a_screen_that_remembers_has_the_same_rows(bundles, tmp_path):
    library = tmp_path / "x.smi"
    library.write_text("".join(f"{text} n{i}\n" for i, text in enumerate(SMILES)))
    asked = {"model": bundles["zscore"], "workers": 1}
    first = drugexp.screen(library, tmp_path / "a", cells=["MCF7"], **asked)
    second = drugexp.screen(library, tmp_path / "b", cells=["MCF7"], **asked)
    third = drugexp.screen(library, tmp_path / "c", cells=["MCF7"], cache=False, **asked)
    assert first.digest == second.digest == third.digest
    drugexp.screen(library, tmp_path / "d", cells=["MCF7", "PC3"], **asked)
