"""All explainers on models small enough that Shapley's values follow from their definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from drugexp.biology.attribution.explaining import Explainer
from drugexp.biology.attribution.inputs import Query, owners_of
from drugexp.biology.attribution.path import count_breaks, integrate
from drugexp.biology.attribution.removal import Removal
from drugexp.chemistry.environments import atom_words, canonical
from drugexp.contract import Attribution, GeneAxis, Prediction, PureApply, Unit
from drugexp.errors import UsageError

GENES = GeneAxis(("A", "B", "C"))
FEATURE = "morgan_counts"


def query_of(smiles: str) -> Query:
    mol, classes = canonical(smiles)
    owners = owners_of(mol, "morgan", None, 2048)
    assert owners is not None
    return Query(
        smiles=smiles,
        mol=mol,
        classes=np.asarray(classes),
        atom_words=tuple(atom_words(mol)),
        compound={FEATURE: owners.counts()[0]},
        cell={},
        mean_cell={},
        owners={FEATURE: owners},
        masks={},
        dose_um=1.0,
        hours=24.0,
        codes=(),
        asks_smiles=False,
    )


class Linear:
    """``x @ slope + shift``, with every ability that a linear model can have, or some of them."""

    def __init__(self, *abilities: str, curve: bool = False) -> None:
        rng = np.random.default_rng(0)
        self.slope = rng.normal(size=(2048, len(GENES))).astype(np.float32)
        self.shift = np.float32(0.5)
        self.curve = curve
        self.genes = GENES
        for ability in abilities:
            setattr(self, ability, getattr(self, f"_{ability}"))

    def predict(self, batch: Any) -> Prediction:
        linear = batch.compound[FEATURE].astype(np.float64) @ self.slope + self.shift
        mean = np.tanh(linear) + 0.1 * linear**2 if self.curve else linear
        return Prediction(np.float32(mean)[batch.compound_index], GENES, Unit.ZSCORE)

    def _attribute(self, batch: Any, genes: Sequence[int]) -> Attribution:
        rows = batch.compound[FEATURE][batch.compound_index].astype(np.float64)
        shares = rows[:, None, :] * self.slope[:, list(genes)].T[None]
        return Attribution(np.full((len(rows), len(genes)), float(self.shift)), {FEATURE: shares}, {})

    def _pure_apply(self) -> PureApply:
        def apply(params: Any, compound: Any, cell: Any, dose_um: Any, hours: Any) -> Any:
            linear = compound[FEATURE] @ params + self.shift
            return jnp.tanh(linear) + 0.1 * linear**2 if self.curve else linear

        return PureApply(jnp.asarray(self.slope), apply)


def explainer(model: Linear) -> Explainer:
    pipeline: Any = SimpleNamespace(fitted=model)
    return Explainer(pipeline)


def by_definition(value: Callable[[frozenset[int]], float], players: int) -> np.ndarray:
    """Shapley's values: the mean gain over all orders in which players may come."""
    shares, orders = np.zeros(players), list(permutations(range(players)))
    worth = {}
    for order in orders:
        there: frozenset[int] = frozenset()
        for player in order:
            after = there | {player}
            for group in (there, after):
                if group not in worth:
                    worth[group] = value(group)
            shares[player] += worth[after] - worth[there]
            there = after
    return shares / len(orders)


def atoms_by_definition(model: Linear, query: Query, weights: np.ndarray) -> np.ndarray:
    def value(group: frozenset[int]) -> float:
        present = np.array([[i in group for i in range(len(query.classes))]])
        tables = Removal(query).tables(present)
        return float(model.predict(query.batch(tables, {})).mean[0].astype(np.float64) @ weights)

    return by_definition(value, len(query.classes))


WEIGHTS = np.array([1.0, -0.5, 0.25])


@pytest.mark.parametrize("method", ["exact", "gradients", "occlusion"])
@pytest.mark.parametrize("smiles", ["CCO", "NS(C)(=O)=O", "CC#N", "OB(O)C"])
def test_a_linear_model_has_shapleys_values_by_every_method(method: Any, smiles: str) -> None:
    model, query = Linear("attribute", "pure_apply"), query_of(smiles)
    found = explainer(model).explain(query, WEIGHTS, method)
    assert found.way == method
    expected = atoms_by_definition(model, query, WEIGHTS)
    assert np.ptp(expected) > 0.1
    levelled = [np.mean(expected[query.classes == c]) for c in query.classes]
    np.testing.assert_allclose(found.atoms, levelled, atol=1e-4)
    assert found.parts.error < 1e-4
    np.testing.assert_allclose(found.parts.base, WEIGHTS.sum() * 0.5, atol=1e-6)


