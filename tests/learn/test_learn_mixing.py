"""Rows of another platform in the primary task: axis, scale, weight, and what cannot be mixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_model import panel, small_screen

from drugexp.contract import CENSORED, MISSING, GeneAxis, Needs, Screen, Unit
from drugexp.errors import UsageError
from drugexp.learn.assemble import Assembled, assemble
from drugexp.learn.mixing import Mix
from drugexp.learn.parts import Part
from drugexp.registry import discover


def other_platform(unit: Unit = Unit.LOG2FC) -> Screen:
    """Return the small screen with other noise, as a platform with 600 genes, other gains and a shift would show it."""
    screen = small_screen(seed=0)
    rng = np.random.default_rng(1)
    gain, shift = rng.uniform(0.1, 0.4, size=978), rng.normal(size=978)
    values = (screen.values + 0.3 * rng.normal(size=screen.values.shape)) * gain + shift
    keep = rng.permutation(978)[:600]
    return replace(screen, name="other", values=values[:, keep], genes=screen.genes.subset(keep), unit=unit)


def joined(primary: Screen, other: Screen, mix: Mix | None, **more: object) -> Assembled:
    parts = [Part(primary, np.arange(len(primary))), Part(other, np.arange(len(other)), mix=mix, **more)]
    return assemble(parts, panel(), Needs(), discover())


def test_mixed_rows_stand_behind_those_of_the_primary_on_its_axis() -> None:
    primary, other = small_screen(), other_platform()
    found = joined(primary, other, "aligned", weight=0.5)
    (target,) = found.examples.targets
    n = len(primary)
    assert target.task.unit is Unit.ZSCORE
    assert target.task.genes == primary.genes
    np.testing.assert_array_equal(target.values[:n], primary.values)
    np.testing.assert_array_equal(target.rows, np.arange(2 * n))
    assert (target.weight[:n] == 1).all()
    assert (target.weight[n:] == 0.5).all()
    lacking = other.genes.positions(primary.genes.ids) < 0
    assert (target.state[n:, lacking] == MISSING).all()
    assert (target.state[n:, ~lacking] != MISSING).all()
    assert len(found.transforms) == 2
    assert found.notes == ("other: mixed into the primary task, aligned",)


def test_alignment_brings_the_same_profiles_together() -> None:
    primary, other = small_screen(), other_platform()
    shared = other.genes.positions(primary.genes.ids) >= 0

    def error(mix: Mix, unit: Unit = Unit.LOG2FC) -> float:
        target = joined(primary, replace(other, unit=unit), mix).examples.primary
        rest = target.values[len(primary) :, shared] - primary.values[:, shared]
        return float(np.sqrt(np.mean(rest**2)))

    # The noise between the two is 0.3; the profiles spread by 1.1.
    aligned, scaled, plain = error("aligned"), error("scaled"), error("plain", Unit.ZSCORE)
    assert aligned < 0.45
    assert aligned < scaled
    assert aligned < plain


def test_without_mix_it_is_a_task_of_its_own() -> None:
    primary, other = small_screen(), other_platform()
    tasks = joined(primary, other, None, weight=0.5).examples.targets
    assert [t.task.name for t in tasks] == [primary.name, "other"]
    assert tasks[1].task.weight == 0.5
    np.testing.assert_array_equal(tasks[1].values, other.values)


def test_what_cannot_be_mixed_is_told() -> None:
    primary, other = small_screen(), other_platform()
    with pytest.raises(UsageError, match=r"mixing in 'other': its values are in log2fc.*zscore. Mix it scaled"):
        joined(primary, other, "plain")
    with pytest.raises(UsageError, match=r"in log2_expression.*Let it be a task of its own"):
        joined(primary, replace(other, unit=Unit.LOG2_EXPRESSION), "aligned")
    strange = replace(other, genes=GeneAxis(tuple(f"X{i}" for i in range(600))))
    with pytest.raises(UsageError, match="shares no gene with the primary screen"):
        joined(primary, strange, "scaled")
    listed = replace(other, state=np.full(other.values.shape, CENSORED, np.uint8), bound=np.ones(len(other)))
    with pytest.raises(UsageError, match="strongest genes only"):
        joined(primary, listed, "scaled")
