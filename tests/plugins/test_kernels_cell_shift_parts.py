from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.contract import Batch, GeneAxis, Target, Task, Unit
from drugexp_kernels.shifting.amplitude import Amplitude, amplitude, fit_amplitude, products
from drugexp_kernels.shifting.shared_lines import solve


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(0.05, 10.0), st.floats(0.2, 1.0))
def test_line_by_line_equals_the_whole_kernel(seed: int, shared: float, ridge: float, filled: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(12, 5))  # rank 5: the kernel is singular
    kernel = points @ points.T
    compound, line = np.nonzero(rng.random((12, 4)) < filled)
    order = rng.permutation(len(compound))
    compound, line = compound[order], line[order]
    targets = rng.normal(size=(len(order), 3))
    same = line[:, None] == line[None, :]
    K = kernel[np.ix_(compound, compound)] * (shared + (1 - shared) * same)
    want = np.linalg.solve(K + ridge * np.eye(len(K)), targets)
    got = solve(kernel, compound, line, targets, shared=shared, ridge=ridge)
    np.testing.assert_allclose(got, want, atol=1e-8 * max(1.0, float(np.abs(want).max())))


DOSES = np.array([0.04, 0.12, 0.37, 1.11, 3.33, 10.0])


def titrated(
    slope: float,
    *,
    noise: float = 1.0,
    plates: int = 1,
    drop: float = 0.0,
    compounds: int = 80,
    doses: np.ndarray = DOSES,
    seed: int = 0,
) -> tuple[Batch, Target]:
    """Return profiles that grow with the dose, under well noise and the error of the controls of each plate."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=(compounds, 50)) + rng.normal(size=50)
    compound, dose = (a.ravel() for a in np.meshgrid(np.arange(compounds), doses, indexing="ij"))
    size = 1 + slope * np.log10(dose / 10)
    controls = rng.normal(size=(plates, 50))
    values = effect[compound] * size[:, None] + controls[compound % plates] + noise * rng.normal(size=(len(dose), 50))
    keep = rng.random(len(dose)) >= drop
    compound, dose, values = compound[keep].astype(np.int32), dose[keep], values[keep]
    n = len(dose)
    batch = Batch({}, {}, compound, np.zeros(n, np.int32), dose.astype(np.float32), np.full(n, 24, np.float32))
    task = Task("doses", GeneAxis(tuple(f"G{i}" for i in range(50))), Unit.LOG2FC)
    return batch, Target(task, np.arange(n), values.astype(np.float32), np.ones(n, np.float32))


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.22, 0.35])
def test_a_planted_growth_is_found_under_noise_and_shared_controls(slope: float) -> None:
    batch, target = titrated(slope)
    found = fit_amplitude(batch, [target])
    assert found.slope == pytest.approx(slope, abs=0.025)
    assert (found.lowest, found.highest) == pytest.approx((0.04, 10.0))


def test_noise_does_not_count_as_effect() -> None:
    """Squared lengths of the same profiles would say that half of the effect is there at the lowest dose."""
    batch, target = titrated(0.35, noise=2.0)
    naive = [float(target.values[np.isclose(batch.dose_um, d)].var(0).mean()) ** 0.5 for d in DOSES]
    assert naive[0] / naive[-1] > 0.5  # the planted one is 0.16
    assert fit_amplitude(batch, [target]).slope == pytest.approx(0.35, abs=0.03)


def test_compounds_of_another_design_are_centred_apart() -> None:
    """Two plates with controls of their own: one titrated over all doses, the other at two."""
    batch, target = titrated(0.3, plates=2)
    two_doses = (batch.compound_index % 2 == 1) & ~np.isin(np.round(batch.dose_um, 2), [1.11, 10.0])
    keep = np.flatnonzero(~two_doses)
    ones = np.ones(len(keep), np.float32)
    fewer = Target(target.task, np.arange(len(keep)), target.values[keep], ones)
    assert fit_amplitude(batch.take(keep), [fewer]).slope == pytest.approx(0.3, abs=0.025)


def test_tasks_of_any_size_are_joined_and_one_dose_says_nothing() -> None:
    (a, first), (b, second) = titrated(0.2), titrated(0.2, doses=np.array([0.3, 1, 3, 10]), seed=1)
    joined = Batch(
        {},
        {},
        *(np.concatenate([getattr(a, f), getattr(b, f)]) for f in ("compound_index", "cell_index", "dose_um", "hours")),
    )
    shifted = Target(second.task, second.rows + len(a), 100 * second.values, second.weight)
    assert fit_amplitude(joined, [first, shifted]).slope == pytest.approx(0.2, abs=0.02)
    single = titrated(0.2, doses=np.array([10.0]))
    assert fit_amplitude(single[0], [single[1]]) == Amplitude()
    assert fit_amplitude(a, []) == Amplitude()


def test_garbage_where_nothing_was_measured_is_not_read() -> None:
    batch, target = titrated(0.2, drop=0.02)
    state = np.where(np.random.default_rng(0).random(target.values.shape) < 0.2, 0, 1).astype(np.uint8)
    found = [
        products(batch, Target(target.task, target.rows, np.where(state, target.values, fill), target.weight, state))[1]
        for fill in (0.0, 1e6)
    ]
    np.testing.assert_array_equal(*found)


def test_the_amplitude_is_one_at_ten_and_where_no_dose_is_stated_and_constant_outside() -> None:
    dose = np.array([10.0, np.nan, 0.04, 0.001, 0.0, 10.0, 1e4])
    got = amplitude(dose, 0.25, 0.04, 10.0, np)
    assert got.tolist() == pytest.approx([1, 1, *[1 + 0.25 * np.log10(0.004)] * 3, 1, 1])
