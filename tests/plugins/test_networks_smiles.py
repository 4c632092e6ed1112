"""The networks over SMILES: their laws (spelling, padding, company, unknown atoms), and that they learn."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from flax import nnx
from molecules_to_learn import BY_HEART, batch_of, chains, described, explained, fitted, heavy_atoms
from planted import examples
from rdkit import Chem

from drugexp.chemistry.tokens import LAST_ATOM, OTHER_ATOM, OTHER_MARK, PADDING, SPELLINGS, TOKENS, tokenise
from drugexp.contract import MISSING, OBSERVED, Examples, GeneAxis, Task, Unit
from drugexp.registry import discover
from drugexp.represent.compounds import MorganCounts, SmilesTokens
from drugexp.represent.features import perturbation_features
from drugexp_networks.sequence import Convolution, Recurrence, unlisted
from drugexp_networks.smiles import SmilesCnn, SmilesGru

pytestmark = pytest.mark.usefixtures("compiled_once")

CHAINS, ORDERED, NEW, SHUFFLED = 128, 64, 64, 6
SHORT = 32
"""Tokens of a spelling: padding beyond them costs time and changes nothing, as is shown."""
SMALL = {
    "cell_features": (),
    "token_width": 32,
    "layers": 1,
    "spellings": 4,
    "width": 64,
    "code": 64,
    "rank": 16,
    "dropout": 0.0,
    "batch_size": 32,
    "weight_decay": 0.0,
    "learning_rate": 1e-2,
    "steps": 900,
}
NETWORKS = {"smiles-cnn": (SmilesCnn, {"layers": 2, "token_width": 48}), "smiles-gru": (SmilesGru, {})}
EFFECT = {"O": -1.0, "N": 0.0, "S": 1.0}


def in_order(count: int) -> tuple[list[str], np.ndarray]:
    """Return chains of three heteroatoms, and a number (compound, 1) that the middle one gives."""
    rng = np.random.default_rng(3)
    found: dict[str, float] = {}
    while len(found) < count:
        first, middle, last = rng.permutation(list(EFFECT))
        a, b, c, d = rng.integers((4, 4, 4, 4), (7, 6, 6, 7))
        ends = rng.choice(["C", "F", "Cl", "Br"], 2)
        text = f"{ends[0]}{'C' * a}{first}{'C' * b}{middle}{'C' * c}{last}{'C' * d}{ends[1]}"
        found[Chem.CanonSmiles(text)] = EFFECT[middle]
    return list(found), np.array(list(found.values()), np.float32)[:, None]


def short_chains(count: int) -> list[str]:
    """Return random chains of few tokens."""
    return [s for s in chains(2 * count) if len(tokenise(s)) <= SHORT - 8][:count]


def tokens(smiles: list[str]) -> np.ndarray:
    """Return the rows of `smiles_tokens`, without the last columns, where none has a token."""
    rows = described(SmilesTokens(), smiles).reshape(len(smiles), SPELLINGS, -1)
    assert not rows[:, :, SHORT:].any()
    return rows[:, :, :SHORT].reshape(len(smiles), -1)


def ask(network, rows: np.ndarray) -> np.ndarray:
    return network.predict(batch_of("smiles_tokens", rows)).mean


@pytest.fixture(scope="module")
def chain_smiles() -> list[str]:
    return short_chains(CHAINS + NEW)


@pytest.fixture(scope="module")
def new_rows(chain_smiles) -> np.ndarray:
    return tokens(chain_smiles[CHAINS:])


@pytest.fixture(scope="module")
def data(chain_smiles) -> Examples:
    """Heavy atoms of all; the middle heteroatom where there are three; and shuffled heavy atoms of the first 32."""
    ordered, middle = in_order(ORDERED)
    smiles = chain_smiles[:CHAINS] + ordered
    rng, heavy = np.random.default_rng(2), heavy_atoms(smiles)
    values = np.zeros((len(smiles), 2 + SHUFFLED), np.float32)
    state = np.full(values.shape, MISSING, np.uint8)
    values[:, :1], state[:, 0] = heavy, OBSERVED
    values[CHAINS:, 1:2], state[CHAINS:, 1] = middle, OBSERVED
    for column in range(2, values.shape[1]):
        values[:BY_HEART, column], state[:BY_HEART, column] = rng.permutation(heavy[:BY_HEART, 0]), OBSERVED
    task = Task("learnt", GeneAxis(tuple(f"G{i}" for i in range(values.shape[1]))), Unit.LOG2FC)
    batch = batch_of("smiles_tokens", tokens(smiles))
    return examples(batch, task, values, groups=np.arange(len(smiles)), state=state)


@pytest.fixture(scope="module")
def trained(data):
    """Return name -> network that learnt the data, each fitted once."""
    return cache(lambda name: fitted(NETWORKS[name][0], data, **(SMALL | NETWORKS[name][1])))


@pytest.fixture(scope="module", params=list(NETWORKS))
def learnt(request, trained):
    return trained(request.param)


def test_heavy_atoms_of_new_molecules_are_counted(learnt, chain_smiles, new_rows):
    assert explained(heavy_atoms(chain_smiles[CHAINS:]), ask(learnt, new_rows)[:, :1]) > 0.95


def test_the_order_along_a_chain_is_seen_where_circles_of_radius_two_are_the_same(learnt):
    """Which of three heteroatoms stands in the middle: no Morgan count tells."""
    same = [f"CCCCC{a}CCCC{b}CCCC{c}CCCCC" for a, b, c in ("ONS", "NOS", "NSO")]
    counts = described(MorganCounts(), same)
    assert (counts == counts[0]).all()
    smiles, middle = in_order(ORDERED + NEW)
    assert explained(middle[ORDERED:], ask(learnt, tokens(smiles[ORDERED:]))[:, 1:2]) > 0.8


def test_shuffled_targets_are_learnt_by_heart_and_say_nothing_of_new_molecules(learnt, data, chain_smiles, new_rows):
    found = learnt.predict(data.all()).mean[:BY_HEART, 2:]
    assert explained(data.primary.values[:BY_HEART, 2:], found) > 0.99
    heavy = heavy_atoms(chain_smiles[CHAINS:])[:, 0]
    new = ask(learnt, new_rows)[:, 2:]
    assert abs(np.mean([np.corrcoef(heavy, column)[0, 1] for column in new.T])) < 0.35


def test_how_a_molecule_was_written_does_not_matter(learnt, chain_smiles):
    rng = np.random.default_rng(0)
    names = chain_smiles[CHAINS : CHAINS + 16]
    written = []
    for text in names:
        mol = Chem.MolFromSmiles(text)
        order = rng.permutation(mol.GetNumAtoms()).tolist()
        written.append(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))
    assert np.mean(np.array(written) != np.array(names)) > 0.8
    rows = []
    for texts in (names, written):
        table = pd.DataFrame({"id": names, "kind": "compound", "smiles": texts, "targets": [()] * len(names)})
        rows.append(perturbation_features(table, ["smiles_tokens"], discover())[0])
    first, second = (ask(learnt, found["smiles_tokens"]) for found in rows)
    np.testing.assert_array_equal(second, first)


def test_longer_padding_and_company_do_not_matter(learnt, chain_smiles, new_rows):
    wanted = ask(learnt, new_rows)
    longer = described(SmilesTokens(), chain_smiles[CHAINS:])
    assert longer.shape[1] > new_rows.shape[1]
    np.testing.assert_allclose(ask(learnt, longer), wanted, atol=1e-4)
    np.testing.assert_allclose(ask(learnt, new_rows[5:6]), wanted[5:6], atol=1e-5)
    assert np.isfinite(ask(learnt, np.zeros_like(new_rows[:1]))).all()


def test_an_atom_that_training_never_showed_is_an_atom(learnt, data, chain_smiles, new_rows):
    """One atom of each spelling becomes another one: all unknown atoms are one, and it is counted as an atom."""
    shown = np.unique(data.batch.compound["smiles_tokens"])
    wanted = heavy_atoms(chain_smiles[CHAINS:])
    found = []
    for unknown in (TOKENS["[Se]"], TOKENS["[Pt]"], OTHER_ATOM):
        assert unknown not in shown
        rows = new_rows.reshape(NEW, SPELLINGS, SHORT).copy()
        at = np.argmax(rows == TOKENS["C"], axis=2)
        np.put_along_axis(rows, at[:, :, None], unknown, axis=2)
        found.append(ask(learnt, rows.reshape(NEW, -1))[:, :1])
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])
    assert explained(wanted, found[0]) > 0.9


def test_spellings_come_closer_where_training_drew_among_them(trained, data, new_rows):
    """The spread over spellings of one molecule, over that between molecules: with augmentation and without."""

    def spread(network) -> float:
        rows = new_rows.reshape(NEW, SPELLINGS, SHORT)
        # A row whose spellings are all the same one asks about that one.
        same = [np.repeat(rows[:, k : k + 1], SPELLINGS, axis=1).reshape(NEW, -1) for k in range(6)]
        each = np.stack([ask(network, one) for one in same])
        return float(np.sqrt(each[:, :, 0].var(axis=0).mean() / each[:, :, 0].mean(axis=0).var()))

    canonical = data.batch.compound["smiles_tokens"].reshape(-1, SPELLINGS, SHORT)[:, :1]
    one = Examples(
        batch_of("smiles_tokens", np.repeat(canonical, SPELLINGS, axis=1).reshape(len(canonical), -1)),
        data.targets,
        data.groups,
    )
    network, own = NETWORKS["smiles-cnn"]
    without = fitted(network, one, **(SMALL | own))
    assert spread(trained("smiles-cnn")) < 0.7 * spread(without)


def test_a_convolution_is_that_of_jax():
    kernel, dilation = 4, 2
    layer = Convolution(3, kernel, dilation, rngs=nnx.Rngs(0))
    rng = np.random.default_rng(0)
    tokens = jnp.asarray(rng.normal(size=(17, 3)), jnp.float32)
    there = jnp.arange(17) < 13
    x = jnp.where(there[:, None], layer.norm(tokens), 0.0)
    filters = layer.filters.kernel[...].reshape(kernel, 3, 3)
    left = (kernel - 1) // 2 * dilation
    found = jax.lax.conv_general_dilated(
        x[None],
        filters,
        (1,),
        [(left, (kernel - 1) * dilation - left)],
        rhs_dilation=(dilation,),
        dimension_numbers=("NWC", "WIO", "NWC"),
    )[0]
    np.testing.assert_allclose(layer(tokens, there), tokens + nnx.gelu(found + layer.filters.bias[...]), atol=1e-5)


def test_a_recurrence_reads_in_both_directions_by_its_formula():
    layer = Recurrence(4, rngs=nnx.Rngs(0))
    x = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    runs = layer.run(jnp.asarray(x), jnp.arange(9) < 6)
    for way, found in enumerate(runs):
        w, u = np.asarray(layer.inputs[way].kernel[...]), np.asarray(layer.states[way].kernel[...])
        h, wanted = np.zeros(4), []
        for token in x[:6] if way == 0 else x[5::-1]:
            (rx, zx, nx), (rh, zh, nh) = np.split(token @ w, 3), np.split(h @ u, 3)
            r, z = 1 / (1 + np.exp(-rx - rh)), 1 / (1 + np.exp(-zx - zh))
            h = z * h + (1 - z) * np.tanh(nx + r * nh)
            wanted.append(h)
        np.testing.assert_allclose(found[:6], wanted if way == 0 else wanted[::-1], atol=1e-6)


def test_masked_tokens_keep_their_kind():
    row = jnp.array([PADDING, OTHER_ATOM, OTHER_MARK, TOKENS["C"], LAST_ATOM, LAST_ATOM + 1])
    wanted = [PADDING, OTHER_ATOM, OTHER_MARK, OTHER_ATOM, OTHER_ATOM, OTHER_MARK]
    assert unlisted(row).tolist() == wanted
