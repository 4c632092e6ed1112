"""A split with a ceiling of similarity, from the plan to the proof."""

from __future__ import annotations

import pytest
from planted_screens import material, plan, planted

from drugexp.errors import UsageError
from drugexp.evaluate.leaderboard import evaluate
from drugexp.evaluate.plan import ceiling_of
from drugexp.registry import Registry


def test_a_plan_asks_for_a_ceiling_and_the_proof_tells_it(registry: Registry) -> None:
    asked = plan(splits=("similarity:0.5",), shuffled_compounds=False)
    board = evaluate(asked, material(planted()), registry)
    assert len(board.proofs) == 3
    for proof in board.proofs.values():
        assert proof["ceiling"] == 0.5
        assert proof["most_similar"] < 0.5
    assert board.profiles["similarity"].max() < 0.5
    assert sorted(board.scores.query("model == 'kernel'")["sample"]) == list(range(len(board.samples)))


@pytest.mark.parametrize("split", ["similarity:", "similarity:far", "similarity:0", "similarity:40"])
def test_a_ceiling_that_makes_no_sense_is_refused(split: str) -> None:
    with pytest.raises(UsageError, match="must be a number above 0 and at most 1"):
        ceiling_of(split)
