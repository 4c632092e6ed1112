"""The compiled programs of training: start, advance by many updates, look at the validation samples, judge by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from drugexp.contract.model import Network
from drugexp.contract.screen import OBSERVED
from drugexp.contract.task import Task
from drugexp.learn.network.balance import follow, shared_norms, shares, weighted
from drugexp.learn.network.cycles import schedule
from drugexp.learn.network.losses import class_loss, logistic_loss, profile_loss
from drugexp.learn.network.options import TrainingOptions
from drugexp.learn.network.tables import Goals, Tables, example


class Member(NamedTuple):
    """One network in training. In the trainer every leaf has a leading member axis.

    ``best`` is None where nothing is validated; ``stale`` counts looks without a
    gain; ``bad_step`` is the first update whose loss was not finite, -1 if none;
    ``loss_sum`` adds up the losses of one call; ``levels`` (task,) is what `balance` follows, None where the tasks'
    weights are fixed.
    """

    params: Any
    optimiser: Any
    best: Any
    best_loss: jax.Array
    best_step: jax.Array
    stale: jax.Array
    bad_step: jax.Array
    loss_sum: jax.Array
    levels: Any = None


class Programs(NamedTuple):
    """Compiled functions; `advance` and `judge` consume the members they are given."""

    start: Callable[[Sequence[int], bool], Member]
    advance: Callable[..., Member]
    look: Callable[..., jax.Array]
    judge: Callable[..., Member]


def optimiser(options: TrainingOptions, steps: int) -> optax.GradientTransformation:
    """Return AdamW with clipping and the rates of `schedule`."""

    def matrices(params: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf.ndim >= 2, params)

    return optax.chain(
        optax.clip_by_global_norm(options.clip),
        optax.adamw(schedule(options, steps), weight_decay=options.weight_decay, mask=matrices),
    )


def programs(
    network: Network,
    network_options: Any,
    prepare: Callable[[Any], Any],
    template: Mapping[str, Any],
    tasks: Sequence[Task],
    options: TrainingOptions,
    steps: int,
) -> Programs:
    """Return the three programs.

    Parameters
    ----------
    network, network_options
        What is trained.
    prepare
        Maps fresh parameters to those training starts from (input scales).
    template
        One example, for its shapes.
    tasks
        The first is the primary one, whose loss is validated.
    options
        The trainer's dials.
    steps
        Updates in all, for the schedule.
    """
    update_rule = optimiser(options, steps)
    total_weight = sum(task.weight for task in tasks)
    informed = getattr(network, "informed", None)

    def answer(params: Any, one: Any, goals: Goals, task: Task, row: jax.Array, key: Any) -> tuple[Any, Any]:
        """Return the outputs for an example and what is added to its loss; in training the profile may be looked at."""
        if informed is None or key is None:
            return network.apply(params, one, network_options, key=key), 0.0
        observed = goals.state[row] == OBSERVED
        values = goals.values[row] - (0.0 if task.loss in ("classes", "logistic") else goals.centre)
        values = jnp.where(observed, values, 0.0)
        target = {"values": values, "observed": observed}
        return informed(params, one, task.name, target, network_options, key=key)

    def losses(params: Any, tables: Tables, goals: Goals, task: Task, at: jax.Array, keys: Any) -> jax.Array:
        """Return the weighted loss of each of the rows `at` (row,) of one task."""

        def one(row: jax.Array, key: Any) -> jax.Array:
            outputs, penalty = answer(params, example(tables, goals.rows[row]), goals, task, row, key)
            prediction = outputs[task.name] + goals.centre
            if task.loss == "classes":
                loss = class_loss(prediction, goals.values[row], goals.state[row], goals.bound[row], goals.cut)
            elif task.loss == "logistic":
                loss = logistic_loss(prediction, goals.values[row], goals.state[row], goals.cut)
            else:
                loss = profile_loss(
                    prediction,
                    goals.values[row],
                    goals.state[row],
                    goals.bound[row],
                    goals.centre,
                    censored=task.loss == "censored",
                    correlation=options.correlation,
                )
            return goals.weight[row] * (loss + penalty)

        return jax.vmap(one, in_axes=(0, None if keys is None else 0))(at, keys)

    wanted = jnp.array([task.weight / total_weight for task in tasks])

    def task_loss(
        params: Any, tables: Tables, goals: Sequence[Goals], order: Sequence[jax.Array], key: Any, i: int
    ) -> Any:
        keys = jax.random.split(jax.random.fold_in(key, i), len(order[i]))
        return jnp.mean(losses(params, tables, goals[i], tasks[i], order[i], keys))

    def objective(params: Any, tables: Tables, goals: Sequence[Goals], order: Sequence[jax.Array], key: Any) -> Any:
        # One pass for each task, so that the compiler drops the decoders of all others.
        total = jnp.zeros(())
        for i, task in enumerate(tasks):
            total += task.weight / total_weight * task_loss(params, tables, goals, order, key, i)
        return total

    def balanced(
        member: Member, key: Any, order: Sequence[jax.Array], tables: Tables, goals: Any
    ) -> tuple[jax.Array, Any, jax.Array]:
        """Return the loss by the weights that were given, the gradient by those that are learnt, and their levels."""
        each = [jax.value_and_grad(task_loss)(member.params, tables, goals, order, key, i) for i in range(len(tasks))]
        found, gradients = jnp.stack([loss for loss, _ in each]), [gradient for _, gradient in each]
        measured = found if options.balance == "uncertainty" else shared_norms(gradients)
        levels = follow(member.levels, measured)
        return jnp.sum(wanted * found), weighted(gradients, shares(levels, wanted)), levels

    def update(member: Member, key: Any, order: Sequence[jax.Array], tables: Tables, goals: Any, step: Any) -> Member:
        key = jax.random.fold_in(key, step)
        if options.balance == "fixed":
            loss, gradient = jax.value_and_grad(objective)(member.params, tables, goals, order, key)
            levels = member.levels
        else:
            loss, gradient, levels = balanced(member, key, order, tables, goals)
        change, state = update_rule.update(gradient, member.optimiser, member.params)
        return member._replace(
            params=optax.apply_updates(member.params, change),
            optimiser=state,
            bad_step=jnp.where((member.bad_step < 0) & ~jnp.isfinite(loss), step, member.bad_step),
            loss_sum=member.loss_sum + loss,
            levels=levels,
        )

    def alone(members: Member, keys: Any, order: Sequence[jax.Array], tables: Tables, goals: Any, step: Any) -> Member:
        # A member axis of one keeps XLA from folding transposes into the matrix products: 1.5 times the time on a CPU.
        member, key, rows = jax.tree.map(lambda leaf: leaf[0], (members, keys, order))
        return jax.tree.map(lambda leaf: leaf[None], update(member, key, rows, tables, goals, step))

    def advance(
        members: Member, keys: Any, tables: Tables, goals: Any, order: Sequence[jax.Array], first: Any, count: Any
    ) -> Member:
        """Make `count` updates from step `first`; order: for each task (call, member, row)."""
        each = jax.vmap(update, in_axes=(0, 0, 0, None, None, None)) if len(keys) > 1 else alone

        def body(i: Any, now: Member) -> Member:
            return each(now, keys, [rows[i] for rows in order], tables, goals, first + i)

        return jax.lax.fori_loop(0, count, body, members._replace(loss_sum=jnp.zeros_like(members.loss_sum)))

    def look(
        params: Any, sums: jax.Array, tables: Tables, goals: Goals, tiles: jax.Array, used: jax.Array
    ) -> jax.Array:
        """Add to the sums (member,) the losses on rows `tiles` (tile, row), those in `used`."""

        def one(params: Any, start: jax.Array) -> jax.Array:
            def add(total: jax.Array, tile: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
                at, use = tile
                return total + jnp.sum(jnp.where(use, losses(params, tables, goals, tasks[0], at, None), 0)), None

            return jax.lax.scan(add, start, (tiles, used))[0]

        return jax.vmap(one)(params, sums)

    def judge(members: Member, losses: jax.Array, step: Any) -> Member:
        """Keep the parameters that gained by their mean validation losses (member,)."""

        def one(member: Member, loss: jax.Array) -> Member:
            gained = (member.stale < options.patience) & (loss < member.best_loss)
            return member._replace(
                best=jax.tree.map(lambda new, old: jnp.where(gained, new, old), member.params, member.best),
                best_loss=jnp.where(gained, loss, member.best_loss),
                best_step=jnp.where(gained, step, member.best_step),
                # Once out of patience a member stays as it is, as if it had been trained alone.
                stale=jnp.where(gained, 0, member.stale + 1),
            )

        return jax.vmap(one)(members, losses)

    @jax.jit
    def fresh(key: Any) -> Any:
        return network.init(key, template, tasks, network_options)

    def start(seeds: Sequence[int], validated: bool) -> Member:
        each = [prepare(fresh(jax.random.key(seed))) for seed in seeds]
        params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
        number = len(seeds)
        return Member(
            params=params,
            optimiser=jax.vmap(update_rule.init)(params),
            best=jax.tree.map(jnp.copy, params) if validated else None,
            best_loss=jnp.full(number, jnp.inf, jnp.float32),
            best_step=jnp.full(number, -1, jnp.int32),
            stale=jnp.zeros(number, jnp.int32),
            bad_step=jnp.full(number, -1, jnp.int32),
            loss_sum=jnp.zeros(number, jnp.float32),
            levels=None if options.balance == "fixed" else jnp.zeros((number, len(tasks)), jnp.float32),
        )

    return Programs(start, jax.jit(advance, donate_argnums=0), jax.jit(look), jax.jit(judge, donate_argnums=0))
