"""Read lean, a molecule has the same circular fingerprints, and the same SMILES are refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from drugexp.chemistry import fingerprints
from drugexp.chemistry.parse import Compound, Rejected, parse

KINDS: tuple[fingerprints.Kind, ...] = ("morgan", "feature_morgan", "path")
BAD = ("", "C1CC", "c1cccc1", "CN(C)(C)(C)C", "[Na+].[Cl-]", "O", "C*", "CC>>C", "not a smiles", "C" * 6000, "F(C)C")
ODD = (
    "C[C@H](N)C(=O)[O-].[Na+]",
    "[2H]C([2H])([2H])O",
    "[H]C([H])([H])C",
    "C/C=C/C(=O)O",
    "O=[N+]([O-])c1ccccc1",
    "O=N(=O)c1ccccc1",
    "C1=CC=CC=C1",
    "O=C1NC(=O)NC(=O)N1",
    "c1ccc2[nH]ccc2c1",
    "CS(=O)C",
    "C[S+](C)[O-]",
    "[CH3:1]CO",
    "C[N+](C)(C)C",
    "Cl[Pt](Cl)(N)N",
    "B(O)(O)c1ccccc1",
    "C1=CC2=CC=CC2=C1",
    "OC(=O)C1CC1 |w:1.0|",
)


def same(texts: list[str], reading: str) -> None:
    """Every text has the same outcome, read whole and read so."""
    whole, other = [parse(t) for t in texts], [parse(t, reading=reading) for t in texts]  # type: ignore[arg-type]
    for text, a, b in zip(texts, whole, other, strict=True):
        assert type(a) is type(b), text
        if isinstance(a, Rejected):
            assert a == b
        elif isinstance(b, Compound):
            assert a.notes == b.notes, text
    kept = [
        (a.mol, b.mol) for a, b in zip(whole, other, strict=True) if isinstance(a, Compound) and isinstance(b, Compound)
    ]
    assert kept
    for kind in KINDS[: 2 if len(kept) > 1000 else 3]:  # paths take twenty times as long
        wanted, found = (fingerprints.counts([pair[i] for pair in kept], kind) for i in (0, 1))
        np.testing.assert_array_equal(found, wanted)


def test_odd_and_bad_smiles_come_to_the_same() -> None:
    same([*ODD, *BAD], "lean")


def test_stereo_and_hybridisation_are_what_is_left_out() -> None:
    found = parse("C[C@H](N)C(=O)O", reading="lean")
    assert isinstance(found, Compound)
    assert {a.GetHybridization() for a in found.mol.GetAtoms()} == {Chem.HybridizationType.UNSPECIFIED}


def test_canonical_reading_takes_the_word_of_the_writer() -> None:
    """Which is why it is to be asked for: benzene with double bonds is no benzene."""
    found = parse("C1=CC=CC=C1", reading="canonical")
    assert isinstance(found, Compound)
    assert not any(a.GetIsAromatic() for a in found.mol.GetAtoms())
    same([Chem.CanonSmiles(t) for t in ODD if "|" not in t], "canonical")


def libraries() -> list[Path]:
    folder = Path(os.environ.get("DRUGEXP_DATA", "")) / "libraries"
    return [folder / "moses_200k.csv.gz", folder / "moleculeace.parquet"]


def texts(path: Path, count: int) -> list[str]:
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    unique = table["smiles"].drop_duplicates()
    return [str(t) for t in unique.sample(min(count, len(unique)), random_state=0)]


@pytest.mark.skipif(not all(p.is_file() for p in libraries()), reason="DRUGEXP_DATA is not set")
@pytest.mark.parametrize("path", libraries(), ids=lambda p: p.name)
def test_drug_like_compounds_come_to_the_same(path: Path) -> None:
    given = texts(path, 700)
    same(given, "lean")
    same([Chem.CanonSmiles(t) for t in given], "canonical")


@pytest.mark.slow
@pytest.mark.skipif(not all(p.is_file() for p in libraries()), reason="DRUGEXP_DATA is not set")
@pytest.mark.parametrize("path", libraries(), ids=lambda p: p.name)
def test_whole_libraries_come_to_the_same(path: Path) -> None:
    given = texts(path, 10**9)
    for start in range(0, len(given), 5000):
        part = given[start : start + 5000]
        same(part, "lean")
        same([Chem.CanonSmiles(t) for t in part], "canonical")
