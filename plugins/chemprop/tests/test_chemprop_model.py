from __future__ import annotations

import random
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import GENES, SMILES, batch_of, examples_of
from drugexp.contract import CENSORED, MISSING, OBSERVED, Context, Examples, Model, Needs, parse_options
from drugexp.contract.hooks import HOOKS
from drugexp.errors import ModelError, UsageError

from drugexp_chemprop.model import Chemprop, FittedChemprop

TINY = {"epochs": 60, "hidden": 32, "ffn_hidden": [32], "batch_size": 16, "max_lr": 0.01, "init_lr": 0.001}
SHORT = TINY | {"epochs": 2}


def fit(train: Examples, valid: Examples | None = None, seed: int = 0, **options: object) -> FittedChemprop:
    return Chemprop().fit(train, valid, parse_options(Chemprop.Options, SHORT | options), context=Context(), seed=seed)


@pytest.fixture(scope="module")
def trained(seen: np.ndarray) -> FittedChemprop:
    return fit(examples_of(seen), **TINY)


def arrays(state: dict) -> dict[str, np.ndarray]:
    return {f"{i}/{name}": a for i, member in enumerate(state["members"]) for name, a in member.items()}


def test_it_is_found_by_its_entry_point_and_keeps_the_protocol() -> None:
    (point,) = entry_points(group="drugexp", name="chemprop")
    found: list[tuple[str, str]] = []
    hook = point.load().drugexp_register_models
    assert hook.__name__ in HOOKS
    hook(register=lambda name, target, **_: found.append((name, target)))
    assert found == [("chemprop", "drugexp_chemprop.model:Chemprop")]
    assert isinstance(Chemprop(), Model)
    assert Chemprop().needs(Chemprop.Options()) == Needs(smiles=True)
    assert Chemprop().needs(Chemprop.Options(use_cell=True)) == Needs(cell=("expression",), smiles=True)


def test_a_planted_effect_of_end_groups_and_doses_is_found_on_new_cores(
    trained: FittedChemprop, seen: np.ndarray, held_out: np.ndarray
) -> None:
    test, train = examples_of(held_out, seed=1), examples_of(seen)
    truth = test.primary.values
    of_mean = ((truth - train.primary.values.mean(axis=0)) ** 2).mean()
    prediction = trained.predict(test.batch)
    assert prediction.genes == GENES
    assert prediction.unit == train.primary.task.unit
    assert prediction.sd is None
    assert ((truth - prediction.mean) ** 2).mean() < 0.5 * of_mean
    lengths = np.linalg.norm(prediction.mean, axis=1)
    assert (lengths[1::2] > lengths[::2]).all()  # the higher dose
    assert np.mean(lengths[1::2] / lengths[::2]) > 1.3


def test_order_company_and_size_of_a_batch_change_nothing(trained: FittedChemprop, seen: np.ndarray) -> None:
    batch = examples_of(seen).batch
    whole = trained.predict(batch).mean
    order = np.random.default_rng(0).permutation(len(batch))
    np.testing.assert_allclose(trained.predict(batch.take(order)).mean, whole[order], atol=1e-6)
    alone = np.concatenate([trained.predict(batch.take(np.array([i]))).mean for i in range(8)])
    np.testing.assert_allclose(alone, whole[:8], atol=1e-6)
    assert trained.predict(batch.take(np.arange(0))).mean.shape == (0, len(GENES))


def test_the_same_seed_gives_the_same_fit_and_leaves_every_generator_alone(seen: np.ndarray) -> None:
    train = examples_of(seen)
    before = (torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy(), torch.get_num_threads())  # noqa: NPY002
    one, same, other = (arrays(fit(train, seed=s, dropout=0.1).state()) for s in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert (np.random.get_state()[1] == before[2]).all()  # noqa: NPY002
    assert torch.get_num_threads() == before[3]
    assert not torch.are_deterministic_algorithms_enabled()
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["0/message_passing.W_i.weight"], other["0/message_passing.W_i.weight"])


def test_restore_gives_the_very_same_numbers(seen: np.ndarray) -> None:
    train = examples_of(seen, cells=2)
    options = parse_options(Chemprop.Options, SHORT | {"ensemble": 2, "use_cell": True})
    fitted = Chemprop().fit(train, None, options, context=Context(), seed=0)
    state = fitted.state()
    before = torch.get_rng_state()
    again = Chemprop().restore(state, options, context=Context())
    assert torch.equal(torch.get_rng_state(), before)
    one, two = fitted.predict(train.batch), again.predict(train.batch)
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.sd, two.sd)
    assert all(
        np.array_equal(a, b) for a, b in zip(arrays(state).values(), arrays(again.state()).values(), strict=True)
    )
    assert {a.dtype for a in arrays(state).values()} == {np.dtype(np.float32)}


def test_a_damaged_state_is_refused(seen: np.ndarray) -> None:
    fitted = fit(examples_of(seen))
    state, options = fitted.state(), parse_options(Chemprop.Options, SHORT)
    with pytest.raises(ModelError, match=r"W_i\.weight' is \(32, 86\), not \(48, 86\)"):
        Chemprop().restore(state, options.model_copy(update={"hidden": 48}), context=Context())
    del state["members"][0]["message_passing.W_i.weight"]
    with pytest.raises(ModelError, match=r"W_i\.weight' is missing"):
        Chemprop().restore(state, options, context=Context())


