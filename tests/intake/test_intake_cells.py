"""Cells of a screen joined with a baseline panel."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.contract import Block, Cells, GeneAxis, Screen, Unit
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.intake.cells import attach_cells
from drugexp.intake.store import list_sets


def test_names_that_differ_by_signs_take_the_panels_name_and_unknown_cells_keep_their_own() -> None:
    panel = Cells(
        ("MCF7", "A375"), {"expression": Block(np.array([[1, 2], [3, 4]]), GeneAxis(("a", "b")), Unit.LOG2_EXPRESSION)}
    )
    own = Cells(
        ("MCF-7", "HT115"),
        {"expression": Block(np.array([[9, 9], [7, 8]]), GeneAxis(("b", "c")), Unit.LOG2_EXPRESSION)},
    )
    samples = sample_table(2, perturbation="x", cell=["MCF-7", "HT115"])
    screen = Screen("s", np.zeros((2, 1)), GeneAxis(("g",)), Unit.LOG2FC, samples, perturbation_table(["x"]), own)
    joined = attach_cells(screen, panel)
    assert joined.cells.ids == ("MCF7", "HT115")
    assert joined.samples["cell"].tolist() == ["MCF7", "HT115"]
    np.testing.assert_array_equal(joined.cells.blocks["expression"].values, [[1, 2], [np.nan, 7]])


@pytest.mark.data
def test_every_named_cell_is_in_the_panel_but_two(read) -> None:
    panel = set(read("baseline_165").cells.ids)
    # Public sets are not here, single cells name patients, and viability is of hundreds of lines.
    others = ("single_cell_counts", "drug_response")
    of_lines = [m.name for m in list_sets() if m.reader and not m.public and m.reader not in others]
    named = {c for name in of_lines for c in read(name).cells.ids}
    assert named - panel == {"HT115", "ReNcell"}


@pytest.mark.data
def test_lines_whose_viability_is_known_find_their_expression(read) -> None:
    """Names are written otherwise there (MDA-MB-231); of the panel's 165 lines 72 are among them."""
    screen, panel = read("gdsc_viability"), read("baseline_165").cells
    joined = attach_cells(screen, panel)
    assert sum(name in panel.ids for name in joined.cells.ids) == 72
    described = np.isfinite(joined.cells.blocks["expression"].values).all(axis=1)
    assert described.sum() == 72
