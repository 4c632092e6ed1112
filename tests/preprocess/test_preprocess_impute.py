"""Missing values: sklearn's neighbours and plain soft-impute as oracles, and what holds of every fill."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import KNNImputer

from drugexp.errors import InputError
from drugexp.preprocess.impute import Fill, fit_mean, fit_neighbours
from drugexp.preprocess.low_rank import fit_low_rank

FITS: dict[str, Callable[[np.ndarray], Fill]] = {
    "mean": fit_mean,
    "neighbours": partial(fit_neighbours, neighbours=5),
    "low rank": fit_low_rank,
}


def planted(rows: int = 80, genes: int = 60, rank: int = 3, hide: float = 0.2, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return (row, gene) values of low rank with noise of 0.3, and the same with NaN where they are hidden."""
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, genes)) + 0.3 * rng.normal(size=(rows, genes))
    return whole, np.where(rng.random(whole.shape) < hide, np.nan, whole)


def hidden_error(fit: Callable[[np.ndarray], Fill], whole: np.ndarray, holes: np.ndarray, train: int) -> float:
    """Return the error on hidden entries of rows that are not among the training rows."""
    filled = fit(holes[:train]).fill(holes[train:])
    return float(np.sqrt(np.mean((filled - whole[train:])[np.isnan(holes[train:])] ** 2)))


def test_low_rank_finds_what_is_planted_and_beats_the_others() -> None:
    error = {name: hidden_error(fit, *planted(), train=60) for name, fit in FITS.items()}
    assert error["low rank"] < 0.45, "the noise alone is 0.3"
    assert error["low rank"] < error["neighbours"] < error["mean"]


def test_without_common_directions_low_rank_keeps_to_the_mean() -> None:
    whole, holes = planted(rank=0)
    assert hidden_error(fit_low_rank, whole, holes, 60) < 1.03 * hidden_error(fit_mean, whole, holes, 60)


def test_the_hidden_error_is_told_beside_that_of_the_mean() -> None:
    _, holes = planted(hide=0.1)
    fill = fit_low_rank(holes)
    assert fill.rank >= 3
    assert fill.hidden_error[0] < 0.3 * fill.hidden_error[1]


def test_low_rank_is_soft_impute() -> None:
    """Mazumder et al.: fill, shrink the singular values, until it stands still."""
    _, holes = planted(rows=40, genes=30)
    fill = fit_low_rank(holes)
    rest = holes - np.nanmean(holes, axis=0)
    Z = np.zeros_like(rest)
    for _ in range(3000):
        left, size, right = np.linalg.svd(np.where(np.isnan(rest), Z, rest), full_matrices=False)
        Z = (left * np.maximum(size - fill.penalty, 0)) @ right
    missing = np.isnan(holes)
    ours = fill.fill(holes) - np.nanmean(holes, axis=0)
    assert np.linalg.norm((ours - Z)[missing]) < 5e-3 * np.linalg.norm(Z[missing])
    assert fill.rank == (size > fill.penalty).sum()


@pytest.mark.parametrize("neighbours", [1, 4, 100])
def test_neighbours_are_those_of_sklearn(neighbours: int) -> None:
    _, holes = planted(hide=0.4, seed=1)
    theirs = KNNImputer(n_neighbors=neighbours).fit(holes[:50]).transform(holes)
    np.testing.assert_allclose(fit_neighbours(holes[:50], neighbours=neighbours).fill(holes), theirs, rtol=1e-9)


def test_a_row_that_shares_no_gene_with_any_takes_the_mean() -> None:
    train = np.array([[1.0, 2.0, np.nan], [3.0, 4.0, np.nan]])
    filled = fit_neighbours(train).fill(np.array([[np.nan, np.nan, 5.0]]))
    assert filled.tolist() == [[2.0, 3.0, 5.0]]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.95), st.sampled_from(sorted(FITS)))
def test_measured_values_stay_and_nothing_is_missing(seed: int, hide: float, name: str) -> None:
    _, holes = planted(rows=14, genes=9, hide=hide, seed=seed % 1000)
    holes = holes.astype(np.float32)
    fill = FITS[name](holes[:10])
    filled = fill.fill(holes)
    seen = ~np.isnan(holes)
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(filled[seen], holes[seen])
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled, FITS[name](holes[:10]).fill(holes))
    never = np.isnan(fill.mean)
    assert (filled[:, never][~seen[:, never]] == 0).all()


@pytest.mark.parametrize("name", FITS)
def test_rows_are_filled_alone_or_together(name: str) -> None:
    _, holes = planted()
    fill = FITS[name](holes[:60])
    together = fill.fill(holes[60:])
    alone = np.vstack([fill.fill(holes[i : i + 1]) for i in range(60, 80)])
    np.testing.assert_allclose(together, alone, atol=1e-10)


@pytest.mark.parametrize("name", FITS)
def test_what_cannot_be_used_is_told(name: str) -> None:
    with pytest.raises(InputError, match="no training rows"):
        FITS[name](np.empty((0, 3)))
    with pytest.raises(InputError, match="infinity"):
        FITS[name](np.array([[np.inf, 1.0]]))


def test_options_out_of_range_are_told() -> None:
    with pytest.raises(InputError, match="at least 1"):
        fit_neighbours(np.ones((2, 2)), neighbours=0)
    with pytest.raises(InputError, match="makes no sense"):
        fit_low_rank(np.ones((2, 2)), hidden=1.0)
