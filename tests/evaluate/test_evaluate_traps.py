"""Published traps and reference figures, on real data."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_screens import FEW, plan

from drugexp.evaluate.leaderboard import run_plan
from drugexp.evaluate.plan import PlanScreen
from drugexp.evaluate.references import Reference
from drugexp.registry import Registry


@pytest.mark.data
def test_shared_controls_fake_skill_and_disjoint_halves_do_not(registry: Registry, data_dir: Path) -> None:
    """On a plate, the training mean "predicts" the noise of the few DMSO wells that its truth shares.

    Over both HT115 plates and either half of the wells: 0.36 shared, 0.13 disjoint.
    """

    def pearson_of_mean(halves: str, **options: int) -> float:
        plate = PlanScreen(name="l1000_ht115", options=options, where={"batch": ("CPC006_HT115_6H_X1",)})
        asked = plan(
            screens=(plate,), splits=("compound",), models=(), references=FEW[1:], strata=(), control_halves=halves
        )
        summary = run_plan(asked, registry=registry, data_dir=data_dir).summary()
        return summary.set_index(["model", "metric"])["mean"]["mean", "pearson"]

    shared = pearson_of_mean("shared", control_half=1)
    disjoint = pearson_of_mean("auto")
    assert shared == pytest.approx(0.375, abs=0.075)
    assert disjoint == pytest.approx(0.125, abs=0.075)


@pytest.mark.data
@pytest.mark.slow
def test_the_references_of_the_consensus_stand_where_they_were_measured(registry: Registry, data_dir: Path) -> None:
    rows = ("tanimoto-neighbours", "tanimoto-kernel-ridge")
    asked = plan(
        screens=(PlanScreen(name="lincs_consensus", transform=("signed_log",)),),
        cells="baseline_165",
        splits=("fixed:fold",),
        models=(),
        references=(*FEW, *(Reference(name=name, role="reference") for name in rows)),
    )
    found = run_plan(asked, registry=registry, data_dir=data_dir).summary().set_index(["model", "metric"])["mean"]
    expected = {"zero": (0.06, 0.5), "mean": (0.0, 0.5), rows[0]: (0.116, 0.617), rows[1]: (0.125, 0.62)}
    for name, (centred, discrimination) in expected.items():
        assert found[name, "centred_pearson"] == pytest.approx(centred, abs=0.01)
        assert found[name, "discrimination"] == pytest.approx(discrimination, abs=0.01)
    assert abs(found[f"{rows[1]}, shuffled compounds", "centred_pearson"]) < 0.03
