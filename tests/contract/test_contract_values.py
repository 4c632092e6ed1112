"""The frozen values refuse what disagrees, with a sentence."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugexp.contract import (
    CENSORED,
    MISSING,
    OBSERVED,
    Batch,
    Block,
    Cells,
    Examples,
    GeneAxis,
    Options,
    Prediction,
    Screen,
    Target,
    Task,
    Unit,
    parse_options,
)
from drugexp.errors import DataError, InputError, ModelError, UsageError

GENES = GeneAxis(("TP53", "MYC", "EGFR"))


def screen(**changes) -> Screen:
    samples = pd.DataFrame(
        {
            "perturbation": ["a", "b"],
            "cell": ["MCF7", ""],
            "dose_um": [1.0, np.nan],
            "hours": [24.0, np.nan],
            "batch": "",
            "is_control": False,
            "weight": 1.0,
        }
    )
    blank = dict.fromkeys(("name", "inchikey14", "scaffold", "group", "targets"), "")
    perturbations = pd.DataFrame({"id": ["a", "b"], "kind": "compound", "smiles": ["CCO", "CCN"], **blank})
    given = {
        "name": "s",
        "values": np.zeros((2, 3)),
        "genes": GENES,
        "unit": Unit.ZSCORE,
        "samples": samples,
        "perturbations": perturbations,
        "cells": Cells(("MCF7",)),
    }
    return Screen(**(given | changes))


def changed(table: str, **columns) -> dict:
    return {table: getattr(screen(), table).assign(**columns)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"values": np.zeros((2, 4))}, r"screen 's': values \(2, 4\) do not fit 2 samples x 3 genes"),
        ({"values": np.full((2, 3), np.nan)}, "NaN or infinity; mark them as missing"),
        ({"values": np.full((2, 3), np.inf)}, "NaN or infinity"),
        ({"samples": screen().samples.drop(columns=["hours", "batch"])}, "lacks the columns hours, batch"),
        ({"perturbations": screen().perturbations.drop(columns="group")}, "lacks the columns group"),
        (changed("perturbations", id="a"), "two perturbations carry the same id"),
        (changed("samples", perturbation=["a", "zz"]), "name 1 unknown perturbations, such as 'zz'"),
        (changed("samples", perturbation=["a", np.nan]), "unknown perturbations"),
        (changed("samples", perturbation=[np.nan, "zz"]), "name 2 unknown perturbations"),
        (changed("samples", cell=["A549", ""]), "unknown cells, such as 'A549'"),
        (changed("samples", cell=["A549", np.nan]), "unknown cells"),
        (changed("samples", dose_um=[-1.0, 1.0]), "a dose or a time is negative"),
        (changed("samples", hours=[-1.0, 1.0]), "a dose or a time is negative"),
        (changed("samples", weight=[1.0, np.nan]), "weight"),
        (changed("samples", weight=[1.0, -2.0]), "weight"),
        ({"state": np.ones((1, 3))}, "the state of the entries does not fit"),
        ({"state": np.full((2, 3), 7)}, "the state of the entries does not fit"),
        ({"state": np.full((2, 3), CENSORED)}, "censored entries need one bound"),
        ({"state": np.full((2, 3), CENSORED), "bound": np.ones(1)}, "censored entries need one bound"),
    ],
)
def test_a_screen_that_disagrees_with_itself_is_refused(changes, sentence) -> None:
    with pytest.raises(DataError, match=sentence):
        screen(**changes)


def test_a_screen_is_frozen_and_taken_by_mask_or_position() -> None:
    state = np.array([[MISSING, OBSERVED, CENSORED]] * 2)
    whole = screen(state=state, bound=np.array([1.0, 2.0]))
    for array in (whole.values, whole.state, whole.bound):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        whole.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        whole.provenance["x"] = 1  # type: ignore[index]
    for rows in (np.array([False, True]), np.array([1])):
        one = whole.take(rows)
        assert len(one) == 1
        assert one.bound.tolist() == [2.0]
        assert one.samples["perturbation"].tolist() == ["b"]
        assert one.samples.index.tolist() == [0]


def test_controls_need_no_perturbation() -> None:
    assert len(screen(**changed("samples", perturbation=["a", ""], is_control=[False, True]))) == 2


@pytest.mark.parametrize(
    ("ids", "namespace", "sentence"),
    [
        ((), "symbol", "at least one gene"),
        (("A", ""), "symbol", "a gene identifier is empty"),
        (("A", "B", "A", "A"), "symbol", "2 gene identifiers stand twice, the first is 'A'"),
        (("A",), "hugo", "unknown gene namespace 'hugo'; valid: symbol"),
    ],
)
def test_a_gene_axis_is_refused_with_a_sentence(ids, namespace, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        GeneAxis(ids, namespace)


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, min_size=1, max_size=20), st.data())
def test_positions_undo_subset(ids, data) -> None:
    axis = GeneAxis(tuple(ids))
    keep = data.draw(st.lists(st.integers(0, len(ids) - 1), unique=True, min_size=1))
    part = axis.subset(keep)
    assert axis.positions(part.ids).tolist() == keep
    assert part.positions(axis.ids).tolist() == [keep.index(i) if i in keep else -1 for i in range(len(ids))]


def test_cells_and_blocks_are_refused_with_a_sentence() -> None:
    with pytest.raises(DataError, match="two cells carry the same name"):
        Cells(("A", "A"))
    with pytest.raises(DataError, match="does not fit 3 features"):
        Block(np.zeros((1, 2)), GENES, Unit.LOG2_EXPRESSION)
    with pytest.raises(DataError, match="infinite"):
        Block(np.full((1, 3), np.inf), GENES, Unit.LOG2_EXPRESSION)
    with pytest.raises(DataError, match="has 1 rows for 2 cells"):
        Cells(("A", "B"), {"expression": Block(np.zeros((1, 3)), GENES, Unit.LOG2_EXPRESSION)})


def batch(**changes) -> Batch:
    given = {
        "compound": {"bits": np.arange(8.0).reshape(4, 2)},
        "cell": {"expression": np.ones((2, 3))},
        "compound_index": np.array([0, 1, 2, 3, 3]),
        "cell_index": np.array([0, 1, -1, 0, 1]),
        "dose_um": np.arange(5.0),
        "hours": np.full(5, 24.0),
    }
    return Batch(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hours": np.zeros(3)}, "hours has 3 entries for 5 samples"),
        ({"compound": {"a": np.zeros((4, 1)), "b": np.zeros((3, 1))}}, "different numbers of rows"),
        ({"compound_index": np.array([0, 1, 2, 3, 4])}, "compound index points past the 4 rows"),
        ({"cell_index": np.array([0, 1, 2, 0, 0])}, "cell index points past the 2 rows"),
        ({"compound_index": np.array([0, 1, 2, 3, -1])}, "compound index is negative"),
        ({"cell_index": np.array([0, 1, -2, 0, 0])}, "cell index is below -1"),
    ],
)
def test_a_batch_that_disagrees_with_itself_is_refused(changes, sentence) -> None:
    with pytest.raises(ModelError, match=sentence):
        batch(**changes)


def examples() -> Examples:
    first = Task("first", GENES, Unit.ZSCORE)
    second = Task("second", GeneAxis(("X",)), Unit.LABEL)
    return Examples(
        batch(),
        (
            Target(first, np.array([0, 1, 2]), np.arange(9.0).reshape(3, 3), np.array([1.0, 2.0, 3.0])),
            Target(second, np.array([3, 4]), np.array([[30.0], [40.0]]), np.ones(2), np.array([[OBSERVED], [MISSING]])),
        ),
        np.arange(5),
    )


@given(st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
def test_taking_examples_keeps_rows_values_and_groups_together(mask) -> None:
    keep = np.array(mask)
    whole, part = examples(), examples().take(keep)
    assert part.groups.tolist() == np.flatnonzero(keep).tolist()
    for target in part.targets:
        like = next(t for t in whole.targets if t.task.name == target.task.name)
        # The group of each sample is its number in the whole: rows must lead back to it.
        back = part.groups[target.rows]
        assert back.tolist() == [r for r in like.rows.tolist() if keep[r]]
        assert np.array_equal(target.values, like.values[np.isin(like.rows, back)])
        assert np.array_equal(target.weight, like.weight[np.isin(like.rows, back)])
    assert np.array_equal(part.batch.dose_um, whole.batch.dose_um[keep])


def test_examples_tell_their_primary_task_and_shuffle_all_rows() -> None:
    whole = examples()
    assert len(whole.all()) == 3
    order = list(whole.minibatches(np.random.default_rng(0), 2))
    assert [len(o) for o in order] == [2, 1]
    assert sorted(np.concatenate(order)) == [0, 1, 2]
    assert whole.targets[1].observed.tolist() == [[True], [False]]
    with pytest.raises(ModelError, match="at least one task"):
        whole.take(np.array([], dtype=int))
    with pytest.raises(ModelError, match="2 groups for 5 samples"):
        Examples(batch(), whole.targets, np.arange(2))
    with pytest.raises(ModelError, match="task 'first': values"):
        Target(whole.primary.task, np.arange(3), np.zeros((3, 2)), np.ones(3))


def test_a_prediction_must_fit_its_axis() -> None:
    with pytest.raises(ModelError, match="does not fit 3 genes"):
        Prediction(np.zeros((2, 4)), GENES, Unit.ZSCORE)
    with pytest.raises(ModelError, match="standard deviations"):
        Prediction(np.zeros((2, 3)), GENES, Unit.ZSCORE, np.zeros((1, 3)))


class Inner(Options):
    folds: int = 3


class Outer(Options):
    penalty: float = 1.0
    calibration: Inner = Inner()
    parts: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"penlty": 1}, "here: unknown option 'penlty'; nearest: penalty"),
        ({"penalty": "much"}, "option penalty = 'much': Input should be a valid number"),
        ({"penalty": float("nan")}, "option penalty = nan"),
        ({"calibration": {"fold": 1}}, "unknown option 'calibration.fold'; nearest: calibration.folds"),
        ({"parts": [{"fold": 1}]}, "unknown option 'parts.0.fold'; nearest: parts.0.folds"),
    ],
)
def test_options_are_refused_with_the_nearest_name(given, sentence) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_options(Outer, given, where="here")


def test_options_are_frozen_and_pass_through() -> None:
    options = parse_options(Outer, {"penalty": 2})
    assert parse_options(Outer, options) is options
    assert parse_options(Outer, None).penalty == 1.0
    with pytest.raises(ValueError, match="frozen"):
        options.penalty = 3.0


@pytest.mark.parametrize("module", ["drugexp", "drugexp.contract", "drugexp.contract.hooks", "drugexp.builtin"])
def test_what_a_plugin_imports_at_start_is_light(module) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & {{'numpy', 'pandas', 'jax', 'rdkit', 'pydantic'}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == ""
