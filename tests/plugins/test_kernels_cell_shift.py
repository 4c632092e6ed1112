from __future__ import annotations

from dataclasses import replace
from functools import cache

import jax
import numpy as np
import pytest

from drugexp.contract import (
    CENSORED,
    MISSING,
    OBSERVED,
    Batch,
    Context,
    Examples,
    GeneAxis,
    Model,
    Needs,
    Target,
    Task,
    Unit,
    parse_options,
)
from drugexp.errors import ModelError
from drugexp.learn.models import Builder
from drugexp.learn.state import flatten, unflatten
from drugexp.predict import engine
from drugexp.registry import discover

BUILDER = Builder(discover())
CONTEXT = Context(models=BUILDER)
KERNEL = {
    "name": "product-kernel",
    "options": {
        "compound": [{"feature": "morgan_counts"}],
        "terms": [{"factors": ["compound"]}],
        "cell_feature": None,
        "noise": 1.0,
    },
}
MEAN = {"name": "mean"}
SMALL = {"ridge": 0.5, "min_listed": 2, "rank": 0, "full_rows": 50, "gain_folds": 3, "dose_tasks": ["doses"]}
GENES, LINES, COMPOUNDS = 30, 4, 90
UNIT_OF_SHIFT = 2.0


@cache
def planted(seed: int = 0, few: int = 0) -> tuple[Examples, np.ndarray]:
    """Return examples and what each compound does in each line, (compound, line, gene).

    The primary task is pooled over cells; a second one lists the strongest
    genes in four lines, the last of which has only `few` pairs (0: as many as
    the others); a third gives doses. A fifth cell is in no task. The genes of
    the second stand in another order, with one that the primary lacks.
    """
    rng = np.random.default_rng(seed)
    family = np.arange(COMPOUNDS) % 6
    counts = rng.poisson(3.0, (6, 40))[family] + rng.poisson(0.2, (COMPOUNDS, 40))
    shared = rng.normal(size=(6, 1, GENES))
    effect = (shared + 0.8 * rng.normal(size=(6, LINES, GENES)))[family]
    strength = effect + rng.normal(size=LINES * GENES).reshape(LINES, GENES) + 0.3 * rng.normal(size=effect.shape)
    compound, line = (a.ravel() for a in np.meshgrid(np.arange(COMPOUNDS), np.arange(LINES), indexing="ij"))
    if few:
        keep = (line < LINES - 1) | (compound < few)
        compound, line = compound[keep], line[keep]
    order = rng.permutation(GENES)
    values = np.hstack([strength[compound, line][:, order], rng.normal(size=(len(line), 1))]).astype(np.float32)
    bound = np.sort(np.abs(values), axis=1)[:, -8]
    listed = np.abs(values) >= bound[:, None]
    state = np.where(listed, OBSERVED, CENSORED).astype(np.uint8)
    doses = np.tile([0.1, 1.0, 10.0], 20)
    titrated = np.repeat(np.arange(20), 3)
    grown = effect.mean(1)[titrated] * (1 + 0.2 * np.log10(doses / 10))[:, None]
    cell = rng.normal(size=(LINES + 1, 8)).astype(np.float32)
    sizes = np.array([COMPOUNDS, len(line), len(doses)])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    nan = np.full(int(starts[2]), np.nan)
    batch = Batch(
        {"morgan_counts": counts.astype(np.float32)},
        {"expression": cell},
        np.concatenate([np.arange(COMPOUNDS), compound, titrated]).astype(np.int32),
        np.concatenate([np.full(COMPOUNDS, -1), line, np.zeros(len(doses))]).astype(np.int32),
        np.concatenate([nan, doses]).astype(np.float32),
        np.full(int(starts[3]), np.nan, np.float32),
    )
    genes = GeneAxis(tuple(f"G{i}" for i in range(GENES)))
    other = GeneAxis((*(f"G{i}" for i in order), "unknown"))
    pooled = UNIT_OF_SHIFT * effect.mean(1) + 0.3 * rng.normal(size=(COMPOUNDS, GENES))

    def target(task: Task, k: int, table: np.ndarray, state: np.ndarray | None = None) -> Target:
        rows = np.arange(starts[k], starts[k + 1])
        return Target(task, rows, table.astype(np.float32), np.ones(len(rows), np.float32), state)

    targets = (
        target(Task("pooled", genes, Unit.SIGNED_LOG_Z), 0, pooled),
        target(Task("fastpert_top20", other, Unit.RANK_EFFECT, "censored"), 1, np.where(listed, values, 0), state),
        target(Task("doses", genes, Unit.LOG2FC), 2, grown + 0.1 * rng.normal(size=grown.shape)),
    )
    return Examples(batch, targets, batch.compound_index.astype(np.int64)), effect


