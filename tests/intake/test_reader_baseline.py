"""The baseline panel against its table, read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import Unit


@pytest.mark.data
def test_cells_carry_the_expression_of_the_table(read, data_dir: Path) -> None:
    screen = read("baseline_165")
    table = pd.read_parquet(data_dir / "baseline_165" / "baseline.parquet").set_index("cell")
    block = screen.cells.blocks["expression"]
    assert block.unit is Unit.LOG2_EXPRESSION
    assert screen.cells.ids == tuple(table.index)
    np.testing.assert_array_equal(block.values, table.to_numpy(np.float32))
    assert screen.samples["is_control"].all()
    assert len(screen.perturbations) == 0
