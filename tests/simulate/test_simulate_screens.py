"""The signal is where it was planted, by the laws that are documented, and the same however it is cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from drugexp.contract import GeneAxis, parse_options
from drugexp.errors import UsageError
from drugexp.learn.identity import identify
from drugexp.simulate import Simulation, SimulationOptions, blocks, simulate

SMALL = {"compounds": 60, "cells": 3, "doses_um": (0.5, 5.0), "hours": (6.0, 24.0)}


def labels(made: Simulation) -> pd.DataFrame:
    """Return the samples with positions of compound and cell."""
    samples = made.screen.samples
    at = pd.Series(range(len(made.mechanism.compounds)), index=made.mechanism.compounds)
    cell = pd.Series(range(len(made.mechanism.cells)), index=made.mechanism.cells)
    return samples.assign(i=at[samples["perturbation"]].to_numpy(), c=cell[samples["cell"]].to_numpy())


def test_regression_on_the_action_recovers_the_loadings() -> None:
    made = simulate(SimulationOptions(**SMALL, noise=0.3, replicates=2))
    told, known = labels(made), made.mechanism
    dose, hours = (told[c].to_numpy()[:, None] for c in ("dose_um", "hours"))
    potency = np.nan_to_num(known.ec50_um[told["i"]], nan=1.0)
    action = known.strength[told["i"]] * known.sensitivity[told["c"]]
    action = action * dose / (dose + potency) * (1 - np.exp(-hours / 8.0))
    exact = np.linalg.lstsq(action, made.truth.astype(float), rcond=None)[0]
    np.testing.assert_allclose(exact, known.loadings, atol=1e-4)
    noisy = np.linalg.lstsq(action, made.screen.values.astype(float), rcond=None)[0]
    assert np.corrcoef(noisy.ravel(), known.loadings.ravel())[0, 1] > 0.99


def test_noise_is_as_loud_as_asked_and_fresh_in_each_replicate() -> None:
    made = simulate(SimulationOptions(**SMALL, noise=0.7, replicates=2))
    noise = made.screen.values - made.truth
    assert noise.std() == pytest.approx(0.7, rel=0.01)
    assert abs(noise.mean()) < 0.01
    one, two = noise[0::2], noise[1::2]
    np.testing.assert_array_equal(made.truth[0::2], made.truth[1::2])
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.02
    assert set(made.screen.samples["batch"]) == {"replicate1", "replicate2"}
    silent = simulate(SimulationOptions(**SMALL, noise=0))
    np.testing.assert_array_equal(silent.screen.values, silent.truth)


def test_dose_and_time_follow_hill_and_saturation() -> None:
    made = simulate(SimulationOptions(compounds=30, cells=1, doses_um=(0.1, 1.0, 1e6), hours=(4.0, 1e4), pathways=1))
    (acting,) = np.nonzero(made.mechanism.strength[:, 0])
    truth = made.truth.reshape(30, 3, 2, -1)[acting]
    full = truth[:, 2, 1]
    gene = int(np.abs(full[0]).argmax())
    ec50 = made.mechanism.ec50_um[acting, 0]
    np.testing.assert_allclose(truth[:, 1, 1, gene] / full[:, gene], 1 / (1 + ec50), rtol=1e-4)
    np.testing.assert_allclose(truth[:, 0, 1, gene] / full[:, gene], 0.1 / (0.1 + ec50), rtol=1e-4)
    np.testing.assert_allclose(truth[:, 2, 0, gene] / full[:, gene], 1 - np.exp(-0.5), rtol=1e-4)


def test_a_cell_answers_as_its_markers_are_expressed() -> None:
    made = simulate(SimulationOptions(compounds=40, cells=12, doses_um=(10.0,), pathways=1, cell_effect=1.0))
    block = made.screen.cells.blocks["expression"]
    assert block.values.min() >= 2
    assert block.values.max() <= 14
    markers = block.values[:, block.features.positions(made.mechanism.markers[0])].mean(axis=1)
    (acting,) = np.nonzero(made.mechanism.strength[:, 0])
    change = np.linalg.norm(made.truth.reshape(40, 12, -1)[acting[0]], axis=1)
    expected = np.maximum(0, 1 + (markers - 8) / 3)
    np.testing.assert_allclose(change / change.max(), expected / expected.max(), atol=1e-4)
    alike = simulate(SimulationOptions(compounds=40, cells=3, doses_um=(10.0,), cell_effect=0)).truth.reshape(40, 3, -1)
    np.testing.assert_array_equal(alike[:, 0], alike[:, 2])


def between_scaffolds(made: Simulation) -> float:
    """Return the variance that scaffolds explain over what they would by chance."""
    scaffolds = identify(made.screen).screen.perturbations["scaffold"]
    size, centred = len(made.truth), made.truth - made.truth.mean(axis=0)
    means = pd.DataFrame(centred).groupby(scaffolds.to_numpy()).transform("mean").to_numpy()
    explained = (means**2).sum() / (centred**2).sum()
    return float(explained / ((scaffolds.nunique() - 1) / (size - 1)))


def test_scaffolds_tell_nothing_unless_they_are_asked_to() -> None:
    plain = SimulationOptions(compounds=300, cells=1, doses_um=(10.0,))
    assert between_scaffolds(simulate(plain)) == pytest.approx(1.0, abs=0.2)
    assert between_scaffolds(simulate(plain.model_copy(update={"scaffold_effect": 1.0}))) > 2


def test_the_same_seed_is_the_same_screen_and_another_is_not() -> None:
    one, same, other = (simulate(SimulationOptions(**SMALL, seed=s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.screen.values, same.screen.values)
    assert not np.array_equal(one.screen.values, other.screen.values)
    assert set(one.screen.perturbations["smiles"]) != set(other.screen.perturbations["smiles"])


@pytest.mark.parametrize("rows", [1, 100, 10**6])
def test_blocks_are_the_screen_to_the_last_bit(rows: int) -> None:
    options = SimulationOptions(**SMALL, measured=0.4, replicates=2, scaffold_effect=0.5, seed=3)
    whole, parts = simulate(options), list(blocks(options, rows=rows))
    largest = 3 * 2 * 2 * 2
    assert all(len(p.screen) <= max(rows, largest) for p in parts)
    np.testing.assert_array_equal(np.concatenate([p.screen.values for p in parts]), whole.screen.values)
    np.testing.assert_array_equal(np.concatenate([p.truth for p in parts]), whole.truth)
    np.testing.assert_array_equal(np.concatenate([p.mechanism.strength for p in parts]), whole.mechanism.strength)
    for table in ("samples", "perturbations"):
        joined = pd.concat([getattr(p.screen, table) for p in parts], ignore_index=True)
        pd.testing.assert_frame_equal(joined, getattr(whole.screen, table))
    assert all(set(p.screen.samples["perturbation"]) == set(p.screen.perturbations["id"]) for p in parts)


def test_part_of_the_grid_is_measured_and_every_compound_somewhere() -> None:
    made = simulate(SimulationOptions(compounds=300, cells=10, measured=0.3))
    counts = made.screen.samples["perturbation"].value_counts()
    assert len(counts) == 300
    assert len(made.screen) / (300 * 20) == pytest.approx(0.3, abs=0.02)
    assert len(simulate(SimulationOptions(compounds=50, cells=2, measured=1e-9)).screen) == 50


@pytest.mark.parametrize("size", [1, 3, 978])
def test_any_axis_will_do(size: int) -> None:
    axis = GeneAxis(tuple(f"X{i}" for i in range(size)))
    made = simulate(SimulationOptions(compounds=20, pathways=12), genes=axis)
    assert made.screen.genes == axis
    assert (made.mechanism.loadings != 0).any(axis=1).all()
    assert np.abs(made.truth).max() > 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"compounds": 0}, "option compounds = 0"),
        ({"doses_um": (1.0, 1.0)}, "a value stands twice"),
        ({"hours": ()}, "option hours"),
        ({"measured": 0.0}, "option measured"),
        ({"pathways": 13}, "option pathways = 13"),
        ({"celss": 3}, "unknown option 'celss'; nearest: cells"),
    ],
)
def test_options_that_make_no_sense_are_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_options(SimulationOptions, given)


def test_a_block_needs_room() -> None:
    with pytest.raises(UsageError, match="0 rows"):
        blocks(rows=0)