def fit(train: Examples, backbone: dict = KERNEL, **options: object):
    model = BUILDER.build("cell-shift")[0]
    assert isinstance(model, Model)
    chosen = parse_options(model.Options, SMALL | {"backbone": backbone} | options)
    return model, chosen, model.fit(train, None, chosen, context=CONTEXT, seed=0)


@cache
def standard():
    """Return the model on the kernel, its options, and the fit to all of the planted data."""
    return fit(planted()[0])


def ask(
    batch: Batch, compound: np.ndarray, cell: np.ndarray | int, dose: float = np.nan, hours: float = np.nan
) -> Batch:
    n = len(compound)
    return replace(
        batch,
        compound_index=np.asarray(compound, np.int32),
        cell_index=np.broadcast_to(np.asarray(cell, np.int32), n),
        dose_um=np.full(n, dose, np.float32),
        hours=np.full(n, hours, np.float32),
    )


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_what_held_out_compounds_do_in_one_line_only_is_found_there_and_nowhere_else() -> None:
    data, effect = planted()
    held = np.arange(COMPOUNDS) >= 72
    fitted = fit(data.take(~held[data.batch.compound_index]))[2]
    new = np.flatnonzero(held)
    own = effect[new] - effect[new].mean(1, keepdims=True)
    own = own - own.mean(0)
    pooled = fitted.predict(ask(data.batch, new, -1)).mean
    for line in range(LINES):
        here = fitted.predict(ask(data.batch, new, line)).mean - pooled
        there = [correlation(here, own[:, k]) for k in range(LINES)]
        assert there[line] > 0.6
        assert max(np.delete(there, line)) < 0.1
    np.testing.assert_array_equal(fitted.predict(ask(data.batch, new, LINES)).mean, pooled)


def test_both_parts_are_zero_in_the_mean_over_training_compounds() -> None:
    data, _ = planted()
    fitted = fit(data, MEAN)[2]
    everything = np.arange(COMPOUNDS)
    mean = data.primary.values.mean(0)
    for cell in (-1, 0, 3):
        got = fitted.predict(ask(data.batch, everything, cell)).mean
        np.testing.assert_allclose(got.mean(0), mean, atol=2e-3)
        assert np.abs(got - mean).max() > 0.1


def test_the_shift_is_put_into_the_unit_of_the_primary_task() -> None:
    data, _ = planted()
    size = float(fit(data, MEAN)[2].state()["shift"]["gain"][0])
    twice = replace(data.primary, values=2 * data.primary.values)
    assert size > 0.5
    again = fit(Examples(data.batch, (twice, *data.targets[1:]), data.groups), MEAN)[2].state()["shift"]["gain"]
    assert float(again[0]) == pytest.approx(2 * size, rel=1e-5)


