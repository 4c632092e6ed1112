from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from omics_planted import as_items, matched, planted_factors, without
from sklearn.cross_decomposition import PLSSVD
from sklearn.decomposition import PCA

from drugexp.contract import parse_options
from drugexp.testing.featurizers import take
from drugexp_omics.pls.components import BlockPls
from drugexp_omics.pls.covarying import ALL, Held, covariance, next_component
from drugexp_omics.pls.featurizer import BlockPlsComponents, BlockPlsOptions
from drugexp_omics.pls.keeping import kept, kept_each, left_out, scores
from drugexp_omics.pls.learning import fit_block_pls

LOST = np.arange(20, 45)
DENSE = (ALL,)


def shared(cells: int = 120, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return blocks and the two factors that more than one of them holds."""
    blocks, truth = planted_factors(cells, seed=seed)
    return blocks, truth[:, :2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_components_are_found_and_counted(seed: int) -> None:
    blocks, truth = shared(200, seed)
    training = {name: values[:120] for name, values in blocks.items()}
    new = {name: values[120:] for name, values in blocks.items()}
    fitted = fit_block_pls(training)
    assert fitted.components == 2
    assert matched(fitted.scores(training).values, truth[:120]).min() > 0.95
    assert matched(fitted.scores(new).values, truth[120:]).min() > 0.95
    assert (fitted.covariance > fitted.chance).all()
    # Factors that one block alone holds are no concern of the others.
    assert fit_block_pls(training, most=1).components == 1


def test_a_block_of_noise_costs_nothing() -> None:
    blocks, truth = shared()
    noise = {**blocks, "protein": np.random.default_rng(5).normal(size=(120, 300))}
    fitted = fit_block_pls(noise)
    assert fitted.components == 2
    assert matched(fitted.scores(noise).values, truth).min() > 0.95
    at = list(fitted.scales).index("protein")
    assert (np.abs(fitted.agreement[at]) < 0.4).all()
    assert np.abs(fitted.consensus.pull[:, at]).max() < 0.1


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_alone_shares_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    own = {n: rng.normal(size=(90, 2)) @ rng.normal(size=(2, 40)) + rng.normal(size=(90, 40)) for n in "abc"}
    assert fit_block_pls(own).components == 0
    assert fit_block_pls({"a": rng.normal(size=(90, 40))}).components == 0
    assert fit_block_pls({"a": own["a"]}).components == 2


def test_of_two_blocks_the_first_component_is_that_of_pls_svd() -> None:
    blocks, _ = shared()
    two = {name: blocks[name] for name in ("copy_number", "expression")}
    fitted = fit_block_pls(two, components=1, keep=DENSE)
    theirs = PLSSVD(1).fit(two["copy_number"], two["expression"])
    for name, weight in (("copy_number", theirs.x_weights_), ("expression", theirs.y_weights_)):
        assert abs(float(weight[:, 0] @ fitted.weight[name][:, 0])) == pytest.approx(1, abs=1e-6)


def test_of_one_block_components_are_principal_components() -> None:
    values = shared()[0]["expression"]
    fitted = fit_block_pls({"expression": values}, components=3, keep=DENSE)
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    theirs = PCA(3).fit(standard)
    np.testing.assert_allclose(np.abs(theirs.components_ @ fitted.weight["expression"]), np.eye(3), atol=1e-4)
    np.testing.assert_allclose(fitted.explained[0], theirs.explained_variance_ratio_, rtol=1e-4)
    found = fitted.scores({"expression": values}).values
    np.testing.assert_allclose(np.abs(np.corrcoef(found.T, theirs.transform(standard).T)[:3, 3:]), np.eye(3), atol=1e-3)


def test_the_settled_weights_are_no_worse_than_others_near_or_far() -> None:
    """The sum of squared covariances falls with any other weights of the same length."""
    blocks = {n: Held.of((v - v.mean(axis=0)) / v.std(axis=0)) for n, v in shared()[0].items()}
    one = next_component(blocks, keep=DENSE)
    rng = np.random.default_rng(0)

    def total(weight: dict[str, np.ndarray]) -> float:
        told = {n: blocks[n].filled @ weight[n] for n in blocks}
        return float(np.sqrt(sum(float(told[a] @ told[b] / 120) ** 2 for a in told for b in told if a < b)))

    best = total(dict(one.weight))
    assert one.covariance == pytest.approx(best)
    for size in (0.05, 1.0):
        for _ in range(20):
            other = {n: w + size * rng.normal(size=len(w)) / np.sqrt(len(w)) for n, w in one.weight.items()}
            assert total({n: w / np.linalg.norm(w) for n, w in other.items()}) < best


def test_as_many_features_are_kept_as_are_asked_for() -> None:
    fitted = fit_block_pls(shared()[0], components=2, keep=(7,))
    assert (fitted.keep == 7).all()
    assert all(((w != 0).sum(axis=0) == 7).all() for w in fitted.weight.values())
    np.testing.assert_allclose(kept(np.array([3.0, -2.0, 1.0, 0.5]), 2), np.array([2.0, -1.0, 0, 0]) / np.sqrt(5))
    np.testing.assert_allclose(kept(np.array([2.0, 2.0, 1.0]), 1), np.array([1.0, 1.0, 0]) / np.sqrt(2))
    assert not kept(np.zeros(3), 2).any()
    pull = np.random.default_rng(0).normal(size=(4, 9))
    for k, each in zip((1, 4, 8, 20), kept_each(pull, (1, 4, 8, 20)), strict=True):
        np.testing.assert_array_equal(each, [kept(row, k) for row in pull])
        assert ((each != 0).sum(axis=1) == min(k, 9)).all()


def test_kept_features_are_those_that_carry_the_component() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=150)
    blocks = {name: rng.normal(size=(150, 80)) for name in "ab"}
    for values in blocks.values():
        values[:, :8] += z[:, None]
    fitted = fit_block_pls(blocks, keep=(8,))
    assert fitted.components == 1
    for weight in fitted.weight.values():
        assert set(np.flatnonzero(weight[:, 0])) == set(range(8))


def test_left_out_scores_are_those_of_weights_without_the_cell() -> None:
    rng = np.random.default_rng(1)
    values, target = rng.normal(size=(70, 12)), rng.normal(size=70)
    known = (rng.random(values.shape) < 0.9).astype(float)
    filled = values * known
    for mask in (None, known):
        rows = values if mask is None else filled
        found = left_out(rows, mask, target, [2, 5])[1]
        for i in (0, 13, 69):
            rest = np.delete(np.arange(70), i)
            weight = kept(rows[rest].T @ target[rest], 5)
            wanted = scores(rows[i : i + 1], None if mask is None else mask[i : i + 1], weight)[0]
            assert found[i] == pytest.approx(wanted)
    noise = left_out(rng.normal(size=(70, 500)), None, target, [ALL])[0]
    assert abs(np.corrcoef(noise, target)[0, 1]) < 0.3


def test_cells_without_a_block_are_told_from_the_others_and_less_surely() -> None:
    blocks, truth = shared(200, 1)
    training = {name: values[:120] for name, values in blocks.items()}
    new = {name: values[120:] for name, values in blocks.items()}
    holes = without(training, "expression", LOST)
    fitted = fit_block_pls(holes)
    assert fitted.components == 2
    assert matched(fitted.scores(holes).values, truth[:120]).min() > 0.93
    whole = fitted.scores(new)
    assert not whole.sd.any()
    less = fitted.scores({"copy_number": new["copy_number"]})
    np.testing.assert_array_equal(less.measured[0], [1, 0, 0])
    # What is said of the error is about what it is.
    error = np.sqrt(((less.values - whole.values) ** 2).mean(axis=0))
    np.testing.assert_allclose(error, less.sd[0], rtol=0.5)
    none = fitted.scores({"copy_number": np.full((1, 60), np.nan)})
    np.testing.assert_allclose(none.values, 0, atol=1e-6)
    np.testing.assert_allclose(none.sd, 1, atol=1e-3)


def test_half_of_a_block_says_less_than_all_of_it() -> None:
    blocks, _ = shared(200, 1)
    fitted = fit_block_pls({n: v[:120] for n, v in blocks.items()})
    new = {n: v[120:].copy() for n, v in blocks.items()}
    whole = fitted.scores(new)
    hidden = np.random.default_rng(0).random(new["expression"].shape) < 0.5
    new["expression"][hidden] = np.nan
    half = fitted.scores(new)
    del new["expression"]
    none = fitted.scores(new)
    assert (half.sd.mean(axis=0) > 0).all()
    assert (half.sd.mean(axis=0) < none.sd.mean(axis=0)).all()
    assert ((half.values - whole.values) ** 2).mean() < ((none.values - whole.values) ** 2).mean()


def test_orders_and_company_do_not_matter() -> None:
    blocks = without(shared(80)[0], "expression", LOST)
    fitted = fit_block_pls(blocks, components=2)
    found = fitted.scores(blocks).values
    backwards = fit_block_pls(dict(reversed(blocks.items())), components=2)
    np.testing.assert_array_equal(backwards.scores(blocks).values, found)
    order = np.random.default_rng(2).permutation(80)
    mixed = {n: v[order] for n, v in blocks.items()}
    np.testing.assert_allclose(fit_block_pls(mixed, components=2).scores(mixed).values, found[order], atol=1e-6)
    one = fitted.scores({n: v[30:31] for n, v in blocks.items()})
    np.testing.assert_allclose(one.values, found[30:31], atol=1e-10)
    restored = BlockPls.restore(fitted.state())
    np.testing.assert_array_equal(restored.scores(blocks).values, found)
    scaled = {n: 1000 * v + 5 for n, v in blocks.items()}
    np.testing.assert_allclose(fit_block_pls(scaled, components=2).scores(scaled).values, found, atol=1e-6)


def test_shuffled_blocks_vary_together_by_less() -> None:
    blocks = {n: Held.of((v - v.mean(axis=0)) / v.std(axis=0)) for n, v in shared()[0].items()}
    whole = dict.fromkeys(blocks, ALL)
    rng = np.random.default_rng(0)
    mixed = {n: Held.of(h.filled[rng.permutation(120)]) for n, h in blocks.items()}
    assert covariance(mixed, whole) < 0.7 * covariance(blocks, whole)


def test_a_rare_mutation_weighs_little() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=100)
    bits = (rng.random((100, 20)) < 1 / (1 + np.exp(-3 * z[:, None]))).astype(float)
    bits[:, 10:] = 0
    bits[np.arange(10), np.arange(10, 20)] = 1
    blocks = {"mutation": bits, "expression": np.outer(z, np.ones(15)) + rng.normal(size=(100, 15))}
    fitted = fit_block_pls(blocks, keep=DENSE)
    assert fitted.components == 1
    assert abs(np.corrcoef(fitted.scores(blocks).values[:, 0], z)[0, 1]) > 0.95
    weight = np.abs(fitted.weight["mutation"][:, 0])
    assert weight[10:].max() < 0.3 * weight[:10].min()


def test_the_featuriser_tells_components_and_why() -> None:
    blocks, truth = shared()
    items = as_items(without(blocks, "expression", LOST))
    made = BlockPlsComponents()
    state = made.fit(items)
    found = made.integrated(items, state)
    np.testing.assert_array_equal(found.values, made.transform(items, state))
    assert found.sd is not None
    np.testing.assert_array_equal(found.sd, made.uncertainty(items, state))
    assert (found.sd[LOST] > 0).all()
    assert not np.delete(found.sd, LOST, axis=0).any()
    assert matched(found.values, truth).min() > 0.93
    table = found.tables["agreement"]
    assert len(table) == 6
    assert (table.covariance > table.by_chance).all()
    assert found.loadings["expression"].shape == (90, 2)
    assert "block expression: 25 of 120 cells lack it" in " ".join(found.notes)
    few = replace(take(items, np.arange(5)), blocks={"mutation": items.blocks["mutation"][:5]})
    assert (made.integrated(few, state).sd > 0).all()
    told = BlockPlsComponents(parse_options(BlockPlsOptions, {"components": 3, "keep": 4}))
    other = told.integrated(items, told.fit(items))
    assert other.components == ("component1", "component2", "component3")
    assert (other.tables["agreement"].features == 4).all()
    noise = as_items({n: np.random.default_rng(ord(n)).normal(size=(50, 9)) for n in "ab"})
    none = made.integrated(noise, made.fit(noise))
    assert not none.values.any()
    assert "share no component" in none.notes[0]
