"""The check of data: planted damage and planted signals are found, and nothing is found where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from damaged import GENES, damaged, healthy

from drugexp import api
from drugexp.errors import DrugexpError, UsageError
from drugexp.intake.formats.door import open_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.quality.batches import explained
from drugexp.intake.quality.duplicates import alike
from drugexp.intake.quality.finding import Finding, Report, Severity
from drugexp.intake.quality.measured import of_source
from drugexp.intake.quality.outliers import far_from_others, to_median
from drugexp.intake.quality.report import checked
from drugexp.intake.quality.sentinels import sentinels


def _check(table: pd.DataFrame, folder: Path, **told: str) -> Report:
    table.to_csv(folder / "a.csv")
    return api.check(folder / "a.csv", **told)


def _of(report: Report, title: str) -> Finding:
    return next(f for f in report.findings if f.title == title)


def test_a_healthy_screen_needs_nothing(tmp_path: Path) -> None:
    report = _check(healthy(), tmp_path)
    assert report.to_fix == 0
    assert (report.samples, report.genes) == (96, len(GENES))
    look = [f.title for f in report.findings if f.severity is Severity.LOOK]
    assert look == []
    assert (
        "16 of 96 samples are controls (compound = DMSO), 4 to 4 in each of 4 batches"
        in _of(report, "controls").sentence
    )
    assert "100% of the treatments lie above" in _of(report, "replicates").sentence
    assert "100% of treated samples exceed" in _of(report, "signature strength").sentence
    assert _of(report, "missing values").sentence == "no value is missing"


def test_every_damage_is_found_and_named(tmp_path: Path) -> None:
    report = _check(damaged(), tmp_path)
    found = {f.title: f for f in report.findings}
    to_fix = {f.title for f in report.findings if f.severity is Severity.FIX}
    assert to_fix == {"gene dates", "duplicate genes", "marks of missing values", "empty samples", "sample names"}
    assert found["gene dates"].sentence == "1 genes became dates (2-Sep was SEPTIN2)"
    assert "1 values are -666" in found["marks of missing values"].sentence
    assert "(w50)" in found["empty samples"].sentence
    assert "(w39)" in found["sample names"].sentence
    assert GENES[1] in found["duplicate genes"].sentence
    assert [row[:2] for row in found["duplicates"].table.rows] == [("w20", "w21")]
    assert [row[0] for row in found["outlying samples"].table.rows] == ["w30"]
    worst = found["missing values"].table.rows
    assert [row[1] for row in worst[:2]] == ["w50", "w5"]
    assert worst[1][2] == pytest.approx(190 / 500, abs=2e-3)


def test_batches_are_told_from_chance(tmp_path: Path) -> None:
    strong = _of(_check(healthy(plate_effect=0.6), tmp_path), "batches")
    none = _of(_check(healthy(), tmp_path), "batches")
    assert (strong.severity, none.severity) == (Severity.LOOK, Severity.FINE)
    assert "correct for them" in strong.sentence
    assert strong.table.rows[0][2] > 0.9 > 0.2 > strong.table.rows[0][3]


def test_noise_has_no_replicates_and_no_strength(tmp_path: Path) -> None:
    report = _check(healthy(effect=0.0), tmp_path)
    assert _of(report, "replicates").severity is Severity.LOOK
    assert _of(report, "signature strength").severity is Severity.LOOK


def test_columns_may_be_named(tmp_path: Path) -> None:
    table = healthy().rename(columns={"plate": "tray", "compound": "stuff"})
    table["stuff"] = table["stuff"].replace("DMSO", "nothing")
    blind = _check(table, tmp_path)
    assert "no column tells batches" in _of(blind, "batches").sentence
    assert "no column marks controls" in _of(blind, "controls").sentence
    told = {"batch": "tray", "condition": "stuff", "control_column": "stuff", "control": "nothing"}
    assert "16 of 96 samples are controls" in _of(_check(table, tmp_path, **told), "controls").sentence
    with pytest.raises(UsageError, match="unknown column 'trays'; nearest: tray"):
        _check(table, tmp_path, batch="trays")


def test_batches_of_one_treatment_each_are_confounded(tmp_path: Path) -> None:
    table = healthy()
    table["compound"] = table["plate"].map({"P1": "DMSO", "P2": "a", "P3": "b", "P4": "c"})
    assert "cannot be told apart" in _of(_check(table, tmp_path), "batch and treatment").sentence
    table.loc[table["plate"] != "P1", "compound"] = healthy()["compound"].replace("DMSO", "c9")
    assert (
        "3 batches hold treatments and no control (P2, P3, P4)"
        in _of(_check(table, tmp_path), "batch and treatment").sentence
    )


def test_a_large_file_is_looked_at_in_part(tmp_path: Path) -> None:
    healthy().to_csv(tmp_path / "a.csv")
    found = [api.check(tmp_path / "a.csv", most=20 * len(GENES), seed=s) for s in (0, 0, 1)]
    assert [f.looked_at for f in found] == [20, 20, 20]
    assert found[0].samples == 96
    assert "20 of 96 samples were drawn (seed 0) and looked at" in found[0].notes
    first, again, other = ([f.sentence for f in r.findings] for r in found)
    assert first == again != other


def test_genes_may_be_rows(tmp_path: Path) -> None:
    healthy().drop(columns=["plate", "compound"]).T.to_csv(tmp_path / "a.csv", index_label="gene")
    report = api.check(tmp_path / "a.csv")
    assert (report.samples, report.genes) == (96, len(GENES))


def test_screens_and_sets_are_checked_too(tmp_path: Path) -> None:
    api.simulate(tmp_path / "a.screen", compounds=20, cells=2, genes=50, replicates=2)
    report = api.check(tmp_path / "a.screen")
    assert report.genes == 50
    assert report.to_fix == 0
    assert json.loads(json.dumps(report.as_json()))["samples"] == report.samples
    with pytest.raises(DrugexpError):
        api.check("no_such_set")


def test_real_wells(data_dir: Path) -> None:
    report = api.check("l1000_ht115", data_dir=data_dir)
    assert report.to_fix == 0
    assert "20 of 681 samples are controls" in _of(report, "controls").sentence
    picture = _of(report, "replicates").picture
    assert set(picture.series) == {"replicates", "chance"}


def test_the_same_profile_in_two_consensus_signatures(data_dir: Path) -> None:
    assert "88 the very same" in _of(api.check("lincs_consensus", data_dir=data_dir), "duplicates").sentence


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([7.5, -666.0, 8.25], {-666.0: 1}),
        ([-1.5, -9999.0, 2.0, -9999.0], {-9999.0: 2}),
        ([-800.0, -666.0, 700.0], {}),
        ([np.nan, 3.0], {}),
    ],
)
def test_marks_of_missing_values_lie_far_below(values: list[float], found: dict[float, int]) -> None:
    assert dict(sentinels(np.array(values))) == found


def test_what_a_grouping_explains_by_hand_and_beside_chance() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(["a", "b", "c"], 20)
    values = rng.normal(size=(60, 30))
    values -= values.mean(axis=0)
    what = explained(values, group, seed=0)
    means = np.stack([values[group == g].mean(axis=0) for g in "abc"])
    assert what.share == pytest.approx(20 * (means**2).sum() / (values**2).sum())
    assert what.chance.mean() == pytest.approx(2 / 59, rel=0.1)  # (groups - 1) / (samples - 1)
    assert explained(values + 9 * (group == "a")[:, None], group, seed=0).share > 0.9


def test_alike_finds_copies_and_near_copies_only() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 200))
    values[3] = values[0]
    values[4] = values[1] + rng.normal(size=200) * 1e-3
    pairs = alike(values)
    assert pairs[:, :2].tolist() == [[0, 3], [1, 4]]
    assert pairs[0, 2] == 1.0 > pairs[1, 2] > 0.9999


def test_outliers_by_six_deviations() -> None:
    figure = np.r_[np.random.default_rng(0).normal(10, 1, 99), 30.0]
    assert np.flatnonzero(far_from_others(figure)).tolist() == [99]
    assert not far_from_others(np.full(9, 5.0)).any()
    profile = np.linspace(0, 9, 50)
    found = to_median(np.stack([profile, profile, profile, 9 - profile, profile]))
    np.testing.assert_allclose(found, [1, 1, 1, -1, 1])


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sample,TP53\ns1,\n")
    with pytest.raises(DrugexpError, match="no column holds a number"):
        api.check(tmp_path / "a.csv")


def test_counts_are_compared_by_depth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.lognormal(3, 1, 800) * np.r_[np.ones(19), 0.02][:, None])
    table = Expression(
        counts, annotation_table([f"s{i}" for i in range(20)]), annotation_table([f"g{i}" for i in range(800)])
    )
    found = _of(checked(of_source(table)), "outlying samples")
    assert found.table.rows[0][0] == "s19"
    assert "total count" in found.table.rows[0][1]


def test_annotations_of_numbers_are_no_genes(tmp_path: Path) -> None:
    healthy().assign(dose=10.0, n_counts=5).to_csv(tmp_path / "a.csv")
    with open_expression(tmp_path / "a.csv") as source:
        assert set(source.samples.columns) == {"plate", "compound", "dose", "n_counts"}
