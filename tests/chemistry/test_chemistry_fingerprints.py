"""Fingerprints and descriptors against RDKit's own answers and under rewriting of the SMILES."""

from __future__ import annotations

import random
import typing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from drugexp.chemistry import descriptors, fingerprints
from drugexp.chemistry.parse import Compound, parse

DRUGS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "CS(=O)c1ccc(-c2nc(-c3ccncc3)c(-c3ccc(F)cc3)[nH]2)cc1",
    "N[C@@H](Cc1c[nH]c2ccccc12)C(=O)O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "O=[N+]([O-])c1cccc2c[nH]nc12",
)
KINDS = typing.get_args(fingerprints.Kind)


def molecules(smiles: typing.Iterable[str] = DRUGS) -> list[Chem.Mol]:
    found = [parse(s) for s in smiles]
    assert all(isinstance(c, Compound) for c in found)
    return [c.mol for c in found if isinstance(c, Compound)]


def tanimoto(x: np.ndarray) -> np.ndarray:
    """Return the count Tanimoto of all pairs by its definition."""
    low = np.minimum(x[:, None], x[None]).sum(-1, dtype=np.int64)
    high = np.maximum(x[:, None], x[None]).sum(-1, dtype=np.int64)
    return low / high


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_tanimoto_of_counts_equals_rdkits(radius: int) -> None:
    mols = molecules()
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=1024)
    theirs = [generator.GetCountFingerprint(m) for m in mols]
    expected = np.array([DataStructs.BulkTanimotoSimilarity(f, theirs) for f in theirs])
    np.testing.assert_allclose(tanimoto(fingerprints.counts(mols, radius=radius, size=1024)), expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_tanimoto_of_bits_equals_rdkits(kind: fingerprints.Kind) -> None:
    mols = molecules()
    theirs = [fingerprints.generator(kind, 2, 2048).GetFingerprint(m) for m in mols]
    expected = np.array([DataStructs.BulkTanimotoSimilarity(f, theirs) for f in theirs])
    np.testing.assert_allclose(tanimoto(fingerprints.bits(mols, kind)), expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_counts_equal_rdkits_vector(kind: fingerprints.Kind) -> None:
    mols = molecules()
    expected = [fingerprints.generator(kind, 2, 512).GetCountFingerprintAsNumPy(m) for m in mols]
    np.testing.assert_array_equal(fingerprints.counts(mols, kind, size=512), np.minimum(expected, 255))


def test_bytes_of_another_version_are_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    mols = [Chem.MolFromSmiles(text) for text in ("CCO", "c1ccccc1CCCCCCCCCC", "[H][H]")]
    known = fingerprints.counts(mols)
    monkeypatch.setattr(fingerprints, "_VERSION", (2, 4))
    np.testing.assert_array_equal(fingerprints.counts(mols), known)
    assert fingerprints.counts([]).shape == (0, 2048)


def test_features_and_elements_are_different_views() -> None:
    fluoride, chloride = molecules(["Fc1ccccc1", "Clc1ccccc1"])
    one, other = fingerprints.counts([fluoride, chloride], "feature_morgan")
    np.testing.assert_array_equal(one, other)
    one, other = fingerprints.counts([fluoride, chloride], "morgan")
    assert (one != other).any()


def test_counts_are_clipped_not_wrapped() -> None:
    chain = Chem.MolFromSmiles("C" * 300)
    assert fingerprints.counts([chain], "path", size=16).max() == 255


def test_packing_is_undone_by_unpacking() -> None:
    for values in (fingerprints.maccs(molecules()), fingerprints.bits(molecules(), size=1024)):
        np.testing.assert_array_equal(fingerprints.unpack(fingerprints.pack(values), values.shape[1]), values)


def test_no_molecules_give_no_rows() -> None:
    assert fingerprints.counts([]).shape == (0, 2048)
    assert fingerprints.bits([]).shape == (0, 2048)
    assert fingerprints.maccs([]).shape == (0, 167)
    assert descriptors.fast_descriptors([]).shape == (0, len(descriptors.FAST_NAMES))
    assert descriptors.rdkit_descriptors([]).shape == (0, len(descriptors.RDKIT_NAMES))


@given(st.sampled_from(DRUGS), st.integers(0, 2**31 - 1))
def test_the_order_of_atoms_makes_no_difference(smiles: str, seed: int) -> None:
    order = list(range(Chem.MolFromSmiles(smiles).GetNumAtoms()))
    random.Random(seed).shuffle(order)  # noqa: S311 - no secret
    shuffled = Chem.MolToSmiles(Chem.RenumberAtoms(Chem.MolFromSmiles(smiles), order), canonical=False)
    pair = molecules([smiles, shuffled])
    assert Chem.MolToSmiles(pair[0]) == Chem.MolToSmiles(pair[1])
    for kind in KINDS:
        one, other = fingerprints.counts(pair, kind)
        np.testing.assert_array_equal(one, other)
    one, other = fingerprints.maccs(pair)
    np.testing.assert_array_equal(one, other)
    one, other = descriptors.fast_descriptors(pair)
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_fast_descriptors_of_aspirin() -> None:
    found = dict(zip(descriptors.FAST_NAMES, descriptors.fast_descriptors(molecules(DRUGS[:1]))[0], strict=True))
    assert found["heavy_atoms"] == 13
    assert found["exact_mass"] == pytest.approx(180.0423, abs=1e-3)
    assert found["tpsa"] == pytest.approx(63.6, abs=0.01)
    assert found["donors"] == 1
    assert found["nitrogens_and_oxygens"] == 4
    assert found["aromatic_rings"] == 1
    assert found["fraction_csp3"] == pytest.approx(1 / 9)


def test_rdkit_descriptors_are_finite_or_missing() -> None:
    found = descriptors.rdkit_descriptors(molecules(["CCO", "C[Hg]Cl", "C" * 200]))
    assert not np.isinf(found).any()
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).any()
    named = dict(zip(descriptors.RDKIT_NAMES, found[0], strict=True))
    assert named["MolWt"] == pytest.approx(46.069, abs=1e-3)
