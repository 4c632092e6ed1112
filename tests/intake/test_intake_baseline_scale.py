"""Baselines of every scale become log2 expression where the scale is clear, and are refused where it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit
from drugexp.errors import InputError, UsageError
from drugexp.intake.baseline_file import baseline_from_frame, read_baseline
from drugexp.intake.baseline_scale import parse_scale
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import write_h5ad
from drugexp.intake.genes import landmark_axis
from drugexp.preprocess.scale import Kind

LANDMARKS = list(landmark_axis().ids)
GENES = [*LANDMARKS, *(f"other{i}" for i in range(4100))]
NAMES = ["s1", "s2", "s3"]


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    mean = rng.lognormal(1.0, 2.0, len(GENES)) * np.array([[1.0], [3.0], [0.5]])
    return pd.DataFrame(rng.poisson(mean), index=NAMES, columns=GENES)


@pytest.fixture(scope="module")
def due(counts: pd.DataFrame) -> np.ndarray:
    cpm = counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True) * 1e6
    return np.log2(cpm + 1)[:, : len(LANDMARKS)]


def _values(frame: pd.DataFrame, scale: Kind | None = None) -> tuple[np.ndarray, str]:
    cells, notes = baseline_from_frame(frame, scale=scale)
    return cells.blocks["expression"].values, " ".join(notes)


def test_counts_become_log2_cpm_of_all_genes_of_the_table(counts: pd.DataFrame, due: np.ndarray) -> None:
    for frame in (counts, counts.T, counts.astype(str), counts.assign(total_counts=counts.sum(axis=1))):
        values, notes = _values(frame)
        np.testing.assert_allclose(values, due, rtol=1e-5)
        assert "log2(counts / total counts of the sample x 1e6 + 1), with totals over 5,078 genes" in notes


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".gct", ".gctx", ".h5ad"])
def test_in_every_format(tmp_path: Path, counts: pd.DataFrame, due: np.ndarray, ending: str) -> None:
    path = tmp_path / f"b{ending}"
    table = Expression(counts.to_numpy(np.float64), annotation_table(NAMES), annotation_table(GENES))
    if ending == ".h5ad":
        pytest.importorskip("anndata")
    writers = {".gct": write_gct, ".gctx": write_gctx, ".h5ad": write_h5ad}
    named = counts.rename_axis("sample")
    if ending in writers:
        writers[ending](table, path)
    elif ending == ".csv":
        named.to_csv(path)
    else:
        named.reset_index().to_parquet(path)
    values = read_baseline(path)[0].blocks["expression"].values
    np.testing.assert_allclose(values, due, rtol=1e-5)


def test_totals_are_read_by_blocks_also_where_genes_are_rows(
    tmp_path: Path, counts: pd.DataFrame, due: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drugexp.intake.baseline_scale._ENTRIES", 6000)
    table = Expression(counts.to_numpy(np.float64), annotation_table(NAMES), annotation_table(GENES))
    write_gctx(table, tmp_path / "a.gctx")
    write_gctx(table.turned(), tmp_path / "b.gctx")
    for name in ("a.gctx", "b.gctx"):
        np.testing.assert_allclose(read_baseline(tmp_path / name)[0].blocks["expression"].values, due, rtol=1e-5)


def test_cpm_logarithms_and_intensities(counts: pd.DataFrame, due: np.ndarray) -> None:
    cpm = counts.div(counts.sum(axis=1), axis=0) * 1e6
    for frame, how in (
        (cpm, "they became log2(CPM + 1)"),
        (np.log1p(cpm), "they became v / ln 2"),
        (np.log1p(cpm / 100), "they became log2(1 + (e^v - 1) x 1e6 / 10000)"),
        (np.log2(cpm / 100 + 1), "they became log2(1 + (2^v - 1) x 1e6 / 10000)"),
        (np.log2(cpm + 1), "log2"),
    ):
        values, notes = _values(frame)
        np.testing.assert_allclose(values, due, atol=1e-4)
        assert how in notes or how == "log2"
    log2 = pd.DataFrame(np.random.default_rng(1).uniform(3, 15, (3, 978)), index=NAMES, columns=LANDMARKS)
    values, notes = _values(2**log2)
    np.testing.assert_allclose(values, log2, rtol=1e-5)
    assert "they became log2(intensity)" in notes


def test_counts_of_two_names_of_a_gene_add_up(counts: pd.DataFrame, due: np.ndarray) -> None:
    gene = LANDMARKS[0]
    half = counts[gene] // 2
    split = counts.assign(**{gene: counts[gene] - half, gene.lower(): half})
    values, notes = _values(split)
    np.testing.assert_allclose(values, due, rtol=1e-5)
    assert "1 given more than once and summed" in notes


def test_what_is_not_clear_is_refused_and_may_be_said(counts: pd.DataFrame) -> None:
    few = counts[LANDMARKS]
    with pytest.raises(InputError, match=r"of 978 genes, which are too few .*--baseline-scale \(counts, cpm"):
        baseline_from_frame(few)
    values, notes = _values(few, Kind.COUNTS)
    np.testing.assert_allclose(values, np.log2(few.div(few.sum(axis=1), axis=0) * 1e6 + 1), rtol=1e-5)
    assert "counts, as was said; they became" in notes
    part = (counts.div(counts.sum(axis=1), axis=0) * 1e6)[LANDMARKS]
    with pytest.raises(InputError, match=r"not clear: .* CPM of a part of the genes, FPKM"):
        baseline_from_frame(part)
    np.testing.assert_allclose(_values(part, Kind.CPM)[0], np.log2(part + 1), rtol=1e-5)
    with pytest.raises(InputError, match="0 is among the intensities"):
        baseline_from_frame(part, scale=Kind.INTENSITIES)


def test_logarithms_that_may_be_natural_are_taken_for_log2_and_it_is_said() -> None:
    low = pd.DataFrame(np.random.default_rng(0).uniform(1, 10, (3, 978)), index=NAMES, columns=LANDMARKS)
    values, notes = _values(low)
    np.testing.assert_allclose(values, low, rtol=1e-6)
    assert "natural logarithms look alike" in notes
    assert "--baseline-scale ln" in notes
    np.testing.assert_allclose(_values(low, Kind.LN)[0], low / np.log(2), rtol=1e-6)


def test_what_is_centred_is_refused_with_the_reason() -> None:
    log2 = pd.DataFrame(np.random.default_rng(1).uniform(3, 15, (5, 978)), columns=LANDMARKS).set_axis(list("abcde"))
    z = (log2 - log2.mean()) / log2.std(ddof=0)
    for frame in (z, 0.1 * z):
        with pytest.raises(InputError, match=r"they tell how far a gene moved, and not from where.*not centred"):
            baseline_from_frame(frame)


def test_a_scale_that_is_none_is_named_with_those_there_are() -> None:
    assert parse_scale(None) is None
    assert parse_scale("cpm") is Kind.CPM
    with pytest.raises(UsageError, match="unknown scale of a baseline 'count'; nearest: counts"):
        parse_scale("count")


def test_a_unit_that_the_file_states_counts(tmp_path: Path, counts: pd.DataFrame) -> None:
    table = Expression(
        counts[LANDMARKS].to_numpy(np.float64),
        annotation_table(NAMES, {"unit": ["counts"] * 3}),
        annotation_table(LANDMARKS),
        unit=Unit.COUNTS,
    )
    write_gctx(table, tmp_path / "a.gctx")
    assert "counts, as was said" in " ".join(read_baseline(tmp_path / "a.gctx")[1])
