from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from drugexp.preprocess.directions import fit_low_rank
from drugexp_kernels.product.learning import likelihood
from drugexp_kernels.product.noise import left_out_residuals, negative_log_likelihood, variances
from drugexp_kernels.product.spectrum import Spectrum, choose_landmarks, exact, kronecker, nystroem

RNG = np.random.default_rng(0)


def kernel(n: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(n, 3))
    return np.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / 4)


def dual(found: Spectrum, z: np.ndarray, noise: float) -> np.ndarray:
    return found.lift(found.scale[:, None] / (found.values[:, None] + noise) * found.rotate(z))


def explained(found: Spectrum, k: np.ndarray, noise: float) -> np.ndarray:
    p = k @ found.columns(len(found.values))
    return (p**2 * found.scale**2 / (found.values + noise)).sum(1)


def test_exact_solves_the_weighted_system() -> None:
    K, z, w = kernel(25), RNG.normal(size=(25, 4)), RNG.uniform(0.2, 3, 25)
    inverse = np.linalg.inv(K + 0.7 * np.diag(1 / w))
    found = exact(K, w)
    np.testing.assert_allclose(dual(found, np.sqrt(w)[:, None] * z, 0.7), inverse @ z, atol=1e-10)
    k = kernel(30)[25:, :25]
    np.testing.assert_allclose(explained(found, k, 0.7), np.einsum("qi,ij,qj->q", k, inverse, k), atol=1e-10)


def test_kronecker_equals_dense() -> None:
    A, B = kernel(7), kernel(4, seed=1)
    place = np.random.default_rng(2).permutation(28)
    K = np.kron(A, B)[np.ix_(place, place)]
    z, k = RNG.normal(size=(28, 3)), RNG.normal(size=(5, 28))
    fast, dense = kronecker(A, B, place), exact(K, np.ones(28))
    np.testing.assert_allclose(fast.values, dense.values, atol=1e-8)
    np.testing.assert_allclose(dual(fast, z, 0.3), dual(dense, z, 0.3), atol=1e-8)
    np.testing.assert_allclose(explained(fast, k, 0.3), explained(dense, k, 0.3), atol=1e-8)
    groups = np.arange(28) // 3
    np.testing.assert_allclose(
        left_out_residuals(fast, z, 0.3, groups), left_out_residuals(dense, z, 0.3, groups), atol=1e-8
    )


def test_nystroem_with_every_landmark_is_exact() -> None:
    K, w = kernel(20) + 1e-3 * np.eye(20), RNG.uniform(0.5, 2, 20)
    z = RNG.normal(size=(20, 2))
    found, dense = nystroem(K, np.arange(20), w), exact(K, w)
    np.testing.assert_allclose(K @ dual(found, z, 0.5), K @ dual(dense, z, 0.5), atol=1e-8)
    np.testing.assert_allclose(explained(found, K, 0.5), explained(dense, K, 0.5), atol=1e-8)


def test_landmarks_leave_nothing_of_a_low_rank_kernel() -> None:
    x = RNG.normal(size=(40, 5))
    K = x @ x.T
    chosen = choose_landmarks(np.diag(K), lambda i: K[:, i], 20)
    assert len(chosen) == 5
    C = K[:, chosen]
    np.testing.assert_allclose(C @ np.linalg.solve(K[np.ix_(chosen, chosen)], C.T), K, atol=1e-8)


@pytest.mark.parametrize("size", [1, 3])
def test_left_out_residuals_equal_refitting(size: int) -> None:
    K, z, groups = kernel(12), RNG.normal(size=(12, 2)), np.random.default_rng(1).permutation(np.arange(12) // size)
    found = left_out_residuals(exact(K, np.ones(12)), z, 0.4, groups)
    for group in np.unique(groups):
        out = groups == group
        refit = np.linalg.solve(K[np.ix_(~out, ~out)] + 0.4 * np.eye((~out).sum()), z[~out])
        np.testing.assert_allclose(found[out], z[out] - K[np.ix_(out, ~out)] @ refit, atol=1e-10)


def test_likelihood_equals_the_gaussian_density() -> None:
    K, z = kernel(15), RNG.normal(size=(15, 1))
    grid = (0.1, 1.0)
    found = negative_log_likelihood(exact(K, np.ones(15)), z, grid)[:, 0]
    for value, noise in zip(found, grid, strict=True):
        s = variances(exact(K, np.ones(15)), z, np.array([noise]))[0]
        C = s * (K + noise * np.eye(15))
        density = 0.5 * (z[:, 0] @ np.linalg.solve(C, z[:, 0]) + np.linalg.slogdet(C)[1] + 15 * np.log(2 * np.pi))
        assert value == pytest.approx(density - 0.5 * 15 * (1 + np.log(2 * np.pi)))


def test_gradient_of_the_likelihood() -> None:
    K, z = kernel(8) + np.eye(8), RNG.normal(size=(8, 3))
    D = kernel(8, seed=3)
    found = (likelihood(K, z)[1] * D).sum()
    want = approx_fprime(np.zeros(1), lambda t: likelihood(K + t[0] * D, z)[0], 1e-6)[0]
    assert found == pytest.approx(want, rel=1e-4)


def test_missing_entries_are_filled_from_the_directions() -> None:
    scores, basis = RNG.normal(size=(80, 2)), RNG.normal(size=(2, 15))
    truth = scores @ basis
    present = np.random.default_rng(0).random(truth.shape) < 0.8
    low = fit_low_rank(np.where(present, truth, 1e9), present, np.ones(80), 2)
    filled = low.mean + low.scores(truth - low.mean, present) @ low.basis
    assert np.abs(filled - truth)[~present].mean() < 0.2 * np.abs(truth).mean()
    np.testing.assert_allclose(low.basis @ low.basis.T, np.eye(2), atol=1e-10)
