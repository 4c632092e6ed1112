"""The rules of networks: those of pure functions, and those of models through the one adapter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract import Sparse, Task, parse_options
from drugexp.learn.models import Builder
from drugexp.learn.network.model import network_model
from drugexp.learn.network.tables import example, to_tables
from drugexp.testing.arrays import changed, expect_close, marks
from drugexp.testing.models.rules import RULES as MODEL_RULES
from drugexp.testing.models.trial import Handed, ModelTrial
from drugexp.testing.rule import NotApplicableError, expect, listed
from drugexp.testing.screens import tasks

Example = dict[str, Any]


class NetworkTrial(ModelTrial):
    """A network on trial; as a model it is trained by the platform's adapter, for few steps."""

    quick: Mapping[str, Any] = {"steps": 200, "batch_size": 64, "learning_rate": 5e-3, "steps_per_call": 50}

    def _builder(self) -> Builder:
        if self.thing.declared is not None:
            return Builder(self.thing.registry)
        return Handed(self.thing.registry, own=self.thing.name, make=lambda: network_model(self.thing.loaded))

    @cached_property
    def network(self) -> Any:
        """The network itself."""
        return self.thing.loaded()

    @cached_property
    def own(self) -> Any:
        """The network's own options."""
        names = self.network.Options.model_fields
        return parse_options(self.network.Options, {n: v for n, v in self.given.items() if n in names})

    @cached_property
    def tasks(self) -> tuple[Task, Task]:
        """Two tasks on different axes."""
        return tasks()

    @cached_property
    def examples(self) -> tuple[Example, Example]:
        """Two examples as the trainer makes them: one with everything stated, one with nothing."""
        batch = self.prepare().train.batch
        tables = to_tables(batch)
        first = example(tables, jnp.asarray(0))
        blank = jax.tree.map(lambda row: jnp.full_like(row, jnp.nan), first["cell"])
        second = example(tables, jnp.asarray(len(batch) - 1))
        return first, second | {"cell": blank, "dose_um": jnp.float32(jnp.nan), "hours": jnp.float32(jnp.nan)}

    @cached_property
    def params(self) -> Any:
        """Parameters from key 0."""
        return self.network.init(jax.random.key(0), self.examples[0], self.tasks, self.own)

    def apply(self, params: Any, one: Example, key: Any = None) -> Any:
        """Return what the network says of one example."""
        return self.network.apply(params, one, self.own, key=key)


def arrays_only(trial: NetworkTrial) -> None:
    """Its parameters are a pytree of arrays, the same for the same key."""
    leaves = jax.tree.leaves(trial.params)
    odd = [type(leaf).__name__ for leaf in leaves if not isinstance(leaf, (jax.Array, np.ndarray))]
    expect(bool(leaves) and not odd, f"its parameters hold {', '.join(sorted(set(odd))) or 'nothing'}; expected arrays")
    again = trial.network.init(jax.random.key(0), trial.examples[0], trial.tasks, trial.own)
    same = all(np.array_equal(a, b) for a, b in zip(leaves, jax.tree.leaves(again), strict=True))
    expect(same, "init gave other parameters for the same key")


def one_output_a_task(trial: NetworkTrial) -> None:
    """It returns one profile a task, on that task's genes, finite also where nothing is stated."""
    for one in trial.examples:
        found = trial.apply(trial.params, one)
        wanted = {task.name: (len(task.genes),) for task in trial.tasks}
        shapes = {name: np.shape(profile) for name, profile in found.items()}
        expect(shapes == wanted, f"outputs {shapes} came; expected {wanted}")
        bad = [name for name, profile in found.items() if not np.isfinite(profile).all()]
        expect(not bad, f"the outputs of {', '.join(bad)} hold NaN or infinity")


def pure(trial: NetworkTrial) -> None:
    """It changes nothing, and without a key says the same twice."""
    before = marks(jax.tree.map(np.asarray, (trial.params, trial.examples)))
    first, second = (trial.apply(trial.params, trial.examples[0]) for _ in range(2))
    for name in first:
        expect_close(second[name], first[name], f"the second output of {name}", within=0)
    touched = changed(before, marks(jax.tree.map(np.asarray, (trial.params, trial.examples))))
    expect(not touched, f"it wrote into {', '.join(touched)}")


def jit_and_vmap(trial: NetworkTrial) -> None:
    """Compiled by jit and batched by vmap, with a key and without, it says the same."""
    stacked = jax.tree.map(lambda *rows: jnp.stack(rows), *trial.examples)
    found = jax.jit(jax.vmap(trial.apply, in_axes=(None, 0)))(trial.params, stacked)
    for at, one in enumerate(trial.examples):
        for name, profile in trial.apply(trial.params, one).items():
            expect_close(found[name][at], profile, f"the compiled output of {name}", within=1e-4)
    key = jax.random.key(1)
    eager = trial.apply(trial.params, trial.examples[0], key)
    for name, profile in jax.jit(trial.apply)(trial.params, trial.examples[0], key).items():
        expect_close(profile, eager[name], f"the compiled output of {name} with a key", within=1e-4)


