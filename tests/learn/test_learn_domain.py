"""Why a query is outside of what was learnt, and how near its cell is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_model import SMILES

from drugexp.contract import Block, Cells, GeneAxis, Unit
from drugexp.learn.domain import Domain, reasons, told_near
from drugexp.learn.near_cells import near_cells, rank_correlation
from drugexp.learn.neighbours import among_training, cut
from drugexp.learn.training import morgan_bits


def test_each_part_of_a_query_outside_is_named() -> None:
    domain = Domain(np.zeros((1, 8), np.uint8), ("a",), 0.4, ("MCF7",), (1.0, 10.0), None, 0.25)
    nan = np.nan
    found = reasons(
        domain,
        domain.cells,
        np.array([0.9, 0.4, 0.3, 0.9, 0.9, 0.9, 0.9], dtype=np.float32),
        np.array([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], dtype=np.float32),
        ["", "", "", "holds a metal (Pt)", "", "", ""],
        ["MCF7", "", "", "", "A549", "MCF7", "MCF7"],
        np.array([1.0, nan, nan, nan, nan, 10.5, 10.0]),
        np.array([nan, nan, nan, nan, nan, nan, 24.0]),
        {"A549": "baseline nearest to MCF7"},
    )
    assert found[0] == ""
    assert found[2] == "compound: nearest training compound at 0.30, below 0.40"
    assert found[3] == "compound: holds a metal (Pt)"
    assert found[4] == "cell: no effect of A549 was learnt (baseline nearest to MCF7)"
    assert found[5] == "dose: 10.5 uM is outside of 1-10 uM"
    assert found[6] == "time: no effect of time was learnt"


def test_a_sparse_place_is_told_of_those_outside_and_puts_nobody_outside() -> None:
    domain = Domain(np.zeros((1, 8), np.uint8), ("a",), 0.4, min_density=0.25)
    nan = np.full(2, np.nan)
    found = reasons(domain, (), np.array([0.9, 0.3]), np.array([0.1, 0.1]), ["", ""], ["", ""], nan, nan, {})
    assert found[0] == ""
    assert found[1] == (
        "compound: nearest training compound at 0.30, below 0.40, and few around it "
        "(mean of the 10 nearest 0.10, below 0.25)"
    )


def test_a_domain_without_a_cut_computes_its_own() -> None:
    packed = morgan_bits(SMILES)
    domain = Domain(packed, SMILES, 0.2)
    assert domain.density_cut == cut(among_training(packed).density) > 0
    assert replace(domain, min_density=0.125).density_cut == 0.125
    assert Domain(packed[:0], (), 0.2).density_cut == 0.0


GENES = GeneAxis(("a", "b", "c", "d"))


def cells(**values: list[float]) -> Cells:
    return Cells(tuple(values), {"expression": Block(np.array(list(values.values())), GENES, Unit.LOG2_EXPRESSION)})


def test_ranks_are_spearmans_on_shared_genes() -> None:
    query = np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [np.nan, 5.0, 6.0, 4.0], [1, 1, 1, 1]])
    training = np.array([[10.0, 20.0, 30.0, 40.0], [1.0, 2.0, np.nan, np.nan]])
    found = rank_correlation(query, training)
    # 1 - 6 sum(d^2) / (n (n^2 - 1)): d = 3, 1, 1, 1 of four; ranks 2, 3, 1 against 1, 2, 3 of three.
    assert found[:, 0].tolist() == pytest.approx([1.0, 1 - 6 * 12 / 60, 1 - 6 * 6 / 24, 0.0])
    assert (found[:, 1] == -np.inf).all(), "two shared genes are too few"


def test_a_cell_is_as_near_as_learnt_ones_or_farther() -> None:
    known = cells(A=[1, 2, 3, 4], B=[1, 2, 4, 3], C=[2, 1, 3, 4], Z=[9, 9, 9, 1])
    asked = cells(like=[5, 6, 7, 8.5], unlike=[4, 3, 2, 1], unknown=[np.nan] * 4)
    found = near_cells(asked, known, ("A", "B", "C", "missing"))
    # Learnt ones: A with B and C 0.8; B and C 0.6. So 0.8 is the nearest of each.
    assert found.min_correlation == pytest.approx(0.8)
    # Densities 0.8, 0.7, 0.7: their 5% quantile.
    assert found.min_density == pytest.approx(0.7)
    assert found.names == ("A", "B", "")
    assert found.near.similarity.tolist() == pytest.approx([1.0, -0.8, 0.0])
    assert found.near.density.tolist() == pytest.approx([(1 + 0.8 + 0.8) / 3, (-1 - 0.8 - 0.8) / 3, 0.0])
    assert found.far.tolist() == found.sparse.tolist() == [False, True, False]
    told = told_near(found, asked.ids)
    assert told["like"] == "baseline nearest to A at 1.00, mean of the 3 nearest 0.87, as near as learnt ones"
    assert told["unlike"].endswith("farther than learnt ones are from each other")
    assert "unknown" not in told


def test_few_learnt_cells_set_no_cut_and_none_tell_nothing() -> None:
    known = cells(A=[1, 2, 3, 4], B=[1, 2, 4, 3])
    asked = cells(x=[4, 3, 2, 1])
    two = near_cells(asked, known, known.ids)
    assert not two.far.any()
    assert told_near(two, ("x",))["x"] == "baseline nearest to B at -0.80, mean of the 3 nearest -0.90"
    assert told_near(near_cells(asked, known, ()), ("x",)) == {}
    assert told_near(near_cells(Cells(("x",)), known, known.ids), ("x",)) == {}


def test_genes_in_another_order_are_the_same_cell() -> None:
    known = cells(A=[1, 2, 3, 4], B=[1, 2, 4, 3], C=[2, 1, 3, 4])
    turned = Block(np.array([[4.0, 1.0, 2.0]]), GeneAxis(("d", "b", "c")), Unit.LOG2_EXPRESSION)
    found = near_cells(Cells(("x",), {"expression": turned}), known, known.ids)
    assert found.names == ("A",)
    assert found.near.similarity[0] == pytest.approx(1.0)
