"""ComBat: the numbers of R's sva, and what holds of rows outside of the fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import InputError
from drugexp.preprocess.combat import fit_combat

BATCH = np.repeat(["a", "b", "c"], [5, 4, 6])
COVARIATE = np.array([0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1], dtype=float)[:, None]


def blocks() -> dict[str, np.ndarray]:
    """Return the tables of sva_combat.csv by name."""
    found: dict[str, list[list[float]]] = {}
    for line in Path(__file__).with_name("sva_combat.csv").read_text().splitlines():
        if line.startswith("["):
            rows = found.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            rows.append([float(v) for v in line.split(",")])
    return {name: np.array(rows) for name, rows in found.items()}


@pytest.mark.parametrize(
    ("name", "covariates", "options"),
    [
        ("plain", None, {}),
        ("covariate", COVARIATE, {}),
        ("reference", COVARIATE, {"reference": "a"}),
        ("mean_only", COVARIATE, {"mean_only": True}),
    ],
)
def test_the_numbers_are_those_of_sva(name: str, covariates: np.ndarray | None, options: dict) -> None:
    tables = blocks()
    corrected = fit_combat(tables["data"], BATCH, covariates, **options).apply(tables["data"], BATCH, covariates)
    # sva stops its iteration when nothing moves by more than 1e-4; it takes that relative to a signed value.
    np.testing.assert_allclose(corrected, tables[name], atol=2e-5)


def planted(rows: int, seed: int, genes: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values without and with batch effects, and the batches."""
    rng = np.random.default_rng(0)
    shift, stretch = rng.normal(size=(3, genes)) * 2, rng.uniform(0.5, 2.0, size=(3, genes))
    rng = np.random.default_rng(seed)
    clean = rng.normal(size=(rows, genes))
    at = np.arange(rows) % 3
    return clean, clean * stretch[at] + shift[at], np.array(["a", "b", "c"], dtype=object)[at]


def test_a_planted_batch_effect_goes_from_rows_outside_of_the_fit_too() -> None:
    _, train, batch = planted(150, 1)
    clean, new, batch_of_new = planted(60, 2)
    state = fit_combat(train, batch)
    corrected = state.apply(new, batch_of_new)

    def agreement(values: np.ndarray) -> float:
        """Return the mean correlation of a gene with what it is without batches."""
        return float(np.mean([np.corrcoef(v, c)[0, 1] for v, c in zip(values.T, clean.T, strict=True)]))

    assert agreement(new) < 0.7
    assert agreement(corrected) > 0.97
    rng = np.random.default_rng(0)
    wrong = fit_combat(train, rng.permutation(batch)).apply(new, batch_of_new)
    assert agreement(wrong) < agreement(new) + 0.05, "batches that mean nothing remove nothing"


def test_what_a_covariate_does_is_kept_where_batches_hold_different_shares_of_it() -> None:
    rng = np.random.default_rng(0)
    batch = np.repeat(["a", "b"], 60)
    treated = np.concatenate([rng.random(60) < 0.8, rng.random(60) < 0.2]).astype(float)[:, None]
    values = rng.normal(size=(120, 30)) + 3 * treated + 5 * (batch == "b")[:, None]

    def effect(table: np.ndarray) -> float:
        return float(table[treated[:, 0] == 1].mean() - table[treated[:, 0] == 0].mean())

    with_it = fit_combat(values, batch, treated).apply(values, batch, treated)
    without = fit_combat(values, batch).apply(values, batch)
    assert effect(with_it) == pytest.approx(3.0, abs=0.1)
    assert effect(without) < 2.5


def test_the_reference_batch_keeps_its_values_to_the_last_bit() -> None:
    _, values, batch = planted(60, 1)
    corrected = fit_combat(values, batch, reference="b").apply(values, batch)
    np.testing.assert_array_equal(corrected[batch == "b"], values[batch == "b"])
    gap = corrected[batch == "a"].mean(axis=0) - values[batch == "b"].mean(axis=0)
    assert abs(gap).mean() < 0.2 * abs(values[batch == "a"].mean(axis=0) - values[batch == "b"].mean(axis=0)).mean()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.4))
def test_missing_values_stay_missing_and_rows_stand_alone(seed: int, hide: float) -> None:
    _, values, batch = planted(30, seed, genes=8)
    values = np.where(np.random.default_rng(seed).random(values.shape) < hide, np.nan, values).astype(np.float32)
    state = fit_combat(values, batch)
    corrected = state.apply(values, batch)
    assert corrected.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(corrected), np.isnan(values))
    np.testing.assert_allclose(state.apply(values[3:4], batch[3:4]), corrected[3:4], rtol=1e-6)


def test_a_gene_that_is_constant_in_a_batch_is_left_alone_and_one_row_only_shifts() -> None:
    _, values, batch = planted(31, 1)
    values[batch == "a", 0] = 7.0
    batch[-1] = "alone"
    state = fit_combat(values, batch)
    corrected = state.apply(values, batch)
    np.testing.assert_array_equal(corrected[:, 0], values[:, 0])
    assert np.isfinite(corrected).all()
    assert (state.scale[state.batches.index("alone")] == 1).all()


def test_what_cannot_be_corrected_is_told() -> None:
    _, values, batch = planted(30, 1)
    state = fit_combat(values, "plate " + batch)
    with pytest.raises(InputError, match=r"unknown batch 'plate-a'; nearest: plate a.*training rows of that batch"):
        state.apply(values[:1], ["plate-a"])
    with pytest.raises(InputError, match="one batch only"):
        fit_combat(values, ["a"] * 30)
    with pytest.raises(InputError, match="unknown reference batch 'd'"):
        fit_combat(values, batch, reference="d")
    with pytest.raises(InputError, match="cannot be told from batches"):
        fit_combat(values, batch, (batch == "a").astype(float)[:, None])
    with pytest.raises(InputError, match="fitted with 0 covariates; 1 came"):
        state.apply(values[:1], ["plate a"], np.ones((1, 1)))
    with pytest.raises(InputError, match="covariates must be"):
        fit_combat(values, batch, np.full((30, 1), np.nan))
