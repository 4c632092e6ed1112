"""A library held against signatures: hits, without profiles; and coefficients in the place of profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_model import SMILES

import drugexp
from drugexp.errors import InputError, UsageError
from drugexp.screening.read import tables

pytestmark = pytest.mark.usefixtures("compiled_once")

ASKED = {"cells": ["MCF7", "HT29"], "dose_um": [10.0], "workers": 1}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "x.smi"
    path.write_text("".join(f"{text} n{i}\n" for i, text in enumerate([*SMILES[:12], "C1CC", *SMILES[12:20]])))
    return path


@pytest.fixture(scope="module")
def profiles(library):
    """What the bundled model predicts, in its own space: the signed logarithm of z-scores."""
    smiles = [line.split()[0] for line in library.read_text().splitlines() if not line.startswith("C1CC ")]
    asked = {name: value for name, value in ASKED.items() if name != "workers"}
    found = drugexp.predict(smiles, **asked).iloc[:, -978:]
    return np.sign(found) * np.log1p(np.abs(found))


@pytest.fixture(scope="module")
def signatures(profiles, tmp_path_factory):
    """Two signatures, genes in rows: one of the profiles with noise, and its reverse; some genes are no landmarks."""
    rng = np.random.default_rng(0)
    genes = list(profiles.columns[:400])
    values = profiles.iloc[6, :400].to_numpy() + rng.normal(scale=0.1, size=400)
    path = tmp_path_factory.mktemp("signatures") / "signatures.csv"
    table = pd.DataFrame({"gene": [*genes, "NOGENE1"], "like 3": [*values, 5.0], "unlike 3": [*-values, 5.0]})
    table.to_csv(path, index=False)
    return path


def wanted_scores(profiles, signatures):
    table = pd.read_csv(signatures, index_col=0).iloc[:-1]
    x, y = profiles[table.index].to_numpy(), table.to_numpy()
    return x @ y / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=0)


def test_scores_are_cosines_with_the_profiles_that_predict_gives(library, signatures, profiles, tmp_path):
    found = drugexp.screen(library, tmp_path / "out", against=signatures, shard=8, **ASKED)
    assert (found.kept, found.rejected, found.profiles) == (20, 1, 40)
    assert any("400 of 978" in note for note in found.notes)
    table = pd.concat(tables(tmp_path / "out"), ignore_index=True)
    scores = table[["score:like 3", "score:unlike 3"]].to_numpy()
    np.testing.assert_allclose(scores, wanted_scores(profiles, signatures), atol=2e-5)


def test_hits_are_the_best_rows_with_their_structures(library, signatures, profiles, tmp_path):
    drugexp.screen(library, tmp_path / "out", against=signatures, hits=5, shard=8, **ASKED)
    hits = pd.read_csv(tmp_path / "out" / "hits.csv")
    assert hits["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    scores = wanted_scores(profiles, signatures)
    for at, name in enumerate(("like 3", "unlike 3")):
        best = np.sort(scores[:, at])[::-1][:5]
        np.testing.assert_allclose(hits.loc[hits["signature"] == name, "score"], best, atol=2e-5)
    first = hits.iloc[0]
    assert (first["compound_id"], first["cell"]) == ("n3", "MCF7")
    alone = drugexp.predict(first["smiles"], cells="MCF7", dose_um=10.0).iloc[0]
    assert first["in_domain"] == alone["in_domain"]
    assert hits["nearest_compound"].str.strip().str.len().gt(0).all()
    assert first["nearest_similarity"] == pytest.approx(alone["nearest_similarity"])
    assert (hits["in_domain"] == hits["domain_reason"].isna()).all()
    page = (tmp_path / "out" / "hits.html").read_text()
    assert page.count('<svg class="structure"') == 10
    assert "n3" in page
    assert page.count('<td data-head="inside of what was learnt">') == 10


def test_reverse_turns_the_order_and_hits_only_keeps_hits_under_the_same_hash(library, signatures, tmp_path):
    asked = {"against": signatures, "want": "reverse", "hits": 4, "shard": 8, **ASKED}
    whole = drugexp.screen(library, tmp_path / "whole", **asked)
    few = drugexp.screen(library, tmp_path / "few", hits_only=True, **asked)
    first, second = (pd.read_csv(tmp_path / name / "hits.csv") for name in ("whole", "few"))
    pd.testing.assert_frame_equal(first, second)
    assert (first["score"].groupby(first["signature"]).diff().dropna() >= 0).all()
    assert whole.digest == few.digest
    rows = [sum(len(table) for table in tables(tmp_path / name)) for name in ("whole", "few")]
    assert rows[0] == 40 > rows[1]


def test_coefficients_times_basis_are_the_profiles(library, profiles, tmp_path):
    drugexp.screen(library, tmp_path / "out", keep="coefficients", **ASKED)
    basis = pd.read_parquet(tmp_path / "out" / "basis.parquet")
    rows = [row for table in tables(tmp_path / "out") for row in table["coefficients"]]
    assert basis.columns.tolist() == profiles.columns.tolist()
    np.testing.assert_allclose(np.stack(rows) @ basis.to_numpy(), profiles, atol=2e-5)


def test_a_model_without_a_basis_scores_its_profiles(library, signatures, bundles, tmp_path):
    asked = {"model": bundles["zscore"], "cells": ["MCF7"], "workers": 1}
    found = drugexp.screen(library, tmp_path / "scores", against=signatures, measure="pearson", **asked)
    assert found.kept == 20
    with pytest.raises(UsageError, match="no product of coefficients and a basis"):
        drugexp.screen(library, tmp_path / "out", keep="coefficients", **asked)


def test_what_makes_no_sense_is_said(library, signatures, tmp_path):
    with pytest.raises(UsageError, match="scores need signatures"):
        drugexp.screen(library, tmp_path / "out", keep="scores", **ASKED)
    with pytest.raises(UsageError, match="scores need signatures"):
        drugexp.screen(library, tmp_path / "out", keep="dense", against=signatures, **ASKED)
    few = tmp_path / "few.csv"
    few.write_text("gene,a\nTP53,1\nMYC,2\n")
    with pytest.raises(InputError, match="at least 10 are needed"):
        drugexp.screen(library, tmp_path / "out", against=few, **ASKED)
    table = pd.read_csv(signatures)
    table.assign(nothing=0.0).to_csv(few, index=False)
    with pytest.raises(InputError, match="signature 'nothing' tells nothing"):
        drugexp.screen(library, tmp_path / "out", against=few, **ASKED)


def test_other_signatures_are_another_screen(library, signatures, tmp_path):
    drugexp.screen(library, tmp_path / "out", against=signatures, **ASKED)
    other = tmp_path / "other.csv"
    table = pd.read_csv(signatures)
    table["like 3"] += 1.0
    table.to_csv(other, index=False)
    with pytest.raises(UsageError, match="another screen"):
        drugexp.screen(library, tmp_path / "out", against=other, **ASKED)
