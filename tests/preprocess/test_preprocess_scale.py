"""What numbers mean: simulated draws of every kind, real data of every kind, and the ways between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.errors import InputError
from drugexp.preprocess.conversion import convert, formula
from drugexp.preprocess.scale import Kind, Scale, detect_scale

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(2, 12)
GENES = st.integers(300, 1500)


def _counts(seed: int, samples: int, genes: int, depth: float) -> np.ndarray:
    """Return overdispersed counts with the long tail of expression, (sample, gene)."""
    rng = np.random.default_rng(seed)
    share = rng.lognormal(0.0, 2.0, genes)
    share /= share.sum()
    depths = depth * rng.uniform(0.4, 1.6, samples)
    mean = depths[:, None] * share * rng.gamma(5.0, 0.2, (samples, genes))
    return rng.poisson(mean).astype(np.float64)


def _cpm(counts: np.ndarray, depth: float = 1e6) -> np.ndarray:
    return counts / counts.sum(axis=1, keepdims=True) * depth


def _log2(seed: int, samples: int, genes: int) -> np.ndarray:
    """Return logarithms of intensities as of an array: 4 to 15."""
    rng = np.random.default_rng(seed)
    level = 4 + 11 * rng.beta(1.5, 2.0, genes)
    return np.clip(level + rng.normal(0, 0.4, (samples, genes)), 3.0, 15.5)


@settings(max_examples=12, deadline=None)
@given(SEEDS, SAMPLES, GENES, st.sampled_from([2e4, 1e5, 1e6, 2e7]))
def test_counts_of_any_depth_and_what_is_made_of_them(seed: int, samples: int, genes: int, depth: float) -> None:
    counts = _counts(seed, samples, genes, depth)
    assert detect_scale(counts).kind is Kind.COUNTS
    if depth <= 1e6:
        assert detect_scale(counts).sure
    cpm = _cpm(counts)
    for values, kind in ((cpm, Kind.CPM), (np.log2(cpm + 1), Kind.LOG2), (np.log1p(cpm), Kind.LN)):
        found = detect_scale(values)
        assert (found.kind, found.sure) == (kind, True), found.sentence
    per_10k = detect_scale(np.log1p(_cpm(counts, 1e4)))
    assert (per_10k.kind, per_10k.sure) == (Kind.LN, True)
    assert per_10k.total == pytest.approx(1e4)


@settings(max_examples=8, deadline=None)
@given(SEEDS, SAMPLES, GENES)
def test_intensities_logarithms_and_what_is_centred(seed: int, samples: int, genes: int) -> None:
    log2 = _log2(seed, samples, genes)
    assert (detect_scale(log2).kind, detect_scale(log2).sure) == (Kind.LOG2, True)
    assert (detect_scale(2**log2).kind, detect_scale(2**log2).sure) == (Kind.INTENSITIES, True)
    rounded = detect_scale(np.round(2**log2))
    assert not rounded.sure or rounded.kind is Kind.INTENSITIES  # counts look alike
    rng = np.random.default_rng(seed)
    change = rng.laplace(0, 0.3, log2.shape)
    assert detect_scale(change).kind is Kind.LOG2FC
    if samples > 2:
        z = (log2 - log2.mean(axis=0)) / log2.std(axis=0)
        assert (detect_scale(z).kind, detect_scale(z).sure) == (Kind.ZSCORE, True)


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.floats(0.0, 0.3))
def test_missing_values_change_nothing(seed: int, gone: float) -> None:
    rng = np.random.default_rng(seed)
    for values in (_counts(seed, 5, 800, 2e5), 2 ** _log2(seed, 5, 800), rng.laplace(0, 0.3, (5, 800))):
        holed = np.where(rng.random(values.shape) < gone, np.nan, values)
        assert detect_scale(holed).kind is detect_scale(values).kind


def test_intensities_that_sum_to_nearly_a_million_are_not_cpm() -> None:
    values = 2 ** _log2(0, 3, 600)
    values *= 1.005e6 / values.sum(axis=1, keepdims=True)
    assert detect_scale(values).kind is Kind.INTENSITIES


def test_single_cells_are_counts() -> None:
    found = detect_scale(np.random.default_rng(0).poisson(0.1, (300, 500)))
    assert (found.kind, found.sure) == (Kind.COUNTS, True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((2, 3), np.nan), "there is no number"),
        (np.random.default_rng(0).uniform(0, 1, (4, 50)), "shares or probabilities"),
        (np.random.default_rng(0).integers(0, 2, (4, 50)), "marks of yes and no"),
        (np.vstack([_log2(0, 3, 200), 2 ** _log2(0, 3, 200)]), "some samples look like logarithms"),
        (np.log2(_cpm(_counts(0, 4, 900, 2e4)) + 1e-3), "logarithms of expression plus a very small number"),
        (_cpm(_counts(0, 4, 900, 1e6))[:, :300], "CPM of a part of the genes"),
        (np.random.default_rng(0).normal(0, 0.8, (2, 500)), "changes or z-scores"),
        (np.r_[2 ** _log2(0, 9, 200), -np.ones((1, 200))], "no logarithms, some of them negative"),
    ],
)
def test_what_cannot_be_told_is_not_guessed(values: np.ndarray, sentence: str) -> None:
    found = detect_scale(values)
    assert found.kind is Kind.UNKNOWN
    assert not found.sure
    assert sentence in found.sentence


def test_logarithms_of_quantiles_made_equal_are_not_taken_for_a_depth() -> None:
    rng = np.random.default_rng(0)
    quantiles = np.sort(_log2(0, 1, 2000)[0])
    values = np.stack([rng.permutation(quantiles) for _ in range(6)])
    found = detect_scale(values)
    assert (found.kind, found.total) == (Kind.LOG2, None)


def test_there_and_back() -> None:
    counts = _counts(1, 4, 500, 1e5)
    due = np.log2(_cpm(counts) + 1)
    np.testing.assert_allclose(convert(counts, Kind.COUNTS, Kind.CPM), _cpm(counts))
    np.testing.assert_allclose(convert(counts, Kind.COUNTS, Kind.LOG2), due, rtol=1e-5)
    np.testing.assert_allclose(convert(_cpm(counts), Kind.CPM, Kind.LOG2), due)
    np.testing.assert_allclose(convert(np.log1p(_cpm(counts)), Kind.LN, Kind.LOG2), due)
    for kind, log in ((Kind.LN, np.log1p), (Kind.LOG2, lambda x: np.log2(x + 1))):
        np.testing.assert_allclose(convert(log(_cpm(counts, 1e4)), kind, Kind.LOG2, total=1e4), due, rtol=1e-9)
    half = convert(counts[:, :250], Kind.COUNTS, Kind.LOG2, totals=counts.sum(axis=1))
    np.testing.assert_allclose(half, due[:, :250], rtol=1e-5)
    np.testing.assert_allclose(convert(2**due, Kind.INTENSITIES, Kind.LOG2), due)
    assert convert(due, Kind.LOG2, Kind.LOG2) is due


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (Kind.ZSCORE, Kind.LOG2, "how far a gene moved, and not from where"),
        (Kind.LOG2FC, Kind.CPM, "how far a gene moved, and not from where"),
        (Kind.LOG2FC, Kind.ZSCORE, "needs the spread over replicates"),
        (Kind.CPM, Kind.COUNTS, "the depth of each sample is lost"),
        (Kind.LOG2, Kind.LOG2FC, "needs controls"),
        (Kind.INTENSITIES, Kind.CPM, "no formula leads there"),
        (Kind.UNKNOWN, Kind.LOG2, "say what they are first"),
    ],
)
def test_there_is_no_way_and_the_sentence_says_why(source: Kind, target: Kind, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        convert(np.ones((1, 2)), source, target)
    with pytest.raises(InputError, match=reason):
        formula(source, target)


def test_what_has_no_logarithm_is_refused() -> None:
    with pytest.raises(InputError, match="0 is among the intensities that are not logged, and has no logarithm"):
        convert(np.array([[0.0, 7.0]]), Kind.INTENSITIES, Kind.LOG2)


@pytest.fixture(scope="module")
def rencell(data_dir: Path) -> np.ndarray:
    path = data_dir / "rencell_dge" / "counts.parquet"
    some = [c for c in pq.read_schema(path).names if c != "sample_id"][::8]
    return pd.read_parquet(path, columns=some).to_numpy(np.float64)[:200]


def test_real_counts_and_what_is_made_of_them(rencell: np.ndarray) -> None:
    cpm = _cpm(rencell)
    made = {Kind.COUNTS: rencell, Kind.CPM: cpm, Kind.LOG2: np.log2(cpm + 1), Kind.LN: np.log1p(cpm)}
    for kind, values in made.items():
        found = detect_scale(values)
        assert (found.kind, found.sure) == (kind, True), found.sentence


def test_real_single_cells(data_dir: Path) -> None:
    from drugexp.intake.formats.door import open_expression

    pytest.importorskip("anndata")
    with open_expression(data_dir / "sc_gbm_panobinostat" / "counts.h5ad") as file:
        found = detect_scale(file.take(samples=slice(0, 300)).values)
    assert (found.kind, found.sure) == (Kind.COUNTS, True)


def _parquet(*path: str) -> Callable[[Path], np.ndarray]:
    return lambda folder: pd.read_parquet(folder.joinpath(*path)).select_dtypes("number").to_numpy(np.float64)[:400]


def _tggates(folder: Path) -> np.ndarray:
    table = pd.read_parquet(folder / "tggates_phh" / "lfc.parquet").select_dtypes("number")
    return table.loc[:, [c for c in table if c.upper() == c]].to_numpy(np.float64)


@pytest.mark.parametrize(
    ("values", "kind", "sure"),
    [
        (_parquet("baseline_165", "baseline.parquet"), Kind.LOG2, True),
        (_parquet("gdsc_ccle", "expression.parquet"), Kind.ZSCORE, True),
        (_parquet("lincs_consensus", "profiles_z.parquet"), Kind.ZSCORE, False),
        (_parquet("l1000_a375_ljp005", "level3.parquet"), Kind.LOG2, True),
        (_parquet("l1000_ht115", "level3.parquet"), Kind.LOG2, True),
        (_tggates, Kind.LOG2FC, False),
    ],
)
def test_real_tables(data_dir: Path, values: Callable[[Path], np.ndarray], kind: Kind, sure: bool) -> None:
    found: Scale = detect_scale(values(data_dir))
    assert (found.kind, found.sure) == (kind, sure), found.sentence


def test_real_changes(data_dir: Path) -> None:
    from drugexp.intake.store import read_screen

    assert detect_scale(read_screen("transigen", data_dir).values).kind is Kind.LOG2FC
