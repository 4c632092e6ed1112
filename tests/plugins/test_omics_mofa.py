from __future__ import annotations

import numpy as np
import pytest
from omics_planted import matched, planted_factors, without
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA, FactorAnalysis

from drugexp.errors import InputError
from drugexp_omics.factors.mofa import Mofa, fit_mofa

RNG = np.random.default_rng(5)
LOST = np.arange(20, 45)
"""Cells without expression, where some are."""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_factors_are_found_with_the_blocks_they_stand_in(seed: int) -> None:
    blocks, truth = planted_factors(seed=seed)
    fitted = fit_mofa(blocks)
    assert matched(fitted.scores(blocks).values, truth).min() > 0.95
    # Two factors stand in two blocks each, two in one: six places in all.
    assert (fitted.explained > 0.08).sum() == 6
    assert (fitted.explained[:, fitted.explained.max(axis=0) > 0.08] < 0.02).sum() == 6


@pytest.mark.parametrize("binary", [None, "mutation"])
def test_no_step_lowers_the_bound(binary: str | None) -> None:
    fitted = fit_mofa(planted_factors(60, binary=binary)[0], drop=0)
    assert len(fitted.bounds) > 10
    assert np.diff(fitted.bounds).min() > -1e-8 * abs(fitted.bounds[-1])


def test_a_block_of_0_and_1_carries_factors() -> None:
    blocks, truth = planted_factors(binary="mutation")
    fitted = fit_mofa(blocks)
    assert fitted.scales["mutation"].kind == "bernoulli"
    r = matched(fitted.scores(blocks).values, truth)
    assert r[:3].min() > 0.95  # in a block of numbers too
    assert r[3] > 0.9  # in 50 bits alone
    numbers = fit_mofa(blocks, kinds={"mutation": "gaussian"})
    assert numbers.scales["mutation"].kind == "gaussian"


@pytest.mark.parametrize("binary", [False, True])
def test_a_block_of_noise_costs_nothing(binary: bool) -> None:
    blocks, truth = planted_factors()
    noise = np.random.default_rng(9).normal(size=(len(truth), 200))
    more = {"a_noise": (noise > 0).astype(float) if binary else noise, **blocks}
    alone, beside = fit_mofa(blocks), fit_mofa(more)
    before, after = (matched(f.scores(b).values, truth) for f, b in ((alone, blocks), (beside, more)))
    assert (before - after).max() < 0.01
    assert beside.together[0] < 0.05
    assert (alone.together - beside.together[1:]).max() < 0.01


def test_cells_without_a_block_get_their_factors_from_the_rest_and_say_how_surely() -> None:
    blocks, truth = planted_factors(160)
    training = {n: v[:120] for n, v in without(blocks, "expression", LOST).items()}
    fitted = fit_mofa(training)
    found = fitted.scores(training)
    assert matched(found.values[LOST], truth[LOST]).min() > 0.9
    assert found.sd[LOST].mean() > 1.2 * found.sd[60:].mean()
    np.testing.assert_array_equal(found.measured[LOST], [[1, 0, 1]] * len(LOST))
    # The fourth factor stands in mutations alone: without them nothing is known of it.
    rest = {name: blocks[name][120:] for name in ("copy_number", "expression")}
    partly = fitted.scores(rest)
    r = np.abs(np.corrcoef(np.column_stack([found.values, truth[:120, 3]]).T)[-1, :-1])
    own = int(r.argmax())
    assert partly.sd[:, own].min() > 0.7
    assert partly.sd.mean(axis=0).argmax() == own
    assert np.abs(partly.values[:, own]).mean() < 0.3
    assert matched(np.delete(partly.values, own, axis=1), truth[120:, :3]).min() > 0.9


def test_the_stated_spread_is_that_of_the_errors() -> None:
    """Of factors told from two of three blocks, squared errors over variances are 1 on average."""
    blocks, truth = planted_factors(400)
    fitted = fit_mofa({n: v[:200] for n, v in blocks.items()})
    whole, partly = fitted.scores(blocks), fitted.scores({n: v for n, v in blocks.items() if n != "expression"})
    # The truth on the scale of the factors, by a line from the training cells.
    for k in range(fitted.factors):
        j = int(np.argmax(np.abs([np.corrcoef(whole.values[:200, k], t)[0, 1] for t in truth[:200].T])))
        slope, level = np.polyfit(truth[:200, j], whole.values[:200, k], 1)
        if abs(np.corrcoef(truth[:200, j], whole.values[:200, k])[0, 1]) < 0.9:
            continue  # a weak factor that was not planted
        for found in (whole, partly):
            ratio = (found.values[200:, k] - level - slope * truth[200:, j]) ** 2 / found.sd[200:, k] ** 2
            assert 0.6 < ratio.mean() < 1.9


def test_nothing_measured_gives_the_prior() -> None:
    blocks, _ = planted_factors(40)
    fitted = fit_mofa(blocks)
    found = fitted.scores({"expression": np.full((2, 90), np.nan)})
    np.testing.assert_allclose(found.values, 0, atol=1e-12)
    np.testing.assert_allclose(found.sd, 1)
    assert not found.measured.any()


def test_orders_and_company_do_not_matter() -> None:
    blocks = without(planted_factors(80, binary="mutation")[0], "expression", LOST)
    fitted = fit_mofa(blocks)
    scores = fitted.scores(blocks).values
    order = RNG.permutation(80)
    shuffled = {name: values[order] for name, values in reversed(blocks.items())}
    again = fit_mofa(shuffled)
    np.testing.assert_allclose(again.scores(shuffled).values, scores[order], atol=0.02)
    backwards = fit_mofa(dict(reversed(blocks.items())))
    np.testing.assert_array_equal(backwards.scores(blocks).values, scores)
    one = {name: values[30:31] for name, values in blocks.items()}
    np.testing.assert_allclose(fitted.scores(one).values, scores[30:31], atol=1e-10)
    np.testing.assert_array_equal(fit_mofa(blocks).scores(blocks).values, scores)
    restored = Mofa.restore(fitted.state())
    np.testing.assert_array_equal(restored.scores(blocks).values, scores)


@pytest.mark.parametrize("oracle", [PCA, FactorAnalysis])
def test_one_block_spans_what_scikit_learn_finds(oracle: type) -> None:
    values = planted_factors(300, noise=0.3)[0]["expression"]
    fitted = fit_mofa({"expression": values}, factors=2, drop=0)
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    theirs = oracle(2).fit(standard).components_.T
    angle = subspace_angles(fitted.loadings["expression"].mean[:, :2], theirs).max()
    assert np.degrees(angle) < (6 if oracle is PCA else 1.5)  # PCA takes all features for equally noisy


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ({}, "no block"),
        ({"a": np.zeros((3, 2)), "b": np.zeros((4, 2))}, "differ in their number of cells: a 3, b 4"),
        ({"a": np.full((3, 2), np.inf)}, "infinite"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(blocks: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit_mofa(blocks)


def test_other_blocks_than_those_learnt_are_refused() -> None:
    fitted = fit_mofa(planted_factors(30, binary="mutation")[0])
    with pytest.raises(InputError, match="none of the blocks copy_number, expression, mutation is given"):
        fitted.scores({"methylation": np.zeros((2, 5))})
    with pytest.raises(InputError, match=r"shape \(2, 5\); expected \(cell, 90\)"):
        fitted.scores({"expression": np.zeros((2, 5))})
    with pytest.raises(InputError, match=r"learnt as 0 or 1, and row 2, column \d+ holds 0.5"):
        fitted.scores({"mutation": np.vstack([np.zeros(50), np.full(50, 0.5)])})
