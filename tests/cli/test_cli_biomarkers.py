"""`drugexp biomarkers`: outputs, and mistakes told in sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from drugexp.api import biomarkers
from drugexp.cli import app
from drugexp.errors import DrugexpError
from drugexp.simulate.patients import PatientOptions, simulate_patients

pytest.importorskip("sklearn")
pytest.importorskip("lifelines")
Run = Callable[..., tuple[str, str]]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    made = simulate_patients(PatientOptions(patients=60, genes=25, planted=3, effect=1.2))
    index = pd.Index(made.names, name="patient")
    pd.DataFrame(made.expression, index=index, columns=list(made.genes)).to_csv(tmp_path / "x.csv")
    made.outcomes.to_csv(tmp_path / "y.csv")
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["drugexp", "biomarkers", *words])
        app.main()
        said = capsys.readouterr()
        return said.out, said.err

    return call


def test_a_folder_holds_genes_patients_and_a_page(cohort: Path, run: Run) -> None:
    x, y, out = (str(cohort / n) for n in ("x.csv", "y.csv", "out"))
    said, told = run(x, y, "--time", "time", "--event", "event", "--covariate", "age", "--repeats", "3", "-o", out)
    assert "covariates alone" in said
    assert "profiles of other patients" in said
    assert "60 patients have a profile and an outcome" in told
    genes, patients = (pd.read_csv(cohort / "out" / n) for n in ("genes.csv", "patients.csv"))
    assert len(genes) == 25
    assert genes["stability"].is_monotonic_decreasing
    assert len(patients) == 60
    page = (cohort / "out" / "biomarkers.html").read_text()
    assert 'aria-label="Kaplan-Meier curves' in page
    assert "http" not in page.replace("http-equiv", "")


def test_json_says_whether_it_is_noise_and_that_patients_are_simulated(cohort: Path, run: Run) -> None:
    x, y = str(cohort / "x.csv"), str(cohort / "y.csv")
    group = ("--group", "group", "--positive", "responder")
    said, _ = run(x, y, *group, "--repeats", "2", "--json", "--simulated")
    found = json.loads(said)
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
