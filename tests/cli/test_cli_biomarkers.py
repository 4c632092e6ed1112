"""`drugexp biomarkers`: outputs, and mistakes told in sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import Cli

from drugexp.api import biomarkers
from drugexp.errors import DrugexpError
from drugexp.simulate.patients import PatientOptions, simulate_patients

pytest.importorskip("sklearn")
pytest.importorskip("lifelines")


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    made = simulate_patients(PatientOptions(patients=60, genes=25, planted=3, effect=1.2))
    index = pd.Index(made.names, name="patient")
    pd.DataFrame(made.expression, index=index, columns=list(made.genes)).to_csv(tmp_path / "x.csv")
    made.outcomes.to_csv(tmp_path / "y.csv")
    return tmp_path


def test_a_folder_holds_genes_patients_and_a_page(cohort: Path, cli: Cli) -> None:
    x, y, out = (str(cohort / n) for n in ("x.csv", "y.csv", "out"))
    done = cli(
        "biomarkers", x, y, "--time", "time", "--event", "event", "--covariate", "age", "--repeats", "3", "-o", out
    )
    assert done.code == 0
    assert "covariates alone" in done.out
    assert "profiles of other patients" in done.out
    assert "60 patients have a profile and an outcome" in done.err
    genes, patients = (pd.read_csv(cohort / "out" / n) for n in ("genes.csv", "patients.csv"))
    assert len(genes) == 25
    assert genes["stability"].is_monotonic_decreasing
    assert len(patients) == 60
    page = (cohort / "out" / "biomarkers.html").read_text()
    assert 'aria-label="Kaplan-Meier curves' in page
    assert "http" not in page.replace("http-equiv", "")


def test_json_says_whether_it_is_noise_and_that_patients_are_simulated(cohort: Path, cli: Cli) -> None:
    x, y = str(cohort / "x.csv"), str(cohort / "y.csv")
    group = ("--group", "group", "--positive", "responder")
    done = cli("biomarkers", x, y, *group, "--repeats", "2", "--json", "--simulated")
    found = json.loads(done.out)
    assert found["beyond_noise"] is False  # two repeats can show nothing
    assert found["measure"] == "auroc"
    assert any("simulated" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("change", "asked", "expected"),
    [
        ({}, {"response": "respons"}, "response"),
        ({}, {"time": "time"}, "both --time and --event"),
        ({"response": "high"}, {"response": "response"}, "C0P0003"),
        ({"time": -1.0}, {"time": "time", "event": "event"}, "above 0"),
        ({"event": "maybe"}, {"time": "time", "event": "event"}, "censored"),
    ],
)
def test_mistakes_are_told(cohort: Path, change: dict[str, object], asked: dict[str, str], expected: str) -> None:
    table = pd.read_csv(cohort / "y.csv", index_col=0).astype(object)
    for column, value in change.items():
        table.loc["C0P0003", column] = value
    table.to_csv(cohort / "y.csv")
    with pytest.raises(DrugexpError, match=expected):
        biomarkers(cohort / "x.csv", cohort / "y.csv", **asked)


def test_training_patients_are_no_test(cohort: Path) -> None:
    files = (cohort / "x.csv", cohort / "y.csv")
    with pytest.raises(DrugexpError, match="training patients too"):
        biomarkers(*files, response="response", test=files[0], test_outcomes=files[1])