def test_the_shift_is_nothing_where_no_compound_is_in_both() -> None:
    data, _ = planted()
    first = np.isin(np.arange(len(data)), data.primary.rows)
    apart = np.where(first, data.batch.compound_index < 45, data.batch.compound_index >= 45)
    fitted = fit(data.take(apart), MEAN)[2]
    assert float(fitted.state()["shift"]["gain"][0]) == 0.0
    got = fitted.predict(ask(data.batch, np.arange(50, 60), 1)).mean
    np.testing.assert_allclose(got, np.broadcast_to(data.primary.values[:45].mean(0), got.shape), atol=1e-5)


def test_a_line_with_few_pairs_is_shifted_by_part_of_it() -> None:
    data, _ = planted(few=20)
    strength = fit(data, full_rows=60)[2].state()["shift"]["strength"]
    assert strength.tolist() == pytest.approx([1, 1, 1, 0.25])


def test_ten_micromolar_is_the_stated_default_and_low_doses_do_less() -> None:
    data, _ = planted()
    fitted = standard()[2]
    slope = float(fitted.state()["amplitude"]["slope"][0])
    assert slope == pytest.approx(0.2, abs=0.02)
    some = np.arange(10)
    want = fitted.predict(ask(data.batch, some, 2))
    np.testing.assert_array_equal(fitted.predict(ask(data.batch, some, 2, 10.0, 6.0)).mean, want.mean)
    low = fitted.predict(ask(data.batch, some, 2, 0.1))
    np.testing.assert_allclose(low.mean, (1 - 2 * slope) * want.mean, atol=1e-5)
    np.testing.assert_allclose(low.sd, (1 - 2 * slope) * want.sd, atol=1e-5)


def test_without_titrations_the_dose_does_not_matter() -> None:
    data, _ = planted()
    fitted = fit(data, dose_tasks=["absent"])[2]
    some = np.arange(10)
    want = fitted.predict(ask(data.batch, some, 2)).mean
    np.testing.assert_array_equal(fitted.predict(ask(data.batch, some, 2, 0.01)).mean, want)


@pytest.mark.parametrize("backbone", [KERNEL, MEAN], ids=["kernel", "mean"])
def test_state_restores_exactly_and_two_fits_are_one(backbone: dict) -> None:
    data, _ = planted()
    model, options, fitted = fit(data, backbone)
    tree, arrays = flatten(fitted.state())
    again = model.restore(unflatten(tree, arrays), options, context=CONTEXT)
    twin = fit(data, backbone)[2]
    want = fitted.predict(data.batch)
    for other in (again, twin):
        got = other.predict(data.batch)
        np.testing.assert_array_equal(got.mean, want.mean)
        assert (got.genes, got.unit) == (data.primary.task.genes, Unit.SIGNED_LOG_Z)
        assert (got.sd is None) == (backbone is MEAN)


def test_order_and_size_of_the_batch_do_not_matter() -> None:
    data, _ = planted()
    fitted = standard()[2]
    whole = fitted.predict(data.batch)
    rows = np.random.default_rng(0).permutation(len(data))[:17]
    part = fitted.predict(data.batch.take(rows))
    np.testing.assert_allclose(part.mean, whole.mean[rows], atol=1e-6)
    np.testing.assert_allclose(part.sd, whole.sd[rows], atol=1e-6)


def test_factors_give_the_prediction_and_there_are_none_without_the_backbones() -> None:
    data, _ = planted()
    fitted = standard()[2]
    assert fit(data, MEAN)[2].factors() is None
    want = fitted.predict(data.batch)
    mean, sd = engine.run(fitted, data.batch)
    np.testing.assert_allclose(mean, want.mean, atol=1e-5)
    np.testing.assert_allclose(sd, want.sd, atol=1e-5)


def test_factors_work_where_no_cell_is_given() -> None:
    data, _ = planted()
    fitted = standard()[2]
    bare = replace(ask(data.batch, np.arange(20), -1), cell={})
    want = fitted.predict(ask(data.batch, np.arange(20), -1)).mean
    np.testing.assert_allclose(fitted.predict(bare).mean, want, atol=1e-6)
    np.testing.assert_allclose(engine.run(fitted, bare)[0], want, atol=1e-5)


