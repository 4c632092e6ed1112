"""Scores against signatures: those of plain NumPy, with profiles and without."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.score.connectivity import gene_sets
from drugexp.screening.scores import Measure, Signatures, score_head

GENES, DIRECTIONS, SIGNATURES, ROWS = 60, 7, 3, 40


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    basis = rng.normal(size=(DIRECTIONS, GENES)).astype(np.float32)
    basis[0] += 2.0  # a mean, so that Pearson and cosine differ
    coefficients = rng.normal(size=(ROWS, DIRECTIONS)).astype(np.float32)
    values = rng.normal(size=(SIGNATURES, GENES)).astype(np.float32)
    used = rng.random(GENES) < 0.8
    names = tuple("abc")
    return basis, coefficients, Signatures(names, np.where(used, values, 0).astype(np.float32), used)


def profiles_score(signatures, measure, profiles, **how):
    head = score_head(signatures, measure, **how)
    return np.asarray(head.of_profiles(head.arrays, jnp.asarray(profiles))[0])


def plain(signatures: Signatures, measure: Measure, profiles: np.ndarray) -> np.ndarray:
    used = signatures.used
    x, y = profiles[:, used].astype(float), signatures.values[:, used].astype(float)
    if measure == "pearson":
        x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    return (x @ y.T) / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=1)


@pytest.mark.parametrize("measure", ["cosine", "pearson"])
def test_products_are_those_of_numpy_with_profiles_and_without(made, measure):
    basis, coefficients, signatures = made
    wanted = plain(signatures, measure, coefficients @ basis)
    np.testing.assert_allclose(profiles_score(signatures, measure, coefficients @ basis), wanted, atol=2e-6)
    head = score_head(signatures, measure)
    folded = head.of_coefficients(head.fold(basis), jnp.asarray(coefficients))[0]
    np.testing.assert_allclose(folded, wanted, atol=2e-6)


def test_more_directions_than_genes_are_folded_too(made):
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(90, GENES)).astype(np.float32)
    coefficients = rng.normal(size=(5, 90)).astype(np.float32)
    head = score_head(made[2], "cosine")
    folded = head.of_coefficients(head.fold(basis), jnp.asarray(coefficients))[0]
    np.testing.assert_allclose(folded, plain(made[2], "cosine", coefficients @ basis), atol=3e-6)


def enrichment(ranked: list[int], weight: np.ndarray, inside: set[int]) -> float:
    """The statistic as the paper words it, gene by gene."""
    total = sum(weight[g] for g in ranked if g in inside)
    misses = sum(g not in inside for g in ranked)
    at, far = 0.0, 0.0
    for gene in ranked:
        at += weight[gene] / total if gene in inside else -1.0 / misses
        far = at if abs(at) > abs(far) else far
    return far


def test_connectivity_is_that_of_the_paper(made):
    basis, coefficients, signatures = made
    profiles = coefficients @ basis
    found = profiles_score(signatures, "connectivity", profiles, set_size=8)
    up, down = gene_sets(signatures.values, signatures.used, 8)
    genes = np.flatnonzero(signatures.used)
    for row, profile in enumerate(profiles):
        ranked = [int(g) for g in genes[np.argsort(-profile[genes], kind="stable")]]
        for at in range(SIGNATURES):
            a, b = (enrichment(ranked, np.abs(profile), set(np.flatnonzero(s[at]))) for s in (up, down))
            wanted = (a - b) / 2 if np.sign(a) != np.sign(b) else 0.0
            assert found[row, at] == pytest.approx(wanted, abs=2e-6)
    assert (found != 0).any()


@pytest.mark.parametrize("measure", ["cosine", "pearson", "connectivity"])
def test_a_signature_is_most_like_itself_and_least_like_its_reverse(made, measure):
    signatures = made[2]
    itself = profiles_score(signatures, measure, signatures.values, set_size=5)
    np.testing.assert_allclose(np.diag(itself), 1.0, atol=1e-5)
    np.testing.assert_allclose(
        np.diag(profiles_score(signatures, measure, -signatures.values, set_size=5)), -1.0, atol=1e-5
    )


def test_no_change_is_like_nothing(made):
    for measure in ("cosine", "pearson", "connectivity"):
        assert not profiles_score(made[2], measure, np.zeros((2, GENES), np.float32)).any()


def test_genes_that_are_not_used_do_not_count(made):
    basis, coefficients, signatures = made
    profiles = coefficients @ basis
    other = np.where(signatures.used, profiles, 100.0)
    for measure in ("cosine", "pearson", "connectivity"):
        first, second = (profiles_score(signatures, measure, p) for p in (profiles, other))
        np.testing.assert_allclose(second, first, atol=2e-6)