def test_taking_atoms_away_has_shapleys_values_of_a_curve_too() -> None:
    model, query = Linear(curve=True), query_of("CC(O)C#N")
    found = explainer(model).explain(query, WEIGHTS)
    assert found.way == "occlusion"
    np.testing.assert_allclose(found.atoms, atoms_by_definition(model, query, WEIGHTS), atol=1e-4)


def test_sampled_orders_come_near_to_shapleys_values() -> None:
    """Of a larger molecule; those of a linear model follow from dealing out, as the first test shows."""
    model, query = Linear("attribute"), query_of("O=C(CCCCCCC(=O)Nc1ccccc1)NO")
    exact = explainer(model).explain(query, WEIGHTS, "exact").atoms
    sampled = explainer(model).explain(query, WEIGHTS, "occlusion")
    assert np.corrcoef(exact, sampled.atoms)[0, 1] > 0.95
    assert sampled.parts.error < 1e-4
    assert sampled.atoms.sum() == pytest.approx(exact.sum(), abs=1e-4)


@pytest.mark.parametrize("smiles", ["O=C(CCCCCCC(=O)Nc1ccccc1)NO", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"])
def test_gradients_along_a_curve_are_complete(smiles: str) -> None:
    found = explainer(Linear("pure_apply", curve=True)).explain(query_of(smiles), WEIGHTS, "gradients")
    assert found.parts.error < 1e-4 * max(1.0, abs(found.parts.value - found.parts.base))
    assert found.atoms.sum() + sum(found.unassigned.values()) == pytest.approx(found.parts.of_compound, abs=1e-9)


def test_integrals_of_a_quadratic_are_those_of_a_symmetric_game() -> None:
    """Integrated gradients of ``x'Ax + b'x`` from 0 are Shapley's values for features: each pair is shared in two."""
    rng = np.random.default_rng(1)
    square, slope, x = rng.normal(size=(5, 5)), rng.normal(size=5), rng.normal(size=5)

    def gradients(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = np.einsum("ri,ij,rj->r", points, square, points) + points @ slope
        return values, points @ (square + square.T) + slope

    def value(group: frozenset[int]) -> float:
        kept = np.where([i in group for i in range(5)], x, 0)
        return float(kept @ square @ kept + kept @ slope)

    start = np.zeros((1, 5))
    found = integrate(gradients, start, x[None], [count_breaks(start[0], x)])
    np.testing.assert_allclose(found.shares[0], by_definition(value, 5), atol=1e-9)
    assert abs(found.jump[0]) < 1e-9


def test_integrals_agree_with_the_shap_package_on_a_linear_model() -> None:
    shap = pytest.importorskip("shap")
    model, query = Linear(), query_of("CC(O)C#N")
    used = np.flatnonzero(query.compound[FEATURE])
    slope, x = (model.slope[used] @ WEIGHTS).astype(np.float64), query.compound[FEATURE][used].astype(np.float64)
    theirs = shap.LinearExplainer((slope, 0.0), np.zeros((2, len(x)))).shap_values(x[None])[0]
    ours = explainer(Linear("pure_apply")).explain(query, WEIGHTS, "gradients").parts.compound[FEATURE]
    np.testing.assert_allclose(ours[used], theirs, atol=1e-4)
    assert not np.delete(ours, used).any()


def test_a_model_without_an_account_of_itself_says_so() -> None:
    with pytest.raises(UsageError, match="no exact account"):
        explainer(Linear()).explain(query_of("CCO"), WEIGHTS, "exact")
    with pytest.raises(UsageError, match="no gradients"):
        explainer(Linear()).explain(query_of("CCO"), WEIGHTS, "gradients")


def test_a_prediction_like_that_of_any_structure_is_called_noise() -> None:
    rng = np.random.default_rng(0)
    model, query = Linear("attribute"), query_of("O=C(CCCCCCC(=O)Nc1ccccc1)NO")
    training = {FEATURE: (rng.random((99, 2048)) < 0.02).astype(np.uint8)}
    pipeline: Any = SimpleNamespace(fitted=model)
    used = np.flatnonzero(query.compound[FEATURE])
    model.slope[used] = 0.0
    found = Explainer(pipeline, training).explain(query, WEIGHTS).trust
    assert found.stands_out is False
    assert "NO BETTER THAN NOISE" in found.verdict
    model.slope[used] = [2.0, 0.0, 0.0]
    model.slope[used[0]] = 4.0
    found = Explainer(pipeline, training).explain(query, WEIGHTS).trust
    assert found.stands_out is True
    assert found.p == pytest.approx(1 / 100)
    assert Explainer(pipeline).explain(query, WEIGHTS).trust.stands_out is None
