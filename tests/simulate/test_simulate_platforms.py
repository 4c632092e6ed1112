"""Batches and a second platform of a simulation: the same mechanism, seen otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.contract import Unit
from drugexp.simulate import Simulation, SimulationOptions, blocks, simulate
from drugexp.simulate.platforms import SingleCellOptions, single_cells, two_platforms

SIZE = {"compounds": 24, "cells": 3}


@pytest.fixture(scope="module")
def made() -> Simulation:
    return simulate(SimulationOptions(**SIZE))


def test_batches_add_a_profile_of_their_own_and_nothing_else(made: Simulation) -> None:
    plated = simulate(SimulationOptions(**SIZE, plates=4, replicates=2, batch_effect=1.5))
    clean = simulate(SimulationOptions(**SIZE, plates=4, replicates=2))
    np.testing.assert_array_equal(plated.truth, clean.truth)
    added = plated.screen.values - clean.screen.values
    batch = plated.screen.samples["batch"].to_numpy()
    assert len(set(batch)) == 8
    for name in set(batch):
        rows = added[batch == name]
        np.testing.assert_allclose(rows, rows[:1].repeat(len(rows), axis=0), atol=1e-5)
        assert 1.0 < rows[0].std() < 2.0
    assert set(made.screen.samples["batch"]) == {"replicate1"}


def test_blocks_with_batches_are_the_whole() -> None:
    options = SimulationOptions(**SIZE, plates=3, batch_effect=1.0)
    together = np.concatenate([block.screen.values for block in blocks(options, rows=40)])
    np.testing.assert_array_equal(together, simulate(options).screen.values)


def test_single_cells_show_the_planted_change_on_their_own_scale(made: Simulation) -> None:
    cells = single_cells(made, SingleCellOptions(cells=400, artefact=0.5))
    assert cells.unit is Unit.LOG2FC
    assert len(cells.genes) == 70
    at = made.screen.genes.positions(cells.genes.ids)
    truth = made.truth[:, at]
    rest = cells.values - cells.values.mean(axis=0)
    moved = truth.std(axis=0) > 0.5
    assert moved.sum() > 10
    # Genes of which few counts are seen show less.
    agreement = [np.corrcoef(t, v)[0, 1] for t, v in zip(truth[:, moved].T, rest[:, moved].T, strict=True)]
    assert np.median(agreement) > 0.8
    assert cells.values.mean(axis=0).std() > 0.3, "the artefact stands in every profile"


def test_more_cells_are_less_noise(made: Simulation) -> None:
    def noise(cells: int) -> float:
        exact = single_cells(made, SingleCellOptions(cells=100_000)).values
        return float(np.sqrt(np.mean((single_cells(made, SingleCellOptions(cells=cells)).values - exact) ** 2)))

    assert noise(400) < 0.6 * noise(40)


def test_the_same_options_give_the_same_screen(made: Simulation) -> None:
    np.testing.assert_array_equal(single_cells(made).values, single_cells(made).values)
    other = single_cells(made, SingleCellOptions(seed=1))
    assert other.genes.ids != single_cells(made).genes.ids


def test_two_platforms_share_a_sixth_of_the_compounds(made: Simulation) -> None:
    bulk, cells = two_platforms(made)
    one, two = set(bulk.screen.perturbations["id"]), set(cells.perturbations["id"])
    assert (len(one), len(two), len(one & two)) == (12, 16, 4)
    assert one == set(bulk.screen.samples["perturbation"])
    assert len(bulk.truth) == len(bulk.screen)