def test_what_is_not_listed_is_not_read_nor_what_is_in_no_task() -> None:
    data, _ = planted()
    listed = data.targets[1]
    state = np.where(np.random.default_rng(1).random(listed.values.shape) < 0.1, MISSING, listed.state).astype(np.uint8)
    found = []
    for fill in (0.0, 1e6):
        values = np.where(state == OBSERVED, listed.values, fill).astype(np.float32)
        targets = (data.primary, replace(listed, values=values, state=state), data.targets[2])
        found.append(fit(Examples(data.batch, targets, data.groups))[2].predict(data.batch).mean)
    np.testing.assert_array_equal(*found)
    # A sample of no target: its compound stands in the features alone.
    keep = data.batch.compound_index < 80
    part = data.take(keep)
    garbage = replace(part.batch, compound={"morgan_counts": part.batch.compound["morgan_counts"].copy()})
    garbage.compound["morgan_counts"][80:] = 77
    want, got = (fit(Examples(b, part.targets, part.groups))[2] for b in (part.batch, garbage))
    np.testing.assert_array_equal(got.predict(part.batch).mean, want.predict(part.batch).mean)


def test_a_compound_without_a_structure_is_not_shifted() -> None:
    data, _ = planted()
    fitted = fit(data, MEAN)[2]
    empty = replace(data.batch, compound={"morgan_counts": np.zeros((COMPOUNDS, 40), np.float32)})
    got = fitted.predict(ask(empty, np.arange(3), 1)).mean
    np.testing.assert_allclose(got, np.broadcast_to(data.primary.values.mean(0), got.shape), atol=1e-6)


def test_a_line_without_a_description_is_not_confused_with_another() -> None:
    data, _ = planted()
    cells = data.batch.cell["expression"].copy()
    cells[[1, LINES]] = 0.0  # the mean of the training cells: what a cell gets of which nothing is known
    batch = replace(data.batch, cell={"expression": cells})
    fitted = fit(Examples(batch, data.targets, data.groups))[2]
    assert len(fitted.state()["shift"]["lines"]) == LINES - 1
    some = np.arange(5)
    pooled = fitted.predict(ask(batch, some, -1)).mean
    for cell in (1, LINES):
        np.testing.assert_array_equal(fitted.predict(ask(batch, some, cell)).mean, pooled)


def test_the_platform_brings_the_features_of_the_backbone_too() -> None:
    backbone = {"name": "product-kernel", "options": {"compound": [{"feature": "descriptors", "kind": "rbf"}]}}
    found = BUILDER.needs("cell-shift", {"backbone": backbone})
    assert found == Needs(compound=("morgan_counts", "descriptors"), cell=("expression",))
    model, options = BUILDER.build("cell-shift", {"backbone": backbone})
    assert model.training_needs(options, BUILDER) == found


def test_screens_it_cannot_learn_from_are_refused() -> None:
    data, _ = planted()
    with pytest.raises(ModelError, match="shift_task"):
        fit(data, shift_task="fastpert")
    with pytest.raises(ModelError, match="not a screen of listed genes"):
        fit(data, shift_task="doses")
    with pytest.raises(ModelError, match="listed 1000 times"):
        fit(data, min_listed=1000)
    nowhere = replace(data.batch, cell_index=np.full(len(data), -1, np.int32))
    with pytest.raises(ModelError, match="no cell of the task"):
        fit(Examples(nowhere, data.targets, data.groups))


def test_factors_are_pure_functions_of_arrays() -> None:
    data, _ = planted()
    parts = standard()[2].factors()
    u = jax.jit(parts.encode_compound)(parts.params, dict(data.batch.compound))
    v = jax.jit(parts.encode_cell)(parts.params, dict(data.batch.cell))
    assert v["lines"].tolist() == np.eye(LINES + 1, LINES).tolist()
    assert u["shift"]["own"].shape[:2] == (COMPOUNDS, LINES)
