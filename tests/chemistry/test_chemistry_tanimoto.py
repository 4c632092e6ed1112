from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from drugexp.chemistry.packing import pack_counts, unpack_counts
from drugexp.chemistry.tanimoto import count_levels, count_tanimoto, expand, ratio, reached

SMILES = ["CCO", "CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1", "CCCCCCCCCCCCCCCCCC(=O)O", "CN1CCC[C@H]1c1cccnc1", "[Na+].[Cl-]"]
COUNTS = arrays(np.int64, st.tuples(st.integers(1, 8), st.just(5)), elements=st.integers(0, 300))


def test_equals_rdkit_on_counts() -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=512)
    mols = [Chem.MolFromSmiles(s) for s in SMILES]
    prints = [generator.GetCountFingerprint(m) for m in mols]
    table = np.array([generator.GetCountFingerprintAsNumPy(m) for m in mols])
    truth = [[DataStructs.TanimotoSimilarity(a, b) for b in prints] for a in prints]
    np.testing.assert_allclose(count_tanimoto(table, table), truth, atol=1e-12)


@given(COUNTS, COUNTS)
def test_equals_brute_force(x: np.ndarray, y: np.ndarray) -> None:
    low = np.minimum(x[:, None], y[None]).sum(-1)
    high = np.maximum(x[:, None], y[None]).sum(-1)
    np.testing.assert_allclose(count_tanimoto(x, y), low / np.maximum(high, 1), atol=1e-12)


@given(COUNTS)
def test_is_positive_semidefinite_with_ones_on_the_diagonal(x: np.ndarray) -> None:
    K = count_tanimoto(x, x)
    np.testing.assert_allclose(np.diag(K), (x.sum(1) > 0).astype(float), atol=1e-12)
    assert np.linalg.eigvalsh(K).min() > -1e-9


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).poisson(0.5, (50, 30))
    whole = count_tanimoto(x, x)
    monkeypatch.setattr("drugexp.chemistry.tanimoto.BLOCK", 7)
    np.testing.assert_array_equal(count_tanimoto(x, x), whole)


def test_the_same_functions_serve_jax() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.poisson(0.7, (9, 30)).astype(np.float32), rng.poisson(0.7, (7, 30)).astype(np.float32)
    levels = count_levels(y)
    shared = expand(jnp.asarray(x), levels) @ jnp.asarray(reached(y, levels), jnp.float32).T
    found = ratio(shared, jnp.asarray(x.sum(1)), jnp.asarray(y.sum(1)))
    np.testing.assert_allclose(np.asarray(found), count_tanimoto(x, y), atol=1e-6)


@given(COUNTS)
def test_packing_loses_nothing(x: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack_counts(pack_counts(x)), x)


def test_packing_keeps_values_that_are_not_counts() -> None:
    x = np.array([[0.5, 0.0], [-1.0, 70000.0]])
    np.testing.assert_array_equal(unpack_counts(pack_counts(x)), x)


def test_no_rows() -> None:
    assert count_tanimoto(np.zeros((0, 4)), np.ones((3, 4))).shape == (0, 3)
    assert unpack_counts(pack_counts(np.zeros((0, 4)))).shape == (0, 4)
