"""The bundled model leaps where a structure begins, more or less by the compound; none gets gradients for it."""

from __future__ import annotations

import pytest

from drugexp import api

DIGOXIN = "CC1OC(CC(C1O)O)OC2C(OC(CC2O)OC3C(OC(CC3O)OC4CCC5(C(C4)CCC6C5CC(C7(C6(CCC7C8=CC(=O)OC8)O)C)O)C)C)C"


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", DIGOXIN])
def test_atoms_are_taken_away_where_the_prediction_leaps(smiles: str) -> None:
    one = api.explain(smiles, cells="MCF7", gene="HMOX1")[0]
    assert one.explained.way == "occlusion"
    assert any("leaps" in note for note in one.notes)
    assert one.explained.trust.completeness < 1e-4
    assert max(abs(s.share) for s in one.explained.substructures) < 5
