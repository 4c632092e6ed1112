"""An old name works on, and says what to write instead."""

from __future__ import annotations

import pytest

import drugexp.contract
from drugexp.contract.deprecation import ContractWarning, Renamed, deprecated, follow


def test_an_old_name_leads_to_the_new_one() -> None:
    with pytest.warns(ContractWarning, match=r"Trial is called Batch since plugin API 0\.2; the old name goes in 0\.4"):
        assert follow("Trial", {"Trial": Renamed("Batch", "0.2", "0.4")}) == "Batch"


def test_the_contract_asks_for_renamed_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drugexp.contract, "follow", lambda name: "Batch" if name == "Trial" else name)
    assert drugexp.contract.Trial is drugexp.contract.Batch
    with pytest.raises(AttributeError, match="Tryal"):
        _ = drugexp.contract.Tryal


def test_a_deprecated_function_still_answers() -> None:
    @deprecated(since="0.2", until="0.4", instead="new()")
    def old(x: int, *, y: int) -> int:
        return x + y

    with pytest.warns(
        ContractWarning, match=r"old is deprecated since plugin API 0\.2 and goes in 0\.4: use new\(\)"
    ) as told:
        assert old(1, y=2) == 3
    assert told[0].filename == __file__
    assert old.__name__ == "old"
