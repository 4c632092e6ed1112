"""Gene names onto the landmark axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drugexp.intake import genes as home
from drugexp.intake.genes import landmark_axis, reconcile

AXIS = landmark_axis()


def _shipped() -> pd.DataFrame:
    return pd.read_csv(Path(home.__file__).with_name("landmark_genes.csv"), comment="#", dtype=str)


def test_the_axis_is_reconciled_with_itself_in_any_namespace_and_order() -> None:
    table = _shipped()
    for namespace in ("symbol", "ensembl", "entrez"):
        found = reconcile(table[namespace].tolist()[::-1])
        assert found.namespace == namespace
        np.testing.assert_array_equal(found.positions, np.arange(978)[::-1])
        assert found.coverage == 1.0
        assert not found.unknown


def test_case_versions_and_older_symbols_are_understood() -> None:
    assert reconcile(["tP53"]).positions[0] == AXIS.ids.index("TP53")
    assert reconcile(["ENSG00000113552.17"]).positions[0] == AXIS.ids.index("GNPDA1")
    found = reconcile(["HLA.DMA", "ADCK3"])
    assert [AXIS.ids[p] for p in found.positions] == ["HLA-DMA", "COQ8A"]
    assert found.aliases == (("HLA.DMA", "HLA-DMA"), ("ADCK3", "COQ8A"))


def test_the_report_counts_what_was_found_and_lists_the_rest_shortly() -> None:
    names = [*AXIS.ids[:600], "ADCK3", "COQ8A", *(f"NOPE{i}" for i in range(9))]
    found = reconcile(names)
    sentence = found.sentence()
    covered = len(set(AXIS.ids[:600]) | {"COQ8A"})
    assert f"{covered} of 978 landmark genes found" in sentence
    assert "1 by another name (ADCK3 = COQ8A)" in sentence
    assert "COQ8A" in found.duplicated
    assert "averaged (COQ8A)" in sentence
    assert "9 names are no landmark gene (NOPE0, NOPE1, NOPE2, NOPE3, NOPE4 and 4 more)" in sentence
    assert f"{978 - covered} missing" in sentence


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([*AXIS.ids[:6], "nope", "ADCK3"]), min_size=1, max_size=12), st.integers(0, 2**31))
def test_collapsing_is_the_mean_of_what_is_held(names: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, len(names)))
    values[rng.random(values.shape) < 0.3] = np.nan
    found = reconcile(names)
    collapsed = found.collapse(values)
    for p, gene in enumerate(AXIS.ids[:6]):
        for row in range(3):
            held = [v for v, n in zip(values[row], names, strict=True) if n == gene and np.isfinite(v)]
            expected = np.mean(held) if held else np.nan
            np.testing.assert_allclose(collapsed[row, p], expected)
    assert np.isnan(np.delete(collapsed, [*range(6), AXIS.ids.index("COQ8A")], axis=1)).all()


@pytest.mark.data
def test_the_shipped_table_is_that_of_the_data_folder(data_dir: Path) -> None:
    ours = _shipped()
    theirs = pd.read_csv(data_dir / "genes" / "landmark_genes.csv", dtype=str)
    assert ours[["symbol", "entrez", "ensembl"]].to_numpy().tolist() == theirs.iloc[:, :3].to_numpy().tolist()
    aliases = pd.read_csv(data_dir / "genes" / "symbol_aliases.csv")
    found = reconcile(aliases["old_symbol"].tolist())
    assert [AXIS.ids[p] for p in found.positions] == aliases["symbol"].tolist()