def finite_gradients(trial: NetworkTrial) -> None:
    """Gradients with respect to the parameters are finite, also where nothing is stated."""
    for one in trial.examples:

        def loss(params: Any, one: Example = one) -> Any:
            return sum((profile**2).sum() for profile in trial.apply(params, one, jax.random.key(1)).values())

        leaves = jax.tree_util.tree_flatten_with_path(jax.jit(jax.grad(loss))(trial.params))[0]
        bad = [jax.tree_util.keystr(path) for path, leaf in leaves if not bool(jnp.isfinite(leaf).all())]
        expect(not bad, f"the gradients of {', '.join(bad)} are not finite")


def factorised_composes(trial: NetworkTrial) -> None:
    """Its three parts compose to apply."""
    ability = getattr(trial.network, "factorised", None)
    if ability is None:
        raise NotApplicableError("it does not offer factorised")
    compound, cell, decode = ability(trial.own)

    @jax.jit
    def both(params: Any, one: Example) -> tuple[Any, Any]:
        u, v = compound(params, one["compound"]), cell(params, one["cell"])
        return decode(params, u, v, one["dose_um"], one["hours"]), trial.apply(params, one)

    for one in trial.examples:
        found, wanted = both(trial.params, one)
        for name, profile in wanted.items():
            expect_close(found[name], profile, f"the output of {name} put together from its parts")


def sparse_is_the_same(trial: NetworkTrial) -> None:
    """Where it takes features by what is not zero, the code is that of the whole table, however many zeros follow."""
    names = tuple(getattr(trial.network, "sparse", lambda _: ())(trial.own))
    if not names:
        raise NotApplicableError("it takes no feature as Sparse")
    strange = sorted(set(names) - set(trial.examples[0]["compound"]))
    expect(not strange, f"it takes {', '.join(strange)} as Sparse, which it does not ask for")
    encode = jax.jit(trial.network.factorised(trial.own)[0])
    for at, one in enumerate(trial.examples):
        whole = {name: np.arange(at, at + len(one["compound"][name]), dtype=np.float32) % 4 for name in names}
        wanted = encode(trial.params, {**one["compound"], **whole})
        for more in (0, 3):
            column = {name: np.pad(np.flatnonzero(table), (0, more)).astype(np.int32) for name, table in whole.items()}
            value = {name: np.pad(table[table != 0], (0, more)) for name, table in whole.items()}
            given = {name: Sparse(column[name], value[name]) for name in names}
            found = encode(trial.params, {**one["compound"], **given})
            for code, same in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
                expect_close(code, same, "the code of features that came as Sparse")


def spread_is_a_deviation(trial: NetworkTrial) -> None:
    """Its own standard deviation is finite and not negative, one a gene of each task."""
    ability = getattr(trial.network, "spread", None)
    if ability is None:
        raise NotApplicableError("it does not offer spread")
    factorised = getattr(trial.network, "factorised", None)
    parts = None if factorised is None else factorised(trial.own)
    for one in trial.examples:
        u, v = one["compound"], one["cell"]
        if parts is not None:
            u, v = parts[0](trial.params, u), parts[1](trial.params, v)
        found = ability(trial.own)(trial.params, u, v, one["dose_um"], one["hours"])
        wanted = {task.name: (len(task.genes),) for task in trial.tasks}
        shapes = {name: np.shape(sd) for name, sd in found.items()}
        expect(shapes == wanted, f"deviations {shapes} came; expected {wanted}")
        bad = [name for name, sd in found.items() if not (np.isfinite(sd).all() and (np.asarray(sd) >= 0).all())]
        expect(not bad, f"the deviations of {', '.join(bad)} are negative or not finite")


def informed_answers(trial: NetworkTrial) -> None:
    """What it says in training having seen a profile has the shapes of apply, a finite penalty and finite gradients."""
    informed = getattr(trial.network, "informed", None)
    if informed is None:
        raise NotApplicableError("it does not offer informed")
    wanted = {task.name: (len(task.genes),) for task in trial.tasks}
    for task, one in zip(trial.tasks, trial.examples, strict=True):
        genes = len(task.genes)
        for observed in (np.arange(genes) % 2 == 0, np.zeros(genes, bool)):
            target = {"values": jnp.where(observed, 1.0, 0.0), "observed": jnp.asarray(observed)}

            @jax.jit
            def loss(params: Any, one: Example, target: Example, name: str = task.name) -> Any:
                outputs, penalty = informed(params, one, name, target, trial.own, key=jax.random.key(1))
                return sum((profile**2).sum() for profile in outputs.values()) + penalty, (outputs, penalty)

            leaves, (outputs, penalty) = jax.grad(loss, has_aux=True)(trial.params, one, target)
            shapes = {name: np.shape(profile) for name, profile in outputs.items()}
            expect(shapes == wanted, f"outputs {shapes} came; expected {wanted}")
            expect(np.shape(penalty) == () and bool(np.isfinite(penalty)), f"the penalty {penalty} is no finite number")
            finite = all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(leaves))
            expect(finite, "gradients with the profile in sight are not finite")


RULES = (
    *listed(arrays_only, one_output_a_task, pure, jit_and_vmap, finite_gradients, factorised_composes),
    *listed(sparse_is_the_same, spread_is_a_deviation, informed_answers),
    *MODEL_RULES,
)