def test_missing_values_teach_nothing_and_censored_ones_are_small(seen: np.ndarray) -> None:
    train = examples_of(seen)
    state = np.full(train.primary.values.shape, OBSERVED, dtype=np.uint8)
    state[::3, 0], state[:, 1] = MISSING, MISSING
    state[:, 2] = CENSORED

    def with_values(unseen: float) -> Examples:
        values = np.where(state == OBSERVED, train.primary.values, np.float32(unseen))
        bound = np.ones(len(values), dtype=np.float32)
        return replace(train, targets=(replace(train.primary, values=values, state=state, bound=bound),))

    zero, large = (fit(with_values(x), epochs=3).predict(train.batch).mean for x in (0.0, 1e6))
    np.testing.assert_array_equal(zero, large)
    assert np.isfinite(zero).all()
    # Standardised, a gene without values or with zeros alone has the deviation 1 and the mean 0.
    assert np.abs(zero[:, 1:3]).max() < 1.0


def test_weights_count(seen: np.ndarray) -> None:
    train = examples_of(seen[:2])
    values = np.repeat([[1.0], [-1.0]], 2, axis=0) * np.ones((4, len(GENES)))
    weight = np.array([1, 1, 0, 0], dtype=np.float32)
    target = replace(train.primary, values=values.astype(np.float32), weight=weight)
    got = fit(replace(train, targets=(target,)), epochs=20).predict(train.batch).mean
    np.testing.assert_allclose(got, 1.0, atol=0.3)  # rows of weight 0 say -1


def test_several_networks_give_their_mean_and_spread(seen: np.ndarray) -> None:
    train = examples_of(seen)
    three = fit(train, ensemble=3)
    state = three.state()
    options = parse_options(Chemprop.Options, SHORT)
    single = [
        Chemprop().restore(state | {"members": [member]}, options, context=Context()).predict(train.batch).mean
        for member in state["members"]
    ]
    together = three.predict(train.batch)
    np.testing.assert_allclose(together.mean, np.mean(single, axis=0), atol=1e-5)
    np.testing.assert_allclose(together.sd, np.std(single, axis=0, ddof=1), atol=1e-5)
    assert (together.sd > 0).all()


def test_validation_stops_training_and_keeps_the_best_epoch(seen: np.ndarray) -> None:
    train = examples_of(seen)
    wrong = replace(train, targets=(replace(train.primary, values=-train.primary.values),))
    said: list[tuple[int, int]] = []
    context = Context(progress=lambda done, total, _message: said.append((done, total)))
    options = parse_options(Chemprop.Options, TINY | {"patience": 4})
    fitted = Chemprop().fit(train, wrong, options, context=context, seed=0)
    (best,) = fitted.state()["epochs"]
    assert best < 10
    assert said[-1] == (best + 4, 60)
    assert fit(train).state()["epochs"] == [2]
    assert fit(train, wrong, epochs=4, patience=0).state()["epochs"] == [4]


def test_the_cell_is_learnt_from_where_it_is_asked_for(seen: np.ndarray) -> None:
    train = examples_of(seen, cells=2)
    sighted, blind = fit(train, **TINY | {"use_cell": True}), fit(train, **TINY)
    error = [((model.predict(train.batch).mean - train.primary.values) ** 2).mean() for model in (sighted, blind)]
    assert error[0] < 0.5 * error[1]  # the cell alone tells the sign
    pooled = replace(train.batch, cell_index=np.full(len(train), -1, dtype=np.int32))
    assert np.isfinite(sighted.predict(pooled).mean).all()


@pytest.mark.parametrize("smiles", ["C", "[Na+]", "CC.O"])
def test_molecules_without_bonds_and_in_pieces_are_read(trained: FittedChemprop, smiles: str) -> None:
    batch = replace(batch_of(np.zeros(1), np.ones(1)), smiles=(smiles,))
    assert np.isfinite(trained.predict(batch).mean).all()


def test_one_sample_is_enough(seen: np.ndarray) -> None:
    train = examples_of(seen).take(np.array([0]))
    np.testing.assert_allclose(fit(train).predict(train.batch).mean, train.primary.values, atol=1.0)


def test_a_perturbation_without_a_structure_is_refused(trained: FittedChemprop, seen: np.ndarray) -> None:
    batch = batch_of(np.array([0, len(SMILES)]), np.ones(2))
    with pytest.raises(ModelError, match=r"1 of 2 perturbations have no structure \(a knock-down, say\)"):
        trained.predict(batch)
    with pytest.raises(ModelError, match="SMILES 'C1CC' cannot be read"):
        trained.predict(replace(batch, smiles=("C1CC",), compound_index=np.zeros(2, dtype=np.int32)))
    train = examples_of(seen)
    nothing = np.full(train.primary.values.shape, MISSING, dtype=np.uint8)
    with pytest.raises(ModelError, match="task 'planted': no training sample has a measured value"):
        fit(replace(train, targets=(replace(train.primary, state=nothing),)))


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown option 'epoch'; nearest: epochs"):
        parse_options(Chemprop.Options, {"epoch": 3})


def test_nothing_is_printed_and_no_file_is_left(
    seen: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    train = examples_of(seen)
    fit(train, train).predict(train.batch)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
