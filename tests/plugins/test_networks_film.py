"""The network whose layers the cell modulates: pooled cells are the identity, and interactions are learnt."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from molecules_to_learn import explained, fitted
from planted import planted

from drugexp_networks.film import Film

pytestmark = pytest.mark.usefixtures("compiled_once")

COMPOUNDS, CELLS = 48, 6
OWN = {
    "compound_features": ("morgan_counts", "descriptors"),
    "width": 64,
    "code": 16,
    "rank": 12,
    "dropout": 0.0,
    "modulated": 2,
}
TRAINED = {"batch_size": 64, "weight_decay": 0.0, "learning_rate": 1e-2, "steps": 400}


@pytest.fixture(scope="module")
def data():
    """A compound's effect is scaled by the first column of the cell; each compound was tried in all cells."""
    return planted(compounds=COMPOUNDS, cells=CELLS, interaction=True, noise=0.02)


@pytest.fixture(scope="module")
def held(data):
    """Which samples are held out: one cell of each compound."""
    return (data.batch.compound_index + data.batch.cell_index) % CELLS == 0


@pytest.fixture(scope="module")
def train(data, held):
    all_of_it, rows = data.primary, np.flatnonzero(~held)
    part = replace(all_of_it, rows=rows, values=all_of_it.values[rows], weight=all_of_it.weight[rows])
    return replace(data, targets=(part,))


@pytest.fixture(scope="module")
def learnt(train):
    return fitted(Film, train, **OWN, **TRAINED)


def test_forty_eight_molecules_are_learnt_by_heart(learnt, train):
    found = learnt.predict(train.batch).mean[train.primary.rows]
    assert explained(train.primary.values, found) > 0.99


def test_an_interaction_is_learnt_that_no_additive_model_can(learnt, data, held):
    """In cells where a compound was not tried; the additive model is least squares on compounds and cells."""
    batch, truth = data.batch, data.primary.values
    design = np.hstack([np.eye(COMPOUNDS)[batch.compound_index], np.eye(CELLS)[batch.cell_index]])
    additive = design @ np.linalg.lstsq(design[~held], truth[~held], rcond=None)[0]
    left = (truth - additive)[held]
    found = learnt.predict(batch).mean
    assert ((truth - found)[held] ** 2).sum() < 0.2 * (left**2).sum()
    assert np.corrcoef((found - additive)[held].ravel(), left.ravel())[0, 1] > 0.9


def test_shuffled_targets_say_nothing_of_new_pairs(train, data, held):
    """Whole profiles traded among training samples: what is left of the signal is chance."""
    order = np.random.default_rng(0).permutation(len(train.primary.values))
    shuffled = replace(train, targets=(replace(train.primary, values=train.primary.values[order]),))
    found = fitted(Film, shuffled, **OWN, **TRAINED).predict(data.batch).mean[held]
    truth = data.primary.values[held]
    centred = (truth - truth.mean(axis=0)).ravel(), (found - found.mean(axis=0)).ravel()
    assert abs(np.corrcoef(*centred)[0, 1]) < 0.15


def test_every_cell_modulates_every_layer_and_pooled_cells_none(learnt, data):
    """Training starts without scales and shifts: each that is there was learnt."""
    factors, cells = learnt.factors(), data.batch.cell["expression"]
    asked = {"expression": jnp.concatenate([cells, jnp.full((1, cells.shape[1]), jnp.nan)])}
    (codes,) = jax.tree.leaves(jax.jit(factors.encode_cell)(factors.params, asked))
    by_layer = np.abs(codes).reshape(CELLS + 1, OWN["modulated"], 2, OWN["width"]).max(axis=3)
    assert (by_layer[:-1] > 1e-3).all()
    assert not by_layer[-1].any()
    everywhere = replace(data.batch, cell_index=np.full(len(data.batch), -1, np.int32))
    by_compound = learnt.predict(everywhere).mean.reshape(COMPOUNDS, CELLS, -1)
    assert np.isfinite(by_compound).all()
    np.testing.assert_allclose(by_compound[:, 1], by_compound[:, 0], atol=1e-6)


def test_company_does_not_matter(learnt, data):
    alone = learnt.predict(data.batch.take(np.array([7]))).mean
    np.testing.assert_allclose(alone, learnt.predict(data.batch).mean[7:8], atol=1e-5)
